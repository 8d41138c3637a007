"""BMP: a header, a palette, and rows of pixels. https://learn.microsoft.com/windows/win32/gdi/bitmap-storage

Nothing is removed: ToAPIs does not accept BMP, so it is encoded anew. Only what decoders need is checked and mended.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata.body import Body, joined

_FILE_HEADER: Final = 14
_OLD_HEADER: Final = 12
_MASKS: Final = {3: 12, 6: 16}
"""Bytes of masks behind a header of 40 bytes, by the kind of compression."""
_UNCOMPRESSED: Final = frozenset((0, *_MASKS))


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    bits: int
    compression: int
    before_pixels: int
    """Bytes of all that stands before the pixels."""


def read(data: bytes) -> Body:
    """Read a BMP's body: with the right size and place of the pixels. Raise BadPicture: truncated."""
    try:
        header = _header(data)
    except struct.error:
        raise BadPicture("truncated", "in the header") from None
    declared = int.from_bytes(data[10:14], "little")
    start = declared if _FILE_HEADER + _OLD_HEADER <= declared < len(data) else header.before_pixels
    missing, unused = _missing(header, len(data) - start)
    padding = bytes(missing) if missing <= unused else b""
    head = b"BM" + struct.pack("<IHHI", len(data) + len(padding), 0, 0, start)
    body = joined(data, [head, data[_FILE_HEADER:], padding])
    mended = bool(padding) or start != declared or int.from_bytes(data[2:6], "little") != len(data)
    return Body(body, header.width, header.height, mended=mended, cut=missing > unused)


def _header(data: bytes) -> _Header:
    """Read the header. Raise struct.error if the file ends within it."""
    size: int = struct.unpack_from("<I", data, _FILE_HEADER)[0]
    colours = 0
    compression = 0
    if size == _OLD_HEADER:
        width, height, _, bits = struct.unpack_from("<4H", data, _FILE_HEADER + 4)
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, _FILE_HEADER + 4)
        colours = struct.unpack_from("<I", data, _FILE_HEADER + 32)[0]
    entry = 3 if size == _OLD_HEADER else 4
    palette = entry * min(colours or 1 << bits, 256) if bits <= 8 else 0
    masks = _MASKS.get(compression, 0) if size == 40 else 0
    return _Header(abs(width), abs(height), bits, compression, _FILE_HEADER + size + masks + palette)


def _missing(header: _Header, available: int) -> tuple[int, int]:
    """Count the bytes that are missing of the rows, and those at a row's end that hold no pixels.

    Nothing is missing of compressed rows: only a decoder can tell.
    """
    if header.compression not in _UNCOMPRESSED:
        return 0, 0
    used = (header.width * header.bits + 7) // 8
    row = (used + 3) // 4 * 4
    return max(row * header.height - available, 0), row - used
