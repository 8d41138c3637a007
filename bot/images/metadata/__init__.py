"""Files without metadata and in whole containers, without a change to the pixels.

Each part that a picture needs is kept as it is; every other part (names, places, serial numbers, comments, thumbnails,
editors' histories) is left out. Only known parts are kept, so an unknown part never passes. A container that is wrong
(without its end, with a wrong size or check sum) is mended, and the decoder says whether all pixels are there. BMP,
TIFF and AVIF are only read, since they are encoded anew: their sizes and frames are counted before they are decoded.

Bytes after the end of a picture are left out too. Viewers ignore them, phones store a video or a second picture there,
croppers left the cropped part there (CVE-2023-21036), and a second file can hide there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.images.metadata import avif, bmp, gif, jpeg, png, tiff, webp
from bot.images.metadata.body import Body
from bot.images.sniff import Format

_READERS: Final[dict[Format, Callable[[bytes], Body]]] = {
    "JPEG": jpeg.read,
    "PNG": png.read,
    "WEBP": webp.read,
    "GIF": gif.read,
    "BMP": bmp.read,
    "TIFF": tiff.read,
    "AVIF": avif.read,
}


def read(data: bytes, format_: Format) -> Body:
    """Return the picture's body. Raise BadPicture: raw, truncated, broken, bomb."""
    return _READERS[format_](data)
