"""JPEG, PNG, WebP and GIF files taken apart and put together again without touching a pixel.

Each part that a picture needs is kept as it is; every other part (names, places, serial numbers, comments, thumbnails,
editors' histories) is left out. What is kept is a list of what we know, so an unknown part is never let through.

What follows the end of a picture is left out too. Viewers ignore it, and it is where phones hide a video or a second
picture, where croppers forgot the part that was cropped away (CVE-2023-21036), and where a second file can ride along.
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
    """The picture's body, or None for a format that we can't take apart. Raises BadPicture: truncated, broken."""
    reader = _READERS.get(format_)
    return reader(data) if reader else None
