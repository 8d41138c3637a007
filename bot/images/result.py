"""The look at a painted result by its container alone: a bounded walk without a decoder, safe in the bot itself."""

from __future__ import annotations

from typing import Final

from bot.errors import BadPicture
from bot.images import metadata
from bot.images.checked import RESULT_MAX_BYTES, Picture
from bot.images.metadata.body import MAX_PIXELS
from bot.images.sniff import Format, kind

_WALKED: Final[dict[str, Format]] = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "GIF"}
"""The formats whose containers tell whether a file is whole."""

_SMALL: Final = 16
"""Pixels of a side. Whether a smaller result is one at all, the worker decides."""

_EXIF: Final = (b"Exif\x00", b"eXIf", b"EXIF")
"""How EXIF begins in these formats. It may turn the picture, which the worker reads."""


def inspected(data: bytes) -> Picture | None:
    """Return the picture, which holds ``data`` itself, or None where only its pixels can tell whether it is one."""
    format_ = _WALKED.get(str(kind(data)))
    if format_ is None or len(data) > RESULT_MAX_BYTES:
        return None
    try:
        body = metadata.read(data, format_)
    except BadPicture:
        return None
    if body.mended or min(body.width, body.height) < _SMALL or body.width * body.height > MAX_PIXELS:
        return None
    if body.frames > 1 or any(mark in body.data for mark in _EXIF):
        return None
    return Picture(data, format_, body.width, body.height)
