"""Painting: a Canvas becomes a picture. Frame the sources, apply the effects that the prompt names, encode.

Pure, but it takes long: run it in a thread. The same Canvas gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from playground.toapis.painting import effects, inks
from playground.toapis.painting.effects import Effect
from playground.toapis.painting.pigments import Size, across, glow, hue, slope

_SUPPORTED: Final = ("JPEG", "PNG", "WEBP", "GIF")

EFFECTS: Final[tuple[tuple[str, Effect], ...]] = (
    # light and weather first, then what it is painted with: "watercolour at night" is paper with a night on it
    ("dream|blur|fairy|soft|misty|pastel", effects.dream),
    ("sunset|warm|golden hour|sunrise|autumn", effects.sunset),
    (r"night|moon|midnight|\bstar|nacht|夜", effects.night),
    ("snow|winter|christmas|schnee|雪", effects.snow),
    ("watercolou?r|aquarell|水彩", effects.watercolour),
    ("lithograph|engraving|etching|litho", effects.lithograph),
    ("pencil|sketch|drawing|charcoal|zeichnung|素描", effects.pencil),
    ("neon|cyberpunk|synthwave|霓虹", effects.neon),
    ("mosaic|pixel|8-?bit|tiles", effects.mosaic),
    (r"\boil\b|impression|van gogh|brush ?stroke|油画", effects.oil),
    ("pop ?art|comic|halftone|manga", inks.halftone),
    ("poster|flat|vector|screen ?print", effects.poster),
    ("sepia|old photo|antique|daguerreotype", effects.sepia),
    ("blueprint|cyanotype", inks.cyanotype),
    ("riso", inks.riso),
    ("infrared", inks.infrared),
    (r"\bnoir\b|black.and.white|monochrome|b&w", inks.noir),
    (r"\bfilm\b(?! noir)|vintage|polaroid|retro|analog", inks.film),
)
_FREE: Final[tuple[Effect, ...]] = (inks.duotone, inks.halftone, inks.riso, inks.cyanotype, inks.film)


@dataclass(frozen=True, slots=True)
class Canvas:
    """The instructions for a picture. ``size``: a ratio, pixels, or empty and ``auto`` for the source's own shape.

    ``longest``: the longer edge in pixels. ``index`` differs between the pictures of an order, ``seed`` between orders.
    """

    prompt: str
    sources: tuple[bytes, ...]
    size: str
    longest: int
    index: int = 0
    seed: int = 0
    output: str = "png"
    watermark: bool = False


def paint(canvas: Canvas) -> bytes:
    """Return the picture as PNG or JPEG bytes."""
    rng = random.Random(f"{canvas.prompt}|{canvas.index}|{canvas.seed}")
    image = _framed(canvas, rng)
    for effect in named_effects(canvas.prompt) or ((_free_choice(canvas),) if canvas.sources else ()):
        image = effect(image, max(image.size) / 1024, rng)
    if canvas.index:
        image = _varied(image, canvas.index)
    if canvas.watermark:
        _watermark(image)
    out = io.BytesIO()
    if canvas.output == "png":
        image.save(out, "PNG", compress_level=3)
    else:
        image.save(out, "JPEG", quality=90)
    return out.getvalue()


def named_effects(prompt: str) -> tuple[Effect, ...]:
    """Return the effects that a prompt names, two at most."""
    lower = prompt.lower()
    return tuple(effect for words, effect in EFFECTS if re.search(words, lower))[:2]


def _free_choice(canvas: Canvas) -> Effect:
    """Pick an effect for a prompt that names none; it is always the same one."""
    return _FREE[hashlib.sha256(canvas.prompt.encode()).digest()[0] % len(_FREE)]


def _framed(canvas: Canvas, rng: random.Random) -> Image.Image:
    pictures = [_opened(data) for data in canvas.sources]
    size = _pixels(canvas, pictures[0].size if pictures else (1, 1))
    if not pictures:
        return _scenery(size, rng)
    fitted = [ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=(0.5, 0.42)) for picture in pictures]
    return _joined(fitted[:4])


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=_SUPPORTED) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    ground = Image.new("RGBA", upright.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, upright).convert("RGB")


def _pixels(canvas: Canvas, own: Size) -> Size:
    """Return width and height: the shape that was asked for, at the length that the resolution allows."""
    shape = re.fullmatch(r"(\d+)[:x*](\d+)", canvas.size)
    width, height = (int(shape[1]), int(shape[2])) if shape else own
    long = max(width, height)
    short = min(width, height)
    other = max(8, round(canvas.longest * short / long))
    return (canvas.longest, other) if width >= height else (other, canvas.longest)


def _joined(pictures: list[Image.Image]) -> Image.Image:
    """Join several sources side by side, with soft seams, so that each one shows in the result."""
    joined = pictures[0].copy()
    width, height = joined.size
    for number, picture in enumerate(pictures[1:], start=1):
        seam = Image.new("L", joined.size)
        ImageDraw.Draw(seam).rectangle((width * number // len(pictures), 0, width, height), fill=255)
        joined.paste(picture, (0, 0), seam.filter(ImageFilter.GaussianBlur(width / 40)))
    return joined


def _scenery(size: Size, rng: random.Random) -> Image.Image:
    """Make a small landscape where there is no source: sky, sun, hills and water, in colours drawn from the prompt."""
    turn = rng.random()
    width, height = size
    image = slope(size, hue(turn + 0.55, 0.55, 0.85), hue(turn + 0.08, 0.28, 1.0), hue(turn + 0.62, 0.32, 0.97))
    sun = (rng.uniform(0.2, 0.8), rng.uniform(0.22, 0.42))
    image = ImageChops.screen(image, glow(size, sun, 0.42, hue(turn + 0.1, 0.5, 0.62)))
    image = ImageChops.screen(image, glow(size, sun, 0.075, (255, 250, 226)))
    draw = ImageDraw.Draw(image)
    for layer in range(5):
        share = layer / 4
        colour = hue(turn + 0.56 - 0.2 * share, 0.3 + 0.38 * share, 0.8 - 0.55 * share)
        draw.polygon(_ridge(size, 0.48 + 0.11 * layer, 0.17 - 0.02 * layer, rng), fill=colour)
    shade = across(size, (232, 232, 232), (255, 255, 255), (248, 248, 248))
    return ImageChops.multiply(image, shade).filter(ImageFilter.GaussianBlur(max(width, height) / 1400))


def _ridge(size: Size, base: float, rise: float, rng: random.Random) -> list[tuple[float, float]]:
    """Return the outline of one range of hills: midpoints moved, again and again."""
    heights = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
    swing = 1.0
    for _ in range(7):
        swing *= 0.52
        between = [(a + b) / 2 + rng.uniform(-swing, swing) for a, b in pairwise(heights)]
        heights = [value for pair in zip(heights, between, strict=False) for value in pair] + [heights[-1]]
    width, height = size
    step = width / (len(heights) - 1)
    line = [(index * step, height * (base + rise * value)) for index, value in enumerate(heights)]
    return [*line, (width, height), (0, height)]


def _varied(image: Image.Image, index: int) -> Image.Image:
    """Change the second and later pictures of an order: a little nearer, warmer or cooler in turn."""
    inset = 0.03 * min(index, 6)
    box = (image.width * inset, image.height * inset * 0.6, image.width * (1 - inset), image.height * (1 - inset * 1.4))
    nearer = image.resize(image.size, Image.Resampling.LANCZOS, box=box)
    if index % 2:
        nearer = ImageOps.mirror(nearer)
    tint = (255, 238, 220) if index % 2 else (222, 238, 255)
    return ImageEnhance.Color(ImageChops.multiply(nearer, Image.new("RGB", image.size, tint))).enhance(1.15)


def _watermark(image: Image.Image) -> None:
    size = max(10, max(image.size) // 28)
    draw = ImageDraw.Draw(image, "RGBA")
    place = (image.width - size * 0.6, image.height - size * 0.5)
    draw.text(place, "AI generated", fill=(255, 255, 255, 190), anchor="rs", font_size=size)
