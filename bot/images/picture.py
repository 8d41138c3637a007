"""A Picture: bytes that were checked to be an image, and the ways to make one that fits."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from PIL import Image

from bot.errors import BadPicture
from bot.images import codec, collage, metadata
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

TOAPIS_LIMIT: Final = 10_000_000
"""Bytes. "10MB" in ToAPIs' upload page; whether decimal or binary is not said, so the smaller.
https://docs.toapis.com/docs/en/api-reference/uploads/images"""
RESULT_MAX_BYTES: Final = 100_000_000
"""A 4K picture as PNG is about 20 MB; far beyond it something is wrong."""

_ACCEPTED: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP", "GIF"})
"""By ToAPIs. What people's browsers and apps show are these and AVIF."""
_SHOWN: Final[frozenset[Format]] = _ACCEPTED | {"AVIF"}

_COMPACT: Final[frozenset[Format]] = frozenset({"JPEG", "PNG", "WEBP"})
"""What is too large as one of these is too large as PNG. Other formats are tried as PNG first, which loses nothing."""

_SOURCE_QUALITIES: Final = (92, 85, 75, 65)
_RESULT_QUALITIES: Final = (95, 92, 85, 75)
_LOSSLESS_CHANCE: Final = 1.4
"""Lossless WebP saves about a third of a PNG. Beyond this ratio it is not worth the seconds."""

_log = logging.getLogger(__name__)

_EXTENSIONS: Final[dict[Format, str]] = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tiff",
    "AVIF": "avif",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that were checked to be an image. ``width`` and ``height`` in pixels, as stored (before orientation)."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    animated: bool = False
    turned: bool = False
    """Shown with width and height exchanged, by its EXIF orientation."""

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as people see it."""
        return (self.height, self.width) if self.turned else (self.width, self.height)

    @property
    def mime(self) -> str:
        return f"image/{self.format.lower()}"

    @property
    def extension(self) -> str:
        """Without the dot."""
        return _EXTENSIONS[self.format]

    @property
    def filename(self) -> str:
        return self.named("source")

    def named(self, stem: str) -> str:
        """A file name: ``picture.named("painted")`` is ``painted.png``."""
        return f"{stem}.{self.extension}"


def check(data: bytes) -> Picture:
    """Trust the bytes alone, decoded once to see that they can be. The picture holds ``data`` itself.

    Raises BadPicture: empty, too-large, unknown, svg, heic, pdf, video, audio, text, archive, truncated, broken, bomb,
    too-small.
    """
    return _checked(data, MAX_BYTES)[0]


def for_toapis(data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
    """JPEG, PNG, WebP or GIF of at most ``limit`` bytes, without a word on the person who took or made it.

    What ToAPIs accepts and says nothing personal goes byte for byte. Personal parts are cut out without touching a
    pixel. Only other formats, and what is still too large, are written anew. Raises BadPicture like ``check``.
    """
    picture, body = _checked(data, MAX_BYTES)
    if picture.format in _ACCEPTED and len(body) <= limit:
        return replace(picture, data=body)
    image = codec.decode(body, picture.format)
    if picture.format not in _COMPACT and (image.mode == "RGBA" or codec.is_flat(image)):
        exact = codec.written(image, "PNG", limit)
        if len(exact.data) <= limit:
            return _printed(exact)
    return _printed(codec.encode_below(image, limit, qualities=_SOURCE_QUALITIES))


def inspect_result(data: bytes) -> Picture:
    """See that a downloaded result is a picture that can be shown. It holds ``data`` itself. Raises BadPicture."""
    return _checked(data, RESULT_MAX_BYTES)[0]


def fit(data: bytes, limit: int) -> Picture:
    """A painted result for a place that takes ``limit`` bytes: ``data`` itself where it fits, best quality first.

    An animation that does not fit becomes its first frame. Raises BadPicture.
    """
    picture, body = _checked(data, RESULT_MAX_BYTES)
    if picture.format in _SHOWN:
        for whole in (data, body):
            if len(whole) <= limit:
                return replace(picture, data=whole)
    image = codec.decode(body, picture.format)
    if len(body) <= _LOSSLESS_CHANCE * limit and codec.is_quickly_exact(image):
        exact = codec.written(image, "WEBP", limit, lossless=True)
        if len(exact.data) <= limit:
            return _printed(exact)
    return _printed(codec.encode_below(image, limit, qualities=_RESULT_QUALITIES))


def compare(before: bytes, after: bytes, limit: int) -> Picture:
    """Before and after side by side, numbered 1 and 2, in at most ``limit`` bytes. Raises BadPicture."""
    pair = [_small(data, collage.PAIR) for data in (before, after)]
    return _printed(codec.encode_below(collage.compared(*pair), limit, qualities=_SOURCE_QUALITIES))


def film_strip(frames: Sequence[bytes | None], limit: int, *, first: int = 1) -> Picture:
    """All frames as one picture, numbered from ``first``, in rows of at most four, in at most ``limit`` bytes.

    1 to 60 of them (ValueError otherwise). None is a picture that is gone; one that can't be opened any more is shown
    like it, since a strip with a hole tells more than no strip. One at a time is decoded, and only its thumbnail kept.
    Raises BadPicture("too-large") where ``limit`` is too small for any strip.
    """
    box = collage.frame_box(len(frames))
    small = [None if data is None else _small_or_gone(data, box) for data in frames]
    return _printed(codec.encode_below(collage.film(small, first=first), limit, qualities=_SOURCE_QUALITIES))


def thumbnail(data: bytes, side: int = collage.FRAME) -> Picture:
    """The picture at most ``side`` pixels wide and high: what a film strip needs of it, to be kept while the next one
    is fetched. Raises BadPicture."""
    return _printed(codec.encode_below(_small(data, (side, side)), RESULT_MAX_BYTES, qualities=_SOURCE_QUALITIES))


def _small(data: bytes, within: tuple[int, int]) -> Image.Image:
    format_, body = _read(data, RESULT_MAX_BYTES)
    return codec.in_srgb(codec.decode(body.data if body else data, format_, within=within))


def _small_or_gone(data: bytes, within: tuple[int, int]) -> Image.Image | None:
    try:
        return _small(data, within)
    except BadPicture as error:
        _log.warning("a frame of a film strip can't be opened: %s", error.detail)
        return None


def _printed(made: codec.EncodedImage) -> Picture:
    return Picture(made.data, made.format, made.width, made.height)


def _checked(data: bytes, max_bytes: int) -> tuple[Picture, bytes]:
    """The picture as it is, and its body: the same pixels without anything beside them."""
    format_, body = _read(data, max_bytes)
    if body is None:
        width, height, frames = codec.prove(data, format_)
        return Picture(data, format_, width, height, frames > 1), data
    codec.prove(body.data, format_)
    turned = codec.is_turned(body.data, format_)
    return Picture(data, format_, body.width, body.height, body.frames > 1, turned), body.data


def _read(data: bytes, max_bytes: int) -> tuple[Format, Body | None]:
    """What the bytes are, not yet decoded. The body is None for a format that we can only write anew."""
    if not data:
        raise BadPicture("empty")
    if len(data) > max_bytes:
        raise BadPicture("too-large", limit_mb=max_bytes // 1_000_000)
    found = kind(data)
    if found is None:
        raise BadPicture("unknown")
    format_ = READABLE.get(found)
    if format_ is None:
        raise BadPicture(found)
    body = metadata.read(data, format_)
    if body is not None:
        codec.refuse_unfit(body.width, body.height, body.frames)
    return format_, body
