"""Pictures: bytes that were checked to be an image, and the ways to encode them below a limit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from bot.errors import BadPicture
from bot.images import ai_mark, codec, collage, metadata
from bot.images.ai_mark import MadeBy
from bot.images.checked import RESULT_MAX_BYTES, TOAPIS_LIMIT, Picture
from bot.images.colours import in_srgb
from bot.images.metadata.body import Body
from bot.images.sniff import MAX_BYTES, READABLE, Format, kind

_ACCEPTED: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP", "GIF"})
"""The formats that ToAPIs accepts. Browsers and Discord's apps show these and AVIF."""
_SHOWN: Final[frozenset[Format]] = _ACCEPTED | {"AVIF"}

_COMPACT: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP"})
"""The formats that are no larger than PNG. Other formats are tried as PNG first, which is lossless."""

_SIZED_BY_DECODER: Final[frozenset[Format]] = frozenset({"AVIF"})
"""Formats of several pictures in a file. Before decoding only the size of the largest is known."""

_SOURCE_QUALITIES: Final = (92, 85, 75, 65)
_RESULT_QUALITIES: Final = (95, 92, 85, 75)
_LOSSLESS_CHANCE: Final = 1.4
"""The largest ratio of a file to its limit for which lossless WebP is tried: it saves about a third of a PNG."""

_log = logging.getLogger(__name__)


def check(data: bytes) -> Picture:
    """Check bytes, by themselves and by decoding them once. The picture holds ``data`` itself.

    Raise BadPicture: empty, too-large, unknown, svg, heic, raw, pdf, video, audio, text, archive, truncated, broken,
    bomb, too-small.
    """
    return _checked(data, MAX_BYTES)[0]


def for_toapis(data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
    """Return a JPEG, PNG, WebP or GIF of at most ``limit`` bytes without personal metadata.

    A file that ToAPIs accepts and that holds nothing personal is returned byte for byte. Personal parts are cut out
    without a change to the pixels. Only other formats and larger files are encoded anew. Raise BadPicture like
    ``check``.
    """
    picture, body = _checked(data, MAX_BYTES)
    if picture.format in _ACCEPTED and len(body.data) <= limit:
        return replace(picture, data=body.data)
    image = codec.decode(body.data, picture.format)
    if picture.format not in _COMPACT and (image.mode == "RGBA" or codec.is_flat(image)):
        exact = codec.written(image, "PNG", limit)
        if len(exact.data) <= limit:
            return _as_picture(exact)
    return _as_picture(codec.encode_below(image, limit, qualities=_SOURCE_QUALITIES))


def inspect_result(data: bytes, made_by: MadeBy = "edit") -> Picture:
    """Check that a downloaded result is a whole file of a picture. It holds ``data`` itself. Raise BadPicture.

    Its header, size and end are read; its pixels are decoded only where they alone can tell whether it is whole: a
    result in a wrong container is mended, a result that Discord does not show is written anew (see ``fit``).
    """
    format_, body = _read(data, RESULT_MAX_BYTES)
    if body.mended or format_ not in _SHOWN:
        return fit(data, RESULT_MAX_BYTES, made_by)
    return _stored(data, format_, body)


def fit(data: bytes, limit: int, made_by: MadeBy | None = "edit") -> Picture:
    """Return a picture in at most ``limit`` bytes: ``data`` itself if it fits, else in the best quality.

    A painted result that is not ``data`` itself carries the mark of AI (``ai_mark``): what ``data`` says of itself,
    else what follows from ``made_by``. With None only the mark of a picture that had one is kept. An animation that
    does not fit becomes its first frame. Raise BadPicture.
    """
    picture, body = _checked(data, RESULT_MAX_BYTES)
    if picture.format in _SHOWN and not body.mended and len(data) <= limit:
        return picture
    mark = ai_mark.kind(data, made_by)
    room = max(limit - ai_mark.MOST_BYTES, 1)
    if picture.format in _ACCEPTED:
        marked = ai_mark.marked(body.data, picture.format, mark)
        if len(marked) <= limit:
            return replace(picture, data=marked)
    image = codec.decode(body.data, picture.format)
    if len(body.data) <= _LOSSLESS_CHANCE * limit and codec.is_quickly_exact(image):
        exact = codec.written(image, "WEBP", limit, lossless=True)
        if len(exact.data) <= room:
            return _marked(exact, mark)
    return _marked(codec.encode_below(image, room, qualities=_RESULT_QUALITIES), mark)


def compare(before: bytes, after: bytes, limit: int, made_by: MadeBy = "edit") -> Picture:
    """Build a picture of before and after, numbered 1 and 2, in at most ``limit`` bytes, marked. Raise BadPicture."""
    pair = [_small(data, collage.PAIR) for data in (before, after)]
    return _collage(collage.compared(*pair), limit, made_by)


def film_strip(frames: Sequence[bytes | None], limit: int, *, first: int = 1, made_by: MadeBy = "edit") -> Picture:
    """Build one picture of 1 to 60 frames, numbered from ``first``, in rows of at most four, in ``limit`` bytes.

    None is a picture that no longer exists. An unreadable frame is shown like it: a strip with a gap tells more than no
    strip. One frame at a time is decoded, and only its thumbnail kept. The strip is marked like ``fit``'s pictures.
    Raise ValueError for another number of frames, BadPicture("too-large") if ``limit`` is too small for any strip.
    """
    box = collage.frame_box(len(frames))
    small = [None if data is None else _small_or_gone(data, box) for data in frames]
    return _collage(collage.film(small, first=first), limit, made_by)


def thumbnail(data: bytes, side: int = collage.FRAME) -> Picture:
    """Create a thumbnail of at most ``side`` pixels on each side, for a film strip. Raise BadPicture."""
    return _as_picture(codec.encode_below(_small(data, (side, side)), RESULT_MAX_BYTES, qualities=_SOURCE_QUALITIES))


def _small(data: bytes, within: tuple[int, int]) -> Image.Image:
    format_, body = _read(data, RESULT_MAX_BYTES)
    return in_srgb(codec.decode(body.data, format_, within=within))


def _small_or_gone(data: bytes, within: tuple[int, int]) -> Image.Image | None:
    try:
        return _small(data, within)
    except BadPicture as error:
        _log.warning("a frame of a film strip can't be opened: %s", error.detail)
        return None


def _as_picture(image: codec.EncodedImage) -> Picture:
    return Picture(image.data, image.format, image.width, image.height)


def _marked(image: codec.EncodedImage, mark: str | None) -> Picture:
    return replace(_as_picture(image), data=ai_mark.marked(image.data, image.format, mark))


def _collage(image: Image.Image, limit: int, made_by: MadeBy) -> Picture:
    room = max(limit - ai_mark.MOST_BYTES, 1)
    return _marked(codec.encode_below(image, room, qualities=_SOURCE_QUALITIES), ai_mark.value_of(made_by))


def _checked(data: bytes, max_bytes: int) -> tuple[Picture, Body]:
    """Check a picture. Return it as it is, and its body: the same pixels without metadata, in a whole container."""
    format_, body = _read(data, max_bytes)
    try:
        width, height = codec.prove(body.data, format_, cut=body.cut)
    except BadPicture as error:
        if body.cut and error.reason == "broken":
            raise BadPicture("truncated", error.detail) from error
        raise
    if format_ in _SIZED_BY_DECODER:
        body = replace(body, width=width, height=height)
    return _stored(data, format_, body), body


def _stored(data: bytes, format_: Format, body: Body) -> Picture:
    turned = codec.is_turned(body.data, format_)
    return Picture(data, format_, body.width, body.height, body.frames > 1, turned)


def _read(data: bytes, max_bytes: int) -> tuple[Format, Body]:
    """Read the format and body without decoding. Raise BadPicture."""
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
    codec.refuse_unfit(body.width, body.height, body.frames)
    return format_, body
