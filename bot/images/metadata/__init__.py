"""The removal of metadata from JPEG, PNG, WebP and GIF files, without a change to the pixels.

Each part that a picture needs is kept as it is; every other part (names, places, serial numbers, comments, thumbnails,
editors' histories) is left out. Only known parts are kept, so an unknown part never passes.

Bytes after the end of a picture are left out too. Viewers ignore them, phones store a video or a second picture there,
croppers left the cropped part there (CVE-2023-21036), and a second file can hide there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.images.metadata import gif, jpeg, png, webp
from bot.images.metadata.body import Body
from bot.images.sniff import Format

_READERS: Final[dict[Format, Callable[[bytes], Body]]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "GIF": gif.read,
}


def read(data: bytes, format_: Format) -> Body | None:
    """Return the picture's body, or None for a format that we can't parse. Raise BadPicture: truncated, broken."""
    reader = _READERS.get(format_)
    return reader(data) if reader else None
