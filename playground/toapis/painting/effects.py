"""The effects that a prompt can name. Each takes a picture, its scale and an rng, and returns one of the same size."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageMath, ImageOps

from playground.toapis.painting.pigments import (
    across,
    between,
    clouds,
    curve,
    edges,
    glow,
    grain,
    hue,
    odd,
    slope,
    smoothed,
    toned,
    vignette,
)

Effect = Callable[[Image.Image, float, random.Random], Image.Image]
"""``scale`` is the longer edge over 1024, so that a small picture looks like a large one."""

_PAPER: Final = (250, 246, 236)


def watercolour(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    wash = smoothed(smoothed(image, 9 * scale), 9 * scale)
    wash = ImageEnhance.Color(curve(wash, 0.78)).enhance(1.5)
    pigment = between(clouds(image.size, rng, 7), 95, 185)
    wash = ImageChops.soft_light(wash, pigment.convert("RGB"))
    rims = ImageOps.invert(edges(wash, 1.6 * scale).point([grey // 2 for grey in range(256)]))
    wash = ImageChops.multiply(wash, rims.convert("RGB"))
    wash = ImageChops.multiply(wash, between(grain(image.size, rng, 1.1 * scale), 226, 255).convert("RGB"))
    return Image.composite(wash, Image.new("RGB", image.size, _PAPER), _ragged(image.size, scale, rng))


def _ragged(size: tuple[int, int], scale: float, rng: random.Random) -> Image.Image:
    """Make a mask: white in the middle, with a rim that runs out like wet paint."""
    rim = min(max(2, round(46 * scale)), min(size) // 5)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle((rim, rim, size[0] - rim, size[1] - rim), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(rim * 0.55))
    rough = Image.blend(mask, clouds(size, rng, 26), 0.3)
    return rough.point([min(255, max(0, (grey - 96) * 6)) for grey in range(256)]).filter(
        ImageFilter.GaussianBlur(scale)
    )


def lithograph(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=2)
    grey = Image.blend(ImageOps.equalize(grey), curve(grey, 0.8), 0.5)
    crayon = Image.blend(grey, grain(image.size, rng, 0.8 * scale), 0.5)
    ink = crayon.point([min(255, max(0, (level - 96) * 5)) for level in range(256)])
    line = ImageOps.invert(edges(image, 1.3 * scale)).point([max(0, level * 2 - 255) for level in range(256)])
    ink = ImageChops.multiply(ink, between(line, 60, 255))
    second = hue(rng.choice((0.04, 0.09, 0.5, 0.57)), 0.42, 0.78)
    tone = grey.filter(ImageFilter.GaussianBlur(5 * scale)).point([0 if level < 118 else 255 for level in range(256)])
    paper = ImageOps.colorize(tone.filter(ImageFilter.GaussianBlur(scale)), second, (243, 235, 216))
    return ImageChops.multiply(paper, ImageOps.colorize(ink, (40, 34, 42), (255, 255, 255)))


def pencil(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(ImageOps.grayscale(smoothed(image, 6 * scale)))
    soft = grey.filter(ImageFilter.GaussianBlur(9 * scale))
    lines = ImageMath.lambda_eval(_dodged, g=grey, s=soft)
    shade = between(curve(grey, 0.5), 176, 255)
    hatch = Image.new("L", image.size, 255)
    draw = ImageDraw.Draw(hatch)
    step = max(3, round(6 * scale))
    for start in range(-image.height, image.width, step):
        end = (start + image.height, 0)
        draw.line(((start, image.height), end), fill=rng.randint(90, 170), width=max(1, round(1.4 * scale)))
    hatch = Image.composite(
        Image.new("L", image.size, 255), hatch, grey.point([min(255, max(0, g * 3 - 90)) for g in range(256)])
    )
    drawn = ImageChops.multiply(ImageChops.multiply(curve(lines, 3.2), shade), hatch)
    drawn = ImageChops.multiply(drawn, between(grain(image.size, rng, 0.8 * scale), 214, 255))
    return ImageOps.colorize(drawn, (44, 42, 48), _PAPER)


def _dodged(bands: dict[str, Any]) -> Any:
    """Combine by colour dodge: a picture over its own blurred self leaves the lines."""
    return bands["convert"](bands["min"](bands["g"] * 262 / (bands["s"] + 6), 255), "L")


def night(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageOps.grayscale(image)
    dark = ImageChops.multiply(ImageEnhance.Color(image).enhance(0.5), Image.new("RGB", image.size, (62, 84, 150)))
    dark = Image.blend(dark, toned(curve(grey, 0.8), (6, 10, 30), (30, 44, 96), (104, 128, 200)), 0.55)
    bright = ImageChops.subtract(grey, grey.filter(ImageFilter.GaussianBlur(60 * scale)), 0.4)
    lamps = bright.point([max(0, (level - 60) * 2) for level in range(256)]).filter(ImageFilter.GaussianBlur(2 * scale))
    lit = ImageOps.colorize(lamps, (0, 0, 0), (214, 150, 70))
    dark = ImageChops.screen(dark, lit)
    dark = ImageChops.screen(dark, lit.filter(ImageFilter.GaussianBlur(22 * scale)))
    sky = Image.new("L", image.size)
    draw = ImageDraw.Draw(sky)
    for _ in range(110):
        x = rng.random() * image.width
        y = rng.random() ** 1.6 * image.height * 0.5
        reach = scale * rng.choice((0.6, 0.8, 1.0, 1.7))
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=rng.randint(110, 255))
    dark = ImageChops.screen(dark, Image.merge("RGB", (sky, sky, sky)))
    side = rng.choice((0.2, 0.8))
    dark = ImageChops.screen(dark, glow(image.size, (side, 0.17), 0.26, (52, 62, 96)))
    moon = Image.new("L", image.size)
    reach = 34 * scale
    x = side * image.width
    y = 0.17 * image.height
    ImageDraw.Draw(moon).ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    ImageDraw.Draw(moon).ellipse((x - reach * 0.45, y - reach * 1.15, x + reach * 1.5, y + reach * 0.8), fill=0)
    moon = moon.filter(ImageFilter.GaussianBlur(1.2 * scale))
    return vignette(Image.composite(Image.new("RGB", image.size, (240, 238, 214)), dark, moon), 0.55)


def neon(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    first, second = rng.choice(
        (((255, 40, 170), (30, 220, 255)), ((255, 70, 120), (120, 90, 255)), ((60, 255, 190), (255, 50, 200)))
    )
    grey = ImageOps.autocontrast(ImageOps.grayscale(image))
    base = Image.blend(toned(curve(grey, 1.5), (6, 4, 22), (34, 12, 78), (92, 40, 138)), curve(image, 2.2), 0.22)
    wires = edges(smoothed(image, 9 * scale), 1.6 * scale).filter(ImageFilter.MaxFilter(3))
    wires = wires.point([min(255, max(0, (level - 40) * 2)) for level in range(256)])
    tubes = ImageChops.multiply(wires.convert("RGB"), across(image.size, first, second))
    halo = tubes.filter(ImageFilter.GaussianBlur(9 * scale))
    lit = ImageChops.screen(ImageChops.screen(base, halo), ImageChops.screen(tubes, halo))
    rows = Image.new("L", (1, 4), 255)
    rows.putpixel((0, 0), 214)
    lines = _tiled(rows, image.size)
    return vignette(ImageChops.multiply(lit, lines.convert("RGB")), 0.5)


def sunset(image: Image.Image, _scale: float, rng: random.Random) -> Image.Image:
    warm = ImageChops.multiply(image, slope(image.size, (255, 176, 112), (214, 118, 132), (255, 190, 120)))
    warm = ImageChops.overlay(warm, slope(image.size, (150, 84, 128), (120, 66, 84), (226, 140, 84)))
    low = (rng.choice((0.26, 0.72)), 0.42)
    warm = ImageChops.screen(warm, glow(image.size, low, 0.75, (168, 78, 24)))
    warm = ImageChops.screen(warm, glow(image.size, low, 0.2, (255, 208, 120)))
    return vignette(ImageEnhance.Contrast(warm).enhance(1.06), 0.35)


def mosaic(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    side = max(4, round(19 * scale))
    cells = (max(2, image.width // side), max(2, image.height // side))
    small = ImageEnhance.Color(image.resize(cells, Image.Resampling.BOX)).enhance(1.45)
    small = ImageChops.overlay(small, between(grain(cells, rng), 92, 164).convert("RGB"))
    tiles = small.resize((cells[0] * side, cells[1] * side), Image.Resampling.NEAREST)
    tile = Image.new("L", (side, side), 128)
    draw = ImageDraw.Draw(tile)
    draw.line(((1, side - 2), (1, 1), (side - 2, 1)), fill=190, width=max(1, side // 10))
    draw.line(((side - 2, 1), (side - 2, side - 2), (1, side - 2)), fill=78, width=max(1, side // 10))
    draw.rectangle((0, 0, side - 1, side - 1), outline=18, width=max(1, side // 14))
    return ImageChops.overlay(tiles, _tiled(tile, tiles.size).convert("RGB")).resize(image.size)


def oil(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    half = image.resize((max(8, image.width // 2), max(8, image.height // 2)))
    daubs = ImageOps.posterize(half, 6).filter(ImageFilter.ModeFilter(odd(7 * scale)))
    daubs = daubs.filter(ImageFilter.ModeFilter(odd(5 * scale))).resize(image.size, Image.Resampling.BICUBIC)
    daubs = ImageEnhance.Color(daubs.filter(ImageFilter.UnsharpMask(3 * scale, 160, 2))).enhance(1.45)
    hairs = grain((max(4, image.width // 2), max(4, image.height // 12)), rng).rotate(0)
    strokes = hairs.resize(image.size, Image.Resampling.BICUBIC).rotate(35, Image.Resampling.BICUBIC, fillcolor=128)
    relief = Image.blend(strokes, ImageOps.grayscale(daubs), 0.5).filter(ImageFilter.GaussianBlur(scale))
    relief = relief.filter(ImageFilter.EMBOSS)
    return ImageChops.overlay(daubs, between(ImageOps.autocontrast(relief, cutoff=1), 70, 190).convert("RGB"))


_PALETTES: Final = (
    ((18, 40, 66), (200, 52, 44), (238, 150, 84), (250, 232, 196)),
    ((30, 24, 58), (98, 62, 138), (240, 112, 108), (255, 226, 178)),
    ((10, 52, 60), (22, 122, 120), (240, 178, 78), (252, 240, 212)),
    ((46, 22, 30), (158, 42, 62), (94, 148, 152), (244, 228, 204)),
)


def poster(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    colours = rng.choice(_PALETTES)
    plain = ImageOps.grayscale(image)
    grey = Image.blend(ImageOps.equalize(plain), plain, 0.4)
    for _ in range(2):
        grey = smoothed(grey, 14 * scale)
    bands = [min(3, max(0, (level - 8) * 4 // 240)) for level in range(256)]
    layers = [grey.point([colours[band][channel] for band in bands]) for channel in range(3)]
    flat = Image.merge("RGB", layers).filter(ImageFilter.SMOOTH)
    framed = ImageOps.expand(flat, max(2, round(26 * scale)), colours[3])
    return framed.resize(image.size, Image.Resampling.LANCZOS)


def sepia(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=1)
    old = toned(curve(grey, 0.92), (38, 22, 12), (128, 90, 56), (214, 180, 132), (250, 238, 212))
    old = ImageChops.soft_light(old, between(clouds(image.size, rng, 5), 104, 160).convert("RGB"))
    old = ImageChops.overlay(old, between(grain(image.size, rng, 0.7 * scale), 104, 152).convert("RGB"))
    framed = ImageOps.expand(vignette(old, 0.6), max(2, round(24 * scale)), (240, 230, 208))
    return framed.resize(image.size, Image.Resampling.LANCZOS)


def dream(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    mist = image.filter(ImageFilter.GaussianBlur(16 * scale))
    soft = Image.blend(image.filter(ImageFilter.GaussianBlur(2 * scale)), ImageChops.screen(image, mist), 0.62)
    pastel = slope(
        image.size, hue(0.9 + rng.random() * 0.1, 0.3, 1.0), hue(0.55 + rng.random() * 0.1, 0.34, 1.0), (236, 222, 255)
    )
    soft = ImageChops.soft_light(Image.blend(soft, ImageChops.multiply(soft, pastel), 0.75), pastel)
    lights = Image.new("RGB", image.size)
    for _ in range(9):
        centre = (rng.random(), rng.random())
        lights = ImageChops.screen(lights, glow(image.size, centre, 0.03 + rng.random() * 0.05, (70, 58, 66)))
    return curve(ImageChops.screen(soft, lights), 0.9)


def snow(image: Image.Image, scale: float, rng: random.Random) -> Image.Image:
    cold = ImageEnhance.Color(image).enhance(0.42)
    cold = Image.blend(ImageChops.soft_light(cold, Image.new("RGB", image.size, (128, 150, 190))), cold, 0.3)
    haze = slope(image.size, (58, 66, 80), (104, 110, 120), (44, 50, 62))
    cold = ImageChops.screen(cold, haze)
    flakes = Image.new("L", image.size)
    for count, reach, blur in ((420, 1.5, 0.6), (170, 3.0, 1.2), (34, 8.5, 4.0)):
        layer = Image.new("L", image.size)
        draw = ImageDraw.Draw(layer)
        for _ in range(count):
            x = rng.random() * image.width
            y = rng.random() * image.height
            r = reach * scale * (0.6 + rng.random() * 0.7)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=rng.randint(170, 255))
        flakes = ImageChops.lighter(flakes, layer.filter(ImageFilter.GaussianBlur(blur * scale)))
    return Image.composite(Image.new("RGB", image.size, (252, 253, 255)), cold, flakes)


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fill a whole picture with one tile; rows and columns are doubled until it is covered."""
    sheet = Image.new(tile.mode, size)
    sheet.paste(tile, (0, 0))
    wide, high = tile.size
    while wide < size[0]:
        sheet.paste(sheet.crop((0, 0, wide, tile.height)), (wide, 0))
        wide *= 2
    while high < size[1]:
        sheet.paste(sheet.crop((0, 0, size[0], high)), (0, high))
        high *= 2
    return sheet
