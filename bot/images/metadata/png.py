"""PNG: chunks with a length, a name and a check sum. https://www.w3.org/TR/png-3/#5Chunk-layout"""

from __future__ import annotations

import zlib
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_SIGNATURE: Final = 8
_NEEDED: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD hIST pHYs acTL fcTL fdAT".split()
)
"""Pixels, colours, density and frames. Texts, times, suggested palettes and editors' chunks are not among them."""


def read(data: bytes) -> Body:
    """Read a PNG's body. Pillow checks the check sums and pixels later. Raise BadPicture: truncated, broken."""
    if data[12:16] != b"IHDR":
        raise BadPicture("broken" if len(data) > 16 else "truncated", "no IHDR")
    parts = [data[:_SIGNATURE]]
    at = _SIGNATURE
    frames = 0
    exif_seen = False
    for _ in range(MOST_PARTS):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or len(name) < 4:
            raise BadPicture("truncated")
        if name == b"eXIf":
            parts.append(b"" if exif_seen else _exif(data[at:end]))
            exif_seen = True
        elif name in _NEEDED:
            parts.append(data[at:end])
            frames += name == b"fcTL"
        at = end
        if name == b"IEND":
            break
    else:
        raise bomb("too many chunks")
    width = int.from_bytes(data[16:20], "big")
    height = int.from_bytes(data[20:24], "big")
    return Body(joined(data, parts), width, height, max(frames, 1))


def _exif(chunk: bytes) -> bytes:
    tiff = exif.block(chunk[8:-4])
    cleaned = exif.cleaned(tiff)
    if cleaned == tiff:
        return chunk
    named = b"eXIf" + cleaned
    return len(cleaned).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big") if cleaned else b""
