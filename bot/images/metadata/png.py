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
"""Pixels, colours, density, frames. Texts, times, suggested palettes and whatever editors add are not among them."""


def read(data: bytes) -> Body:
    """Raises BadPicture: truncated, broken. What only Pillow can tell (check sums, pixels) is left to it."""
    if data[12:16] != b"IHDR":
        raise BadPicture("broken" if len(data) > 16 else "truncated", "no IHDR")
    parts = [data[:_SIGNATURE]]
    at, frames, held = _SIGNATURE, 0, False
    for _ in range(MOST_PARTS):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or len(name) < 4:
            raise BadPicture("truncated")
        if name == b"eXIf":
            parts.append(b"" if held else _exif(data[at:end]))
            held = True
        elif name in _NEEDED:
            parts.append(data[at:end])
            frames += name == b"fcTL"
        at = end
        if name == b"IEND":
            break
    else:
        raise bomb("too many chunks")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return Body(joined(data, parts), width, height, max(frames, 1))


def _exif(chunk: bytes) -> bytes:
    tiff = exif.block(chunk[8:-4])
    kept = exif.cleaned(tiff)
    if kept == tiff:
        return chunk
    named = b"eXIf" + kept
    return len(kept).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big") if kept else b""
