"""Decoding and encoding: pictures are opened with care, turned upright, and encoded below a limit.

Pillow is told which format to expect (``formats=[…]``), so bytes only reach the decoder that they were checked for.
https://pillow.readthedocs.io/en/stable/handbook/security.html
"""

from __future__ import annotations

import io
import math
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps

from bot.errors import BadPicture
from bot.images.colours import to_plain_mode
from bot.images.metadata.body import MAX_PIXELS, MOST_FRAMES, bomb
from bot.images.sniff import Format

_MAX_ALL_PIXELS: Final = 1_000_000_000
"""Pixels of all frames together. We decode only the first frame; later readers of the file may decode all."""
MIN_SIDE: Final = 16
"""Pixels. Seedream requires more than 14 on each side."""

_SIDES: Final[dict[Format, int]] = {"WEBP": 16_383, "JPEG": 65_500}
"""The longest side that a format can hold."""
_UNSET_ALPHA: Final[frozenset[Format]] = frozenset({"BMP", "TIFF"})
"""Formats whose writers often announce alpha and leave it at 0. A PNG or WebP that is transparent everywhere is so."""
_XMP: Final = ("xmp", "XML:com.adobe.xmp")
"""Where Pillow holds XMP. It obeys the orientation there; browsers, phones and Discord do not."""
_FLAT_COLOURS: Final = 256
_SMALL_PIXELS: Final = 512 * 512
_LOSSLESS_PIXELS: Final = 4_000_000
"""Lossless WebP takes about fifty bytes a pixel: this many fit into what a worker process may hold."""
_SCALED_QUALITY: Final = 85
_EXACT_PIXELS: Final = 6_000_000
"""The largest JPEG without its end that is decoded in full size to see whether the last bits of its detail are there.
Of a larger one an eighth of each side tells whether each block is there."""
_EXTRA_PIXELS: Final = bytes(range(1, 255))
"""Coded pixels of no particular picture. Without 255, which begins a marker."""
_OTHER_PIXELS: Final = bytes(range(254, 0, -1))
"""The same, beginning with ones: decoders read zeros where bits are missing, and few bits may be."""


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An image encoded as a file. ``width`` and ``height`` in pixels."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int


def prove(data: bytes, format_: Format, *, cut: bool = False) -> tuple[int, int]:
    """Check that the first frame can be decoded. Return width and height, as stored. Raise BadPicture.

    ``cut``: the file ended too early and was given an end, so that even its last bits may be missing.
    """
    with _opened(data, format_) as image:
        size = image.size
        refuse_unfit(*size, 1)
        if format_ == "JPEG":
            exactly = cut and size[0] * size[1] <= _EXACT_PIXELS
            if not exactly:
                _draft_eighth(image)
            sum_of_pixels = zlib.crc32(image.tobytes())
            extras = (_EXTRA_PIXELS, _OTHER_PIXELS) if cut else (_EXTRA_PIXELS,)
            if any(_sum_with(data, extra, drafted=not exactly) != sum_of_pixels for extra in extras):
                raise BadPicture("truncated", "it has an end, but not all of its pixels")
        image.load()
    return size


def _draft_eighth(image: Image.Image) -> None:
    """Set the decoder to an eighth of each side, straight from the coefficients. It still reads every byte."""
    image.draft(None, (max(image.width // 8, 1), max(image.height // 8, 1)))


def _sum_with(jpeg: bytes, extra: bytes, *, drafted: bool) -> int:
    """Return a sum of the pixels that are decoded if extra coded pixels stand before the end.

    A complete picture's decoder ignores them. Of another they are painted: without them decoders silently paint grey.
    """
    with _opened(jpeg[:-2] + extra + jpeg[-2:], "JPEG") as image:
        if drafted:
            _draft_eighth(image)
        return zlib.crc32(image.tobytes())


def is_turned(data: bytes, format_: Format) -> bool:
    """Return whether the EXIF orientation exchanges width and height. Raise BadPicture."""
    with _opened(data, format_) as image:
        return _is_sideways(image)


def refuse_unfit(width: int, height: int, frames: int) -> None:
    """Raise BadPicture if a picture is too large to decode or too small to paint from."""
    if width * height > MAX_PIXELS or frames > MOST_FRAMES or width * height * frames > _MAX_ALL_PIXELS:
        raise bomb(f"{width}x{height}, {frames} frames")
    if min(width, height) < MIN_SIDE:
        raise BadPicture("too-small", f"{width}x{height}", min_side=MIN_SIDE)


def decode(data: bytes, format_: Format, *, within: tuple[int, int] | None = None) -> Image.Image:
    """Decode the first frame, upright, as L, RGB, or RGBA if it has transparency. Raise BadPicture.

    A picture larger than ``within`` (width and height in pixels, as people see it) is scaled down; a JPEG is then not
    decoded in full size. ``info`` holds at most ``icc_profile``: Pillow writes comments from there into the next file.
    """
    with _opened(data, format_) as image:
        refuse_unfit(*image.size, 1)
        if within is not None and format_ == "JPEG":
            _draft(image, within)
        image.load()
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        known = profile if isinstance(profile, bytes) else None
        upright = to_plain_mode(image, known, unset_alpha=format_ in _UNSET_ALPHA)
        if within is None:
            return upright
        return _scaled(upright, min(within[0] / upright.width, within[1] / upright.height))


def encode_below(image: Image.Image, limit: int, *, qualities: tuple[int, ...]) -> EncodedImage:
    """Encode a JPEG, or WebP if there is transparency, of at most ``limit`` bytes: best quality first, then smaller.

    Raise BadPicture("too-large") if even the smallest picture is larger.
    """
    format_: Format = "WEBP" if image.mode == "RGBA" else "JPEG"
    scale = min(1.0, _SIDES[format_] / max(image.size))
    scaled = _scaled(image, scale)
    for quality in qualities:
        encoded = written(scaled, format_, limit, quality=quality)
        if len(encoded.data) <= limit:
            return encoded
    while min(scaled.size) > MIN_SIDE:
        # The bytes grow a little less than the area. Neither tiny nor huge steps.
        scale *= min(max(0.95 * math.sqrt(limit / len(encoded.data)), 0.25), 0.9)
        scaled = _scaled(image, scale)
        encoded = written(scaled, format_, limit, quality=_SCALED_QUALITY)
        if len(encoded.data) <= limit:
            return encoded
    raise BadPicture("too-large", f"no way under {limit} bytes", limit_mb=max(limit // 1_000_000, 1))


def written(
    image: Image.Image, format_: Format, limit: int, *, quality: int = 92, lossless: bool = False
) -> EncodedImage:
    """Encode a file with its colour profile and nothing else. Leave out a profile larger than a tenth of ``limit``."""
    profile = image.info.get("icc_profile")
    if profile is not None and len(profile) > limit // 10:
        profile = None
    options: dict[str, Any] = {"icc_profile": profile}
    if format_ == "JPEG":
        # 4:4:4 for high quality: small red letters smear at 4:2:0.
        options |= {"quality": quality, "subsampling": 0 if quality >= 90 else 2, "optimize": True}
    elif format_ == "WEBP":
        # For lossless, quality means effort: more of it costs seconds and saves about 1 %.
        options |= {"lossless": True, "quality": 25, "method": 1} if lossless else {"quality": quality, "method": 4}
    target = io.BytesIO()
    with _guarded():
        try:
            image.save(target, format_, **options)
        except OSError:
            if not options.pop("optimize", False):
                raise
            # Pillow gives an optimising encoder a buffer of one or two bytes a pixel; grainy photos need more.
            target = io.BytesIO()
            image.save(target, format_, **options)
    return EncodedImage(target.getvalue(), format_, *image.size)


def is_flat(image: Image.Image) -> bool:
    """Return whether it is small or has few colours: such drawings and screenshots are exact and small as PNG."""
    return image.width * image.height <= _SMALL_PIXELS or image.getcolors(_FLAT_COLOURS) is not None


def is_quickly_exact(image: Image.Image) -> bool:
    """Return whether lossless WebP can hold it without too much time and memory."""
    return max(image.size) <= _SIDES["WEBP"] and image.width * image.height <= _LOSSLESS_PIXELS


@contextmanager
def _opened(data: bytes, format_: Format) -> Iterator[Image.Image]:
    with _guarded(), Image.open(io.BytesIO(data), formats=[format_]) as image:
        for key in _XMP:
            image.info.pop(key, None)
        yield image


@contextmanager
def _guarded() -> Iterator[None]:
    """Map all of Pillow's errors about hostile bytes to BadPicture, and its warnings to errors or nothing.

    ``catch_warnings`` is not safe with threads: another reason to process one picture at a time.
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


def _is_sideways(image: Image.Image) -> bool:
    return image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)


def _draft(image: Image.Image, within: tuple[int, int]) -> None:
    """Set the decoder to a half, a quarter or an eighth of each side, at least twice the target size."""
    width, height = within[::-1] if _is_sideways(image) else within
    scale = min(1.0, 2 * min(width / image.width, height / image.height))
    image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale >= 1:
        return image
    size = max(round(image.width * scale), MIN_SIDE), max(round(image.height * scale), MIN_SIDE)
    scaled = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    scaled.info = dict(image.info)
    return scaled
