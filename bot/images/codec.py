"""Pixels: opened with care, turned upright, and written under a limit.

Pillow is told which format to expect (``formats=[…]``), so bytes never reach a decoder that they were not checked for.
https://pillow.readthedocs.io/en/stable/handbook/security.html
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from PIL import ExifTags, Image, ImageCms, ImageOps

from bot.errors import BadPicture
from bot.images.metadata.body import MAX_PIXELS, bomb
from bot.images.sniff import Format

_MAX_FRAMES: Final = 2_000
_MAX_ALL_PIXELS: Final = 1_000_000_000
"""Of all frames. We decode only the first; whoever opens the file after us may decode all of them."""
MIN_SIDE: Final = 16
"""Seedream wants more than 14 pixels a side."""

_SIDES: Final[dict[Format, int]] = {"WEBP": 16_383, "JPEG": 65_500}
"""The longest side that a format can hold."""
_FLAT_COLOURS: Final = 256
_SMALL_PIXELS: Final = 512 * 512
_LOSSLESS_PIXELS: Final = 10_000_000
"""A 4K result. Lossless WebP takes two seconds and half a gigabyte for it."""
_SCALED_QUALITY: Final = 85
_PAINT: Final = bytes(range(1, 255))
"""Coded pixels of no picture. Without 255, which begins a marker."""


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image as a file, once more. ``width`` and ``height`` in pixels."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int


def prove(data: bytes, format_: Format) -> tuple[int, int, int]:
    """Decode the first frame to see that it can be: width, height, frames. Raises BadPicture."""
    with _opened(data, format_) as image:
        width, height = image.size
        frames = int(getattr(image, "n_frames", 1))
        refuse_unfit(width, height, frames)
        if format_ == "JPEG":
            _glance(image)
            if _goes_on(data, image.tobytes()):
                raise BadPicture("truncated", "it has an end, but not all of its pixels")
        image.load()
    return width, height, frames


def _glance(image: Image.Image) -> None:
    """An eighth of each side, straight from the coefficients: every byte is still read."""
    image.draft(None, (max(image.width // 8, 1), max(image.height // 8, 1)))


def _goes_on(jpeg: bytes, glance: bytes) -> bool:
    """Whether pixels are missing though the end is marked: decoders paint the rest grey, without a word.

    A whole picture's decoder passes over what stands before the end; one that still waits for pixels paints with it.
    """
    with _opened(jpeg[:-2] + _PAINT + jpeg[-2:], "JPEG") as image:
        _glance(image)
        return image.tobytes() != glance


def is_turned(data: bytes, format_: Format) -> bool:
    """Whether its EXIF orientation exchanges width and height. Raises BadPicture."""
    with _opened(data, format_) as image:
        return _lies(image)


def refuse_unfit(width: int, height: int, frames: int) -> None:
    """Raises BadPicture for what would be too much to decode, or too little to paint from."""
    if width * height > MAX_PIXELS or frames > _MAX_FRAMES or width * height * frames > _MAX_ALL_PIXELS:
        raise bomb(f"{width}x{height}, {frames} frames")
    if min(width, height) < MIN_SIDE:
        raise BadPicture("too-small", f"{width}x{height}", min_side=MIN_SIDE)


def decode(data: bytes, format_: Format, *, within: tuple[int, int] | None = None) -> Image.Image:
    """The first frame, upright, as L, RGB or RGBA (only where something is see-through). Raises BadPicture.

    ``within`` (width and height in pixels, as people see it) makes it smaller where it is larger, and a JPEG is then
    not even decoded whole. ``info`` holds at most ``icc_profile``: Pillow writes comments and more from there into the
    next file.
    """
    with _opened(data, format_) as image:
        refuse_unfit(*image.size, 1)
        if within is not None and format_ == "JPEG":
            _draft(image, within)
        image.load()
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        upright = _plain(image, profile if isinstance(profile, bytes) else None)
        if within is None:
            return upright
        return _scaled(upright, min(within[0] / upright.width, within[1] / upright.height))


def in_srgb(image: Image.Image) -> Image.Image:
    """A developed image as RGB or RGBA in sRGB, so that pictures of different profiles can stand side by side."""
    profile, mode = image.info.get("icc_profile"), "RGBA" if image.mode == "RGBA" else "RGB"
    if profile is not None:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return _translated(image, source, ImageCms.createProfile("sRGB"), mode)
        except (ImageCms.PyCMSError, OSError):  # a profile that can't be read: its numbers are taken as they are
            pass
    return image if image.mode == mode else image.convert(mode)


def encode_below(image: Image.Image, limit: int, *, qualities: tuple[int, ...]) -> EncodedImage:
    """JPEG, or WebP where something is see-through, of at most ``limit`` bytes: best quality first, then smaller.

    Raises BadPicture("too-large") where even the smallest picture is larger.
    """
    format_: Format = "WEBP" if image.mode == "RGBA" else "JPEG"
    scale = min(1.0, _SIDES[format_] / max(image.size))
    scaled = _scaled(image, scale)
    for quality in qualities:
        made = written(scaled, format_, limit, quality=quality)
        if len(made.data) <= limit:
            return made
    while min(scaled.size) > MIN_SIDE:
        # Bytes go with the area, a little less than in proportion; never by tiny steps, never by wild ones.
        scale *= min(max(0.95 * math.sqrt(limit / len(made.data)), 0.25), 0.9)
        scaled = _scaled(image, scale)
        made = written(scaled, format_, limit, quality=_SCALED_QUALITY)
        if len(made.data) <= limit:
            return made
    raise BadPicture("too-large", f"no way under {limit} bytes", limit_mb=max(limit // 1_000_000, 1))


def written(
    image: Image.Image, format_: Format, limit: int, *, quality: int = 92, lossless: bool = False
) -> EncodedImage:
    """One file, with its colour profile and nothing else. A profile that eats a tenth of ``limit`` is left out."""
    profile = image.info.get("icc_profile")
    if profile is not None and len(profile) > limit // 10:
        profile = None
    options: dict[str, Any] = {"icc_profile": profile}
    if format_ == "JPEG":
        # 4:4:4 where quality is wanted: small red letters smear at 4:2:0.
        options |= {"quality": quality, "subsampling": 0 if quality >= 90 else 2, "optimize": True}
    elif format_ == "WEBP":
        # For lossless, quality means effort: more of it costs seconds and gains hundredths.
        options |= {"lossless": True, "quality": 25, "method": 1} if lossless else {"quality": quality, "method": 4}
    target = io.BytesIO()
    with _guarded():
        try:
            image.save(target, format_, **options)
        except OSError:
            if not options.pop("optimize", False):
                raise
            # An optimising encoder gets a buffer of a byte a pixel or two from Pillow, and grainy photos need more.
            target = io.BytesIO()
            image.save(target, format_, **options)
    return EncodedImage(target.getvalue(), format_, *image.size)


def is_flat(image: Image.Image) -> bool:
    """Small, or of few colours: drawings and screenshots that PNG keeps exactly, and in few bytes."""
    return image.width * image.height <= _SMALL_PIXELS or image.getcolors(_FLAT_COLOURS) is not None


def is_quickly_exact(image: Image.Image) -> bool:
    """Whether lossless WebP can hold it without taking too much time and memory."""
    return max(image.size) <= _SIDES["WEBP"] and image.width * image.height <= _LOSSLESS_PIXELS


@contextmanager
def _opened(data: bytes, format_: Format) -> Iterator[Image.Image]:
    with _guarded(), Image.open(io.BytesIO(data), formats=[format_]) as image:
        yield image


@contextmanager
def _guarded() -> Iterator[None]:
    """Whatever Pillow makes of hostile bytes becomes BadPicture; its warnings become errors or nothing.

    ``catch_warnings`` is not safe with threads, which is one more reason why pictures are done one at a time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except BadPicture:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
            raise bomb(repr(error)) from error
        except Exception as error:
            reason = "truncated" if "truncated" in str(error).lower() else "broken"
            raise BadPicture(reason, repr(error)) from error


def _lies(image: Image.Image) -> bool:
    return image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)


def _draft(image: Image.Image, within: tuple[int, int]) -> None:
    """Decode at a half, a quarter or an eighth of each side: never below twice of what is wanted."""
    width, height = within[::-1] if _lies(image) else within
    scale = min(1.0, 2 * min(width / image.width, height / image.height))
    image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return image
    size = max(round(image.width * scale), MIN_SIDE), max(round(image.height * scale), MIN_SIDE)
    scaled = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    scaled.info = dict(image.info)
    return scaled


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """L, RGB or RGBA, eight bits a channel, with the profile only where it still speaks of these channels."""
    if image.mode in {"CMYK", "LAB"}:
        image, profile = _managed(image, profile), None
    elif image.mode == "F" or image.mode.startswith("I"):
        image = _eight_bit(image)
    elif image.mode == "1":
        image = image.convert("L")
    if image.has_transparency_data:
        # ``convert`` copies even where the mode is right already, and each copy takes 4 bytes a pixel.
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        opaque = _extremes(image.getchannel("A")) == (255, 255)
        image = image.convert("RGB") if opaque else image
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    speaks_of = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}[image.mode]
    image.info = {"icc_profile": profile} if profile and profile[16:20] == speaks_of else {}
    return image


def _managed(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Ink as light: by its own profile where that works, else by the plain formula."""
    light = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        return _translated(image, ImageCms.createProfile("LAB"), light)
    if profile is not None and profile[16:20] == b"CMYK":
        try:
            return _translated(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), light)
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")
    return image.convert("RGB")


def _translated(image: Image.Image, source: Any, target: Any, mode: str = "RGB") -> Image.Image:
    made = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    assert made is not None  # None only when done in place
    return made


def _eight_bit(image: Image.Image) -> Image.Image:
    """Sixteen-bit grey by its high byte; other deep greys are stretched between their darkest and lightest."""
    deep = image.convert("F")
    low, high = (0.0, 65_535.0) if image.mode.startswith("I;16") else _extremes(deep)
    factor = 255.0 / ((high - low) or 1.0)
    return deep.point(lambda value: value * factor - low * factor).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    return cast("tuple[float, float]", image.getextrema())  # one channel, so one pair
