"""GIF: blocks, each made of sub-blocks. https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

from typing import Final

from bot.errors import BadPicture
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B
_GRAPHIC_CONTROL: Final = 0xF9
_APPLICATION: Final = 0xFF
_APPLICATIONS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})
"""The extensions for loops and colours. XMP and the rest are removed."""


def read(data: bytes) -> Body:
    """Read a GIF's body, whose ``width`` and ``height`` cover every frame. Raise BadPicture: truncated, broken."""
    at = 13 + _table(_byte(data, 10))
    parts = [_slice(data, 0, at)]
    width = _word(data, 6)
    height = _word(data, 8)
    frames = 0
    for _ in range(MOST_PARTS):
        block = _byte(data, at)
        if block == _TRAILER:
            break
        if block == _IMAGE:
            end = _sub_blocks(data, at + 11 + _table(_byte(data, at + 9)))
            width = max(width, _word(data, at + 1) + _word(data, at + 5))
            height = max(height, _word(data, at + 3) + _word(data, at + 7))
            frames += 1
            parts.append(data[at:end])
        elif block == _EXTENSION:
            end = _sub_blocks(data, at + 2)
            if _is_needed(data[at:end]):
                parts.append(data[at:end])
        else:
            raise BadPicture("broken", f"block {block:#x}")
        at = end
    else:
        raise bomb("too many blocks")
    if not frames:
        raise BadPicture("broken", "no frame")
    return Body(joined(data, [*parts, b"\x3b"]), width, height, frames)


def _byte(data: bytes, at: int) -> int:
    return _slice(data, at, at + 1)[0]


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(_slice(data, at, at + 2), "little")


def _slice(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise BadPicture("truncated")
    return data[start:end]


def _table(packed: int) -> int:
    """Return the bytes of the colour table that a packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _sub_blocks(data: bytes, at: int) -> int:
    """Find the end of the sub-blocks that start at ``at``."""
    while length := _byte(data, at):
        at += 1 + length
    return at + 1


def _is_needed(extension: bytes) -> bool:
    label = extension[1]
    return label == _GRAPHIC_CONTROL or (label == _APPLICATION and extension[3:14] in _APPLICATIONS)
