"""AVIF: boxes in boxes. The sizes and the number of frames are read before a decoder sees the file.

https://aomediacodec.github.io/av1-avif/, https://developer.apple.com/documentation/quicktime-file-format (stsz, stsd)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata.body import MAX_PIXELS, MOST_PARTS, Body, bomb

_TOP: Final = frozenset((b"ftyp", b"meta", b"moov", b"mdat", b"idat", b"moof", b"free", b"skip", b"uuid"))
"""Boxes that may be cut. Other bytes that look like the head of a box stand behind the picture."""
_TRACK: Final = (b"mdia", b"minf", b"stbl")
_SAMPLE_SIZE: Final = 24
"""Where width and height stand in the description of a sample, in bytes from its start behind the box's head."""


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    start: int
    """Where the content starts."""
    end: int
    whole: bool


def read(data: bytes) -> Body:
    """Read an AVIF's body, without bytes behind its last box. Raise BadPicture: truncated, broken, bomb."""
    boxes = [box for box in _boxes(data, 0, len(data)) if box.whole or box.name in _TOP]
    cut = any(not box.whole for box in boxes)
    sizes = [*_track_sizes(data, boxes), *_item_sizes(data, boxes)]
    if not sizes:
        raise BadPicture("truncated" if cut else "broken", "no size")
    largest = max(sizes, key=lambda size: size[0] * size[1])
    if largest[0] * largest[1] > MAX_PIXELS:
        raise bomb(f"{largest[0]}x{largest[1]}")
    frames = max([1, *(_samples(data, table) for table in _tables(data, boxes))])
    end = boxes[-1].end
    return Body(data if end == len(data) else data[:end], *largest, frames, mended=cut, cut=cut)


def _boxes(data: bytes, at: int, end: int) -> Iterator[_Box]:
    """Yield the boxes between two places; the last may be cut. End where no box follows. Raise BadPicture: bomb."""
    for _ in range(MOST_PARTS):
        if at + 8 > end:
            return
        size = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
            head = 16
        if not name.isascii() or (size and size < head):
            return
        after = at + size if size else end
        yield _Box(name, at + head, min(after, end), after <= end)
        at = after
    raise bomb("too many boxes")


def _inner(data: bytes, boxes: list[_Box], name: bytes, skip: int = 0) -> list[_Box]:
    """Return the boxes inside all boxes of a name, behind ``skip`` bytes of their content."""
    return [inner for box in boxes if box.name == name for inner in _boxes(data, box.start + skip, box.end)]


def _item_sizes(data: bytes, boxes: list[_Box]) -> Iterator[tuple[int, int]]:
    """Yield the width and height of every item: the picture, its tiles, its transparency, its thumbnails."""
    properties = _inner(data, _inner(data, _inner(data, boxes, b"meta", 4), b"iprp"), b"ipco")
    for box in properties:
        if box.name == b"ispe" and box.end - box.start >= 12:
            yield _side(data, box.start + 4, 4), _side(data, box.start + 8, 4)


def _tables(data: bytes, boxes: list[_Box]) -> Iterator[list[_Box]]:
    """Yield the tables of samples of each track."""
    for track in (box for box in _inner(data, boxes, b"moov") if box.name == b"trak"):
        inside = list(_boxes(data, track.start, track.end))
        for name in _TRACK:
            inside = _inner(data, inside, name)
        yield inside


def _samples(data: bytes, table: list[_Box]) -> int:
    """Return the number of samples that a track's tables announce."""
    return max([0, *(_side(data, box.start + 8, 4) for box in table if box.name == b"stsz")])


def _track_sizes(data: bytes, boxes: list[_Box]) -> Iterator[tuple[int, int]]:
    """Yield the width and height of each description of samples."""
    for table in _tables(data, boxes):
        for description in _inner(data, table, b"stsd", 8):
            if description.end - description.start >= _SAMPLE_SIZE + 4:
                at = description.start + _SAMPLE_SIZE
                yield _side(data, at, 2), _side(data, at + 2, 2)


def _side(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")
