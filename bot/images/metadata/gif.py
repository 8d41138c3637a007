"""GIF: blocks, each made of sub-blocks. https://www.w3.org/Graphics/GIF/spec-gif89a.txt

Viewers play a file that ends too early, up to the last whole frame, and so it is read here: the trailer is added.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import icc
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B
_GRAPHIC_CONTROL: Final = 0xF9
_APPLICATION: Final = 0xFF
_APPLICATIONS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
"""The extensions for loops. XMP and the rest are removed."""
_PROFILE: Final = b"ICCRGBG1012"
_MOST_SUB_BLOCKS: Final = 1_000_000
"""The most sub-blocks in a file. They have 255 bytes each but for the last; tiny ones would cost us time."""
_FULL_SUB_BLOCK: Final = 255


class _Cut(Exception):
    """The file ends within a block."""


@dataclass(slots=True)
class _Blocks:
    """What was read up to ``at``."""

    at: int
    parts: list[bytes]
    left: int = _MOST_SUB_BLOCKS
    """How many more sub-blocks are walked."""
    images: list[int] = field(default_factory=list)
    """Where each frame begins."""


def read(data: bytes) -> Body:
    """Read a GIF's body, whose ``width`` and ``height`` cover every frame.

    Raise BadPicture: truncated, broken, bomb.
    """
    try:
        start = 13 + _table(_byte(data, 10))
        blocks = _Blocks(start, [_slice(data, 0, start)])
    except _Cut:
        raise BadPicture("truncated") from None
    whole = _read_blocks(data, blocks)
    if not blocks.images:
        ends_early = blocks.at >= len(data) or data[blocks.at] in {_IMAGE, _EXTENSION}
        raise BadPicture("truncated" if ends_early else "broken", "no frame")
    width = _word(data, 6)
    height = _word(data, 8)
    for at in blocks.images:
        width = max(width, _word(data, at + 1) + _word(data, at + 5))
        height = max(height, _word(data, at + 3) + _word(data, at + 7))
    body = joined(data, [*blocks.parts, bytes([_TRAILER])])
    return Body(body, width, height, len(blocks.images), mended=not whole, cut=not whole)


def _read_blocks(data: bytes, blocks: _Blocks) -> bool:
    """Read all blocks. Return whether they end in a trailer. Raise BadPicture: bomb."""
    for _ in range(MOST_PARTS):
        block = data[blocks.at] if blocks.at < len(data) else None
        if block not in {_IMAGE, _EXTENSION}:  # viewers end here, whatever it is
            return block == _TRAILER
        try:
            end = _end(data, blocks)
        except _Cut:
            mended = _mended(data, blocks.at) if block == _IMAGE else b""
            if mended and (not blocks.images or _is_finished(data, blocks.at)):
                blocks.images.append(blocks.at)
                blocks.parts.append(mended)
            return False
        if block == _IMAGE:
            blocks.images.append(blocks.at)
            blocks.parts.append(data[blocks.at : end])
        else:
            blocks.parts.append(_kept(data[blocks.at : end]))
        blocks.at = end
    raise bomb("too many blocks")


def _end(data: bytes, blocks: _Blocks) -> int:
    """Find the end of the block that starts at ``blocks.at``. Raise _Cut, or BadPicture: bomb."""
    at = _pixels(data, blocks.at) if data[blocks.at] == _IMAGE else blocks.at + 2
    while length := _byte(data, at):
        at += 1 + length
        blocks.left -= 1
        if not blocks.left:
            raise bomb("too many sub-blocks")
    return at + 1


def _pixels(data: bytes, at: int) -> int:
    """Find the sub-blocks of the image at ``at``, behind its colours and the size of its codes. Raise _Cut."""
    return at + 11 + _table(_byte(data, at + 9))


def _mended(data: bytes, at: int) -> bytes:
    """Return the image at ``at``, whose file ends too early, with an end; empty if nothing of its pixels is there."""
    try:
        place = _pixels(data, at)
        _slice(data, at, place)
    except _Cut:
        return b""
    if place >= len(data):
        return b""
    parts = [data[at:place]]
    while place < len(data):
        sub_block = data[place + 1 : place + 1 + data[place]]
        if sub_block:
            parts += [bytes([len(sub_block)]), sub_block]
        place += 1 + data[place]
    return b"".join([*parts, b"\0"])


def _is_finished(data: bytes, at: int) -> bool:
    """Return whether only the end of an image is missing: its last sub-block is whole, and shorter than the others."""
    place = _pixels(data, at)
    length = _FULL_SUB_BLOCK
    while place < len(data):
        length = data[place]
        place += 1 + length
    return place == len(data) and length < _FULL_SUB_BLOCK


def _byte(data: bytes, at: int) -> int:
    return _slice(data, at, at + 1)[0]


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _slice(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise _Cut
    return data[start:end]


def _table(packed: int) -> int:
    """Return the bytes of the colour table that a packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _kept(extension: bytes) -> bytes:
    """Return the part of an extension that stays: the timing, loops, and the colours of a profile."""
    if extension[1] == _GRAPHIC_CONTROL:
        return extension
    if extension[1] != _APPLICATION or extension[2] != 11:
        return b""
    name = extension[3:14]
    if name in _APPLICATIONS:
        return extension
    return _profile(extension) if name == _PROFILE else b""


def _profile(extension: bytes) -> bytes:
    """Return the extension with a reduced profile; empty for one that can't be read."""
    at = 14
    parts: list[bytes] = []
    while length := extension[at]:
        parts.append(extension[at + 1 : at + 1 + length])
        at += 1 + length
    profile = b"".join(parts)
    clean = icc.reduced(profile)
    if clean is profile or not clean:
        return extension if clean else b""
    blocks = [clean[start : start + 255] for start in range(0, len(clean), 255)]
    return extension[:14] + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
