"""Pictures: bytes that were checked to be an image, and the ways to encode them below a limit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from bot.errors import BadPicture
from bot.images import codec, collage, metadata
from bot.images.checked import RESULT_MAX_BYTES, TOAPIS_LIMIT, Picture
from bot.images.metadata.body import Body
from bot.images.sniff import MAX_BYTES, READABLE, Format, declared, kind

__all__ = [
    "TOAPIS_LIMIT",
    "Picture",
    "check",
    "compare",
    "declared",
    "film_strip",
    "fit",
    "for_toapis",
    "inspect_result",
    "thumbnail",
]

_ACCEPTED: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP", "GIF"})
"""The formats that ToAPIs accepts. Browsers and Discord's apps show these and AVIF."""
_SHOWN: Final[frozenset[Format]] = _ACCEPTED | {"AVIF"}

_COMPACT: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP"})
"""The formats that are no larger than PNG. Other formats are tried as PNG first, which is lossless."""

_SOURCE_QUALITIES: Final = (92, 85, 75, 65)
_RESULT_QUALITIES: Final = (95, 92, 85, 75)
_LOSSLESS_CHANCE: Final = 1.4
"""The largest ratio of a file to its limit for which lossless WebP is tried: it saves about a third of a PNG."""

_log = logging.getLogger(__name__)


def check(data: bytes) -> Picture:
    """Check bytes, by themselves and by decoding them once. The picture holds ``data`` itself.

    Raise BadPicture: empty, too-large, unknown, svg, heic, pdf, video, audio, text, archive, truncated, broken, bomb,
    too-small.
    """
    return _checked(data, MAX_BYTES)[0]


def for_toapis(data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
    """Return a JPEG, PNG, WebP or GIF of at most ``limit`` bytes without personal metadata.

    A file that ToAPIs accepts and that holds nothing personal is returned byte for byte. Personal parts are cut out
    without a change to the pixels. Only other formats and larger files are encoded anew. Raise BadPicture like
    ``check``.
    """
    picture, body = _checked(data, MAX_BYTES)
    if picture.format in _ACCEPTED and len(body) <= limit:
        return replace(picture, data=body)
    image = codec.decode(body, picture.format)
    if picture.format not in _COMPACT and (image.mode == "RGBA" or codec.is_flat(image)):
        exact = codec.written(image, "PNG", limit)
        if len(exact.data) <= limit:
            return _as_picture(exact)
    return _as_picture(codec.encode_below(image, limit, qualities=_SOURCE_QUALITIES))


def inspect_result(data: bytes) -> Picture:
    """Check that a downloaded result is a whole file of a picture. It holds ``data`` itself. Raise BadPicture.

    Its header, size and end are read; its pixels are decoded only where it must be made smaller.
    """
    format_, body = _read(data, RESULT_MAX_BYTES)
    if body is None:
        return _checked(data, RESULT_MAX_BYTES)[0]
    return _stored(data, format_, body)


def fit(data: bytes, limit: int) -> Picture:
    """Return a painted result in at most ``limit`` bytes: ``data`` itself if it fits, else in the best quality.

    An animation that does not fit becomes its first frame. Raise BadPicture.
    """
    picture, body = _checked(data, RESULT_MAX_BYTES)
    if picture.format in _SHOWN:
        for file in (data, body):
            if len(file) <= limit:
                return replace(picture, data=file)
    image = codec.decode(body, picture.format)
    if len(body) <= _LOSSLESS_CHANCE * limit and codec.is_quickly_exact(image):
        exact = codec.written(image, "WEBP", limit, lossless=True)
        if len(exact.data) <= limit:
            return _as_picture(exact)
    return _as_picture(codec.encode_below(image, limit, qualities=_RESULT_QUALITIES))


def compare(before: bytes, after: bytes, limit: int) -> Picture:
    """Build a picture of before and after, numbered 1 and 2, in at most ``limit`` bytes. Raise BadPicture."""
    pair = [_small(data, collage.PAIR) for data in (before, after)]
    return _as_picture(codec.encode_below(collage.compared(*pair), limit, qualities=_SOURCE_QUALITIES))


def film_strip(frames: Sequence[bytes | None], limit: int, *, first: int = 1) -> Picture:
    """Build one picture of 1 to 60 frames, numbered from ``first``, in rows of at most four, in ``limit`` bytes.

    None is a picture that no longer exists. An unreadable frame is shown like it: a strip with a gap tells more than no
    strip. One frame at a time is decoded, and only its thumbnail kept. Raise ValueError for another number of frames,
    BadPicture("too-large") if ``limit`` is too small for any strip.
    """
    box = collage.frame_box(len(frames))
    small = [None if data is None else _small_or_gone(data, box) for data in frames]
    return _as_picture(codec.encode_below(collage.film(small, first=first), limit, qualities=_SOURCE_QUALITIES))


def thumbnail(data: bytes, side: int = collage.FRAME) -> Picture:
    """Create a thumbnail of at most ``side`` pixels on each side, for a film strip. Raise BadPicture."""
    return _as_picture(codec.encode_below(_small(data, (side, side)), RESULT_MAX_BYTES, qualities=_SOURCE_QUALITIES))


def _small(data: bytes, within: tuple[int, int]) -> Image.Image:
    format_, body = _read(data, RESULT_MAX_BYTES)
    return codec.in_srgb(codec.decode(body.data if body else data, format_, within=within))


def _small_or_gone(data: bytes, within: tuple[int, int]) -> Image.Image | None:
    try:
        return _small(data, within)
    except BadPicture as error:
        _log.warning("a frame of a film strip can't be opened: %s", error.detail)
        return None


def _as_picture(image: codec.EncodedImage) -> Picture:
    return Picture(image.data, image.format, image.width, image.height)


def _checked(data: bytes, max_bytes: int) -> tuple[Picture, bytes]:
    """Check a picture. Return it as it is, and its body: the same pixels without metadata."""
    format_, body = _read(data, max_bytes)
    if body is None:
        width, height, frames = codec.prove(data, format_)
        return Picture(data, format_, width, height, frames > 1), data
    codec.prove(body.data, format_)
    return _stored(data, format_, body), body.data


def _stored(data: bytes, format_: Format, body: Body) -> Picture:
    turned = codec.is_turned(body.data, format_)
    return Picture(data, format_, body.width, body.height, body.frames > 1, turned)


def _read(data: bytes, max_bytes: int) -> tuple[Format, Body | None]:
    """Read the format and body without decoding. The body is None for a format that we can only encode anew."""
    if not data:
        raise BadPicture("empty")
    if len(data) > max_bytes:
        raise BadPicture("too-large", limit_mb=max_bytes // 1_000_000)
    file_kind = kind(data)
    if file_kind is None:
        raise BadPicture("unknown")
    format_ = READABLE.get(file_kind)
    if format_ is None:
        raise BadPicture(file_kind)
    body = metadata.read(data, format_)
    if body is not None:
        codec.refuse_unfit(body.width, body.height, body.frames)
    return format_, body
