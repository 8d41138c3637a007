"""GIF: blocks, each made of sub-blocks. https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

from typing import Final

from bot.errors import BadPicture
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_APPLICATIONS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})
"""How often it loops, and its colours. XMP and the rest go."""


def read(data: bytes) -> Body:
    """Raises BadPicture: truncated, broken. ``width`` and ``height`` reach over every frame."""
    at = 13 + _table(_byte(data, 10))
    parts = [_slice(data, 0, at)]
    width, height = _word(data, 6), _word(data, 8)
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
    """Bytes of the colour table that a packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _sub_blocks(data: bytes, at: int) -> int:
    """Where the sub-blocks that start at ``at`` end."""
    while length := _byte(data, at):
        at += 1 + length
    return at + 1


def _is_needed(extension: bytes) -> bool:
    label = extension[1]
    return label == _GRAPHIC_CONTROL or (label == _APPLICATION and extension[3:14] in _APPLICATIONS)
