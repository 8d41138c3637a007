"""WebP: chunks in a RIFF file. https://developers.google.com/speed/webp/docs/riff_container"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_NEEDED: Final = _PIXELS | {b"VP8X", b"ANIM", b"ICCP"}
_EXIF_FLAG: Final = 0x08
_XMP_FLAG: Final = 0x04
_FRAME_HEADER: Final = 16


def read(data: bytes) -> Body:
    """Read a WebP's body. Raise BadPicture: truncated, broken."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise BadPicture("truncated")
    parts: list[bytes] = []
    frames = 0
    exif_announced = False
    exif_seen = False
    exif_kept = False
    size: tuple[int, int] | None = None
    for name, payload, chunk in _chunks(data, 12, end):
        size = size or _size(name, payload)
        exif_announced = exif_announced or (name == b"VP8X" and bool(_flag_byte(payload) & _EXIF_FLAG))
        frames += name == b"ANMF"
        if name == b"EXIF":
            # Viewers ignore the orientation of unannounced EXIF, so it must not take effect now.
            parts.append(b"" if exif_seen or not exif_announced else _exif(payload, chunk))
            exif_seen = True
            exif_kept = exif_kept or parts[-1] != b""
        elif name == b"ANMF":
            parts.append(_frame(payload))
        elif name in _NEEDED:
            parts.append(chunk)
    if size is None:
        raise BadPicture("broken", "no picture in it")
    parts = [_flags(part, exif_kept) if part[:4] == b"VP8X" else part for part in parts]
    length = 4 + sum(map(len, parts))
    return Body(joined(data, [b"RIFF", length.to_bytes(4, "little"), b"WEBP", *parts]), *size, max(frames, 1))


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield each chunk's name, payload, and whole bytes with the padding."""
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + length
        if after > end:
            raise BadPicture("truncated")
        padded = min(after + (length & 1), end)
        yield data[at : at + 4], data[at + 8 : after], data[at:padded]
        at = padded
    raise bomb("too many chunks")


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + len(payload).to_bytes(4, "little") + payload + b"\x00" * (len(payload) & 1)


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


def _frame(payload: bytes) -> bytes:
    pixels = [chunk for name, _, chunk in _chunks(payload, _FRAME_HEADER, len(payload)) if name in _PIXELS]
    return _chunk(b"ANMF", b"".join([payload[:_FRAME_HEADER], *pixels]))


def _exif(payload: bytes, chunk: bytes) -> bytes:
    tiff = exif.block(payload)
    cleaned = exif.cleaned(tiff)
    if not cleaned:
        return b""
    return chunk if cleaned == tiff else _chunk(b"EXIF", cleaned)


def _flags(chunk: bytes, exif_held: bool) -> bytes:
    """Fix the flags of VP8X, which announce chunks: a reader may refuse a file that lacks an announced chunk."""
    flags = chunk[8] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if exif_held else 0)
    return chunk[:8] + bytes([flags]) + chunk[9:]
