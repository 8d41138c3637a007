"""PNG: chunks with a length, a name and a check sum. https://www.w3.org/TR/png-3/#5Chunk-layout

A chunk that pixels don't need is left out where it is damaged, as viewers do (section 13.2). A missing end is added.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif, icc
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_SIGNATURE: Final = 8
_LONGEST: Final = 2**31 - 1
_NEEDED: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD hIST pHYs acTL fcTL fdAT".split()
)
"""Pixels, colours, density and frames. Texts, times, suggested palettes and editors' chunks are not among them."""
_FRAMES: Final = frozenset((b"acTL", b"fcTL", b"fdAT"))
_LENGTHS: Final = {b"cHRM": 32, b"gAMA": 4, b"sRGB": 1, b"cICP": 4, b"pHYs": 9, b"acTL": 8, b"fcTL": 26}
"""Bytes of chunks whose length is fixed. Decoders refuse a picture for another length, or skip the chunk."""
_TRANSPARENCY: Final = {0: (2, 2), 2: (6, 6), 3: (1, 256)}
"""Least and most bytes of tRNS, by the type of colours. It is forbidden with others."""
_PROFILE_NAMES: Final = (b"icc", b"ICC Profile")
"""Names of a profile that say nothing. Others may name the display."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    body: bytes
    raw: bytes
    """The whole chunk; empty if it was damaged."""

    @property
    def is_critical(self) -> bool:
        return self.name[:1].isupper()

    @property
    def written(self) -> bytes:
        return self.raw or write(self.name, self.body)


def read(data: bytes) -> Body:
    """Read a PNG's body. Pillow decodes the pixels later. Raise BadPicture: truncated, broken, bomb."""
    if data[12:16] != b"IHDR":
        raise BadPicture("broken" if len(data) > 16 else "truncated", "no IHDR")
    chunks = list(_chunks(data))
    if all(chunk.name != b"IDAT" for chunk in chunks):
        raise BadPicture("truncated" if chunks[-1].name != b"IEND" else "broken", "no pixels")
    whole = chunks[-1].name == b"IEND"
    # EXIF that is cut still tells the orientation.
    sound = [chunk for chunk in chunks if chunk.raw or chunk.is_critical or (chunk.name == b"eXIf" and not whole)]
    if not whole or _lacks_frames(chunks):
        sound = [chunk for chunk in sound if chunk.name not in _FRAMES]
    parts = [data[:_SIGNATURE], *_parts(sound, data[25]), *([] if whole else [write(b"IEND", b"")])]
    return Body(
        joined(data, parts),
        int.from_bytes(data[16:20], "big"),
        int.from_bytes(data[20:24], "big"),
        max(sum(chunk.name == b"fcTL" for chunk in sound), 1),
        mended=not whole or any(not chunk.raw for chunk in chunks),
        cut=not whole,
    )


def write(name: bytes, body: bytes) -> bytes:
    """Build a chunk with its check sum."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _lacks_frames(chunks: list[_Chunk]) -> bool:
    """Return whether a chunk of the animation is damaged: only the still picture is whole then."""
    return any(chunk.name in _FRAMES and not chunk.raw for chunk in chunks)


def _parts(chunks: list[_Chunk], colours: int) -> Iterator[bytes]:
    """Yield the chunks that stay. ``colours``: the type of colours in IHDR."""
    once: set[bytes] = set()
    for chunk in chunks:
        if chunk.name in {b"eXIf", b"iCCP"}:
            if chunk.name not in once:
                once.add(chunk.name)
                yield _exif(chunk) if chunk.name == b"eXIf" else _profile(chunk)
        elif chunk.name == b"tRNS":
            least, most = _TRANSPARENCY.get(colours, (1, 0))
            yield chunk.written if least <= len(chunk.body) <= most else b""
        elif chunk.name in _NEEDED:
            yield chunk.written


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield all chunks up to IEND, or to where the file ends or stops making sense. Raise BadPicture."""
    at = _SIGNATURE
    has_pixels = False
    for _ in range(MOST_PARTS):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if len(name) < 4:
            return
        if not name.isalpha() or length > _LONGEST:
            if has_pixels:
                return
            raise BadPicture("broken", "no chunk")
        end = at + 12 + length
        chunk = _checked(name, data[at + 8 : min(end - 4, len(data))], data[at:end], cut=end > len(data))
        has_pixels = has_pixels or name == b"IDAT"
        yield chunk
        if name == b"IEND" or end > len(data):
            return
        at = end
    raise bomb("too many chunks")


def _checked(name: bytes, body: bytes, raw: bytes, *, cut: bool) -> _Chunk:
    """Check a chunk's length and sum. Raise BadPicture if it is damaged and the pixels would be wrong without it."""
    right = _LENGTHS.get(name, len(body)) == len(body) and zlib.crc32(raw[4:-4]) == int.from_bytes(raw[-4:], "big")
    if name == b"IEND":
        return _Chunk(name, b"", raw if right and not body and not cut else b"")
    if cut and name == b"PLTE":
        raise BadPicture("truncated", "in the palette")
    if not right and name in {b"IHDR", b"PLTE"}:
        raise BadPicture("broken", "a wrong check sum")
    return _Chunk(name, body, raw if right and not cut else b"")


def _exif(chunk: _Chunk) -> bytes:
    tiff = exif.block(chunk.body)
    cleaned = exif.cleaned(tiff)
    if cleaned == tiff:
        return chunk.written
    return write(b"eXIf", cleaned) if cleaned else b""


def _profile(chunk: _Chunk) -> bytes:
    name, _, compressed = chunk.body.partition(b"\0")
    profile = icc.inflated(compressed[1:]) if compressed[:1] == b"\0" else b""
    clean = icc.reduced(profile)
    if clean is profile and clean and name in _PROFILE_NAMES:
        return chunk.written
    return write(b"iCCP", b"icc\0\0" + zlib.compress(clean)) if clean else b""
