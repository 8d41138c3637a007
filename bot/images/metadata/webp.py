"""WebP: chunks in a RIFF file. https://developers.google.com/speed/webp/docs/riff_container

The size of the file stands in its head, and writers that break off or append leave it wrong: it is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif, icc
from bot.images.metadata.body import MOST_PARTS, Body, bomb

_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_NEEDED: Final = _PIXELS | {b"VP8X", b"ANIM"}
_EXIF_FLAG: Final = 0x08
_XMP_FLAG: Final = 0x04
_ICC_FLAG: Final = 0x20
_ALPHA_FLAG: Final = 0x10
_LEAST: Final = 20
"""Bytes up to the first chunk's content. A smaller size was never filled in."""
_FRAME_HEADER: Final = 16


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    payload: bytes
    raw: bytes
    """The whole chunk with its padding; empty if the file ends within it."""

    @property
    def written(self) -> bytes:
        return self.raw + bytes(len(self.raw) & 1) if self.raw else write(self.name, self.payload)


def read(data: bytes) -> Body:
    """Read a WebP's body. Raise BadPicture: truncated, broken, bomb."""
    declared = 8 + int.from_bytes(data[4:8], "little")
    if declared < _LEAST:
        declared = len(data) - 1
    chunks = list(_whole_chunks(data, declared))
    size = next((size for chunk in chunks if (size := _size(chunk.name, chunk.payload))), None)
    if size is None:
        raise BadPicture("truncated" if declared > len(data) else "broken", "no picture in it")
    cut = any(not chunk.raw for chunk in chunks)
    frames = [chunk for chunk in chunks if chunk.name == b"ANMF"]
    if len(frames) > 1 and not frames[-1].raw:  # the frames before it are whole
        chunks.remove(frames.pop())
    if not frames and not any(chunk.name in _PIXELS for chunk in chunks):
        raise BadPicture("truncated" if declared > len(data) else "broken", "no pixels in it")
    parts = _parts(chunks)
    file = _file(parts)
    body = data if data == file else file
    end = 12 + sum(len(chunk.raw) for chunk in chunks)
    mended = cut or declared > len(data) or declared < end
    return Body(body, *size, max(len(frames), 1), mended=mended, cut=cut or declared > len(data))


def write(name: bytes, payload: bytes) -> bytes:
    """Build a chunk with its padding."""
    return name + len(payload).to_bytes(4, "little") + payload + b"\x00" * (len(payload) & 1)


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """Return a file that holds no XMP with this packet of it. Raise BadPicture for what is no WebP."""
    chunks = list(_chunks(data, 12, len(data)))
    parts = [chunk.written for chunk in chunks]
    if chunks and chunks[0].name == b"VP8X":
        parts[0] = _flagged(parts[0], chunks[0].payload[0] | _XMP_FLAG)
    else:
        parts.insert(0, _extended(chunks))
    return _file([*parts, write(b"XMP ", packet)])


def _whole_chunks(data: bytes, declared: int) -> Iterator[_Chunk]:
    """Yield the chunks of a file, also beyond a declared end that lies within a chunk or before all pixels."""
    at = 12
    has_pixels = False
    for chunk in _chunks(data, 12, len(data)):
        if at + 8 > declared and has_pixels:
            return
        at += len(chunk.raw)
        has_pixels = has_pixels or chunk.name in {b"VP8 ", b"VP8L", b"ANMF"}
        yield chunk


def _chunks(data: bytes, at: int, end: int) -> Iterator[_Chunk]:
    """Yield the chunks between two places. Raise BadPicture: bomb."""
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + length
        padded = min(after + (length & 1), end)
        name = data[at : at + 4]
        if after > end:
            yield _Chunk(name, data[at + 8 : end], b"")
            return
        yield _Chunk(name, data[at + 8 : after], data[at:padded])
        at = padded
    raise bomb("too many chunks")


def _parts(chunks: list[_Chunk]) -> list[bytes]:
    """Return the chunks that stay, with flags that announce no more than these.

    Viewers ignore EXIF and profiles that are not announced, so those must not take effect now.
    """
    announced = next((_flag_byte(chunk.payload) for chunk in chunks if chunk.name == b"VP8X"), 0)
    optional = {b"EXIF": (_EXIF_FLAG, _exif), b"ICCP": (_ICC_FLAG, _profile)}
    seen: set[bytes] = set()
    held = 0
    parts: list[bytes] = []
    for chunk in chunks:
        if chunk.name in optional:
            flag, cleaned = optional[chunk.name]
            part = cleaned(chunk) if announced & flag and chunk.name not in seen else b""
            seen.add(chunk.name)
            held |= flag if part else 0
        elif chunk.name == b"ANMF":
            part = _frame(chunk)
        else:
            part = chunk.written if chunk.name in _NEEDED else b""
        parts.append(part)
    # A reader may refuse a file that lacks an announced chunk.
    flags = announced & ~(_EXIF_FLAG | _XMP_FLAG | _ICC_FLAG) | held
    return [_flagged(part, flags) if part[:4] == b"VP8X" else part for part in parts if part]


def _flag_byte(payload: bytes) -> int:
    if len(payload) < 10:
        raise BadPicture("broken", "a short VP8X")
    return payload[0]


def _size(name: bytes, payload: bytes) -> tuple[int, int] | None:
    if name == b"VP8X" and len(payload) >= 10:
        return 1 + int.from_bytes(payload[4:7], "little"), 1 + int.from_bytes(payload[7:10], "little")
    if name == b"VP8 " and len(payload) >= 10:
        return int.from_bytes(payload[6:8], "little") & 0x3FFF, int.from_bytes(payload[8:10], "little") & 0x3FFF
    if name == b"VP8L" and len(payload) >= 5:
        bits = int.from_bytes(payload[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _frame(chunk: _Chunk) -> bytes:
    chunks = _chunks(chunk.payload, _FRAME_HEADER, len(chunk.payload))
    pixels = [part.written for part in chunks if part.name in _PIXELS]
    return write(b"ANMF", b"".join([chunk.payload[:_FRAME_HEADER], *pixels]))


def _exif(chunk: _Chunk) -> bytes:
    tiff = exif.block(chunk.payload)
    cleaned = exif.cleaned(tiff)
    if not cleaned:
        return b""
    return chunk.written if cleaned == tiff else write(b"EXIF", cleaned)  # of a chunk that is cut, the orientation


def _profile(chunk: _Chunk) -> bytes:
    clean = icc.reduced(chunk.payload)
    if clean is chunk.payload and clean:
        return chunk.written
    return write(b"ICCP", clean) if clean else b""


def _file(parts: list[bytes]) -> bytes:
    return b"".join([b"RIFF", (4 + sum(map(len, parts))).to_bytes(4, "little"), b"WEBP", *parts])


def _flagged(chunk: bytes, flags: int) -> bytes:
    return chunk[:8] + bytes([flags]) + chunk[9:]


def _extended(chunks: list[_Chunk]) -> bytes:
    """Build the VP8X of a file with nothing but pixels. Raise BadPicture if it has none."""
    size = next((size for chunk in chunks if (size := _size(chunk.name, chunk.payload))), None)
    if size is None:
        raise BadPicture("broken", "no picture in it")
    has_alpha = chunks[0].name == b"VP8L" and bool(chunks[0].payload[4] & 0x10)
    flags = _XMP_FLAG | (_ALPHA_FLAG if has_alpha else 0)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return write(b"VP8X", bytes([flags, 0, 0, 0]) + sides)
