"""TIFF: directories of tags, of which the right one is handed to the decoder, alone and with the tags that it needs.

The first directory may be a thumbnail; many directories, or directories in a circle, would cost a decoder minutes; and
cameras keep their raw pictures in this container. https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import icc
from bot.images.metadata.body import MOST_FRAMES, MOST_PARTS, Body, bomb

_NEW_SUBFILE_TYPE: Final = 254
_OLD_SUBFILE_TYPE: Final = 255
_WIDTH: Final = 256
_HEIGHT: Final = 257
_BITS: Final = 258
_COMPRESSION: Final = 259
_PHOTOMETRIC: Final = 262
_STRIPS: Final = (273, 279)
_ORIENTATION: Final = 274
_SAMPLES: Final = 277
_TILES: Final = (324, 325)
_TILE_SIDES: Final = (322, 323)
_SUB_DIRECTORIES: Final = 330
_PROFILE: Final = 34_675
_NEEDED: Final = frozenset(
    (_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, 266, *_STRIPS, _ORIENTATION, _SAMPLES, 278, 280, 281, 284)
).union(
    (292, 293, *range(317, 321), *_TILE_SIDES, *_TILES, 332, 338, 339, 347, *range(512, 522), *range(529, 533)),
    (_PROFILE, 50_674),
)
"""Sizes, depths, colours and places of the pixels. No text, no EXIF, no XMP, no editor's layers."""

_RAW_COLOURS: Final = frozenset((32_803, 34_892))
"""CFA (the mosaic of a sensor) and LinearRaw. Nothing but raw photos has them."""
_RAW_TAGS: Final = frozenset((50_706, 33_422, 37_398))
"""DNGVersion, CFAPattern, and the mark of TIFF/EP."""
_RAW_COMPRESSIONS: Final = frozenset((32_767, 32_770, 34_713, 65_000, 65_535))
"""Sony, Samsung, Nikon, Kodak, Pentax."""

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value, by type."""
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MOST_SUB_DIRECTORIES: Final = 16
_ROOM: Final = 65_536
"""Bytes by which the values may exceed the file, since tags may share them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    type: int
    count: int
    at: int
    """Where the values stand in the file."""
    raw: bytes
    """The entry as it is stored."""


@dataclass(frozen=True, slots=True)
class _Directory:
    tags: dict[int, _Entry]
    next: int
    parent: dict[int, _Entry] = field(default_factory=dict)


class _Reader:
    """Reads directories of a file. Raises BadPicture and struct.error."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = data[2:4] in {b"+\0", b"\0+"}
        self._entries = 0

    def first(self) -> int:
        return int(struct.unpack_from(self.order + ("Q" if self.big else "I"), self._data, 8 if self.big else 4)[0])

    def directory(self, at: int) -> _Directory:
        """Read the directory at ``at``. Raise bomb if all directories have too many tags."""
        count_code, entry_code, next_code = ("Q", "HHQ", "Q") if self.big else ("H", "HHI", "I")
        count: int = struct.unpack_from(self.order + count_code, self._data, at)[0]
        self._entries += count
        if self._entries > MOST_PARTS:
            raise bomb("too many tags")
        head = struct.calcsize("=" + entry_code)
        room = struct.calcsize("=" + next_code)
        place = at + struct.calcsize("=" + count_code)
        tags: dict[int, _Entry] = {}
        for _ in range(count):
            tag, type_, values = struct.unpack_from(self.order + entry_code, self._data, place)
            inline = _SIZES.get(type_, 1) * values <= room
            offset: int = struct.unpack_from(self.order + next_code, self._data, place + head)[0]
            raw = self._data[place : place + head + room]
            tags.setdefault(tag, _Entry(type_, values, place + head if inline else offset, raw))
            place += head + room
        return _Directory(tags, struct.unpack_from(self.order + next_code, self._data, place)[0])

    def numbers(self, entry: _Entry | None, most: int = MOST_PARTS) -> list[int]:
        """Read the first numbers of an entry; none if it is missing, is no number or lies outside of the file."""
        code = _NUMBERS.get(entry.type) if entry else None
        if entry is None or code is None:
            return []
        count = min(entry.count, most)
        if entry.at + count * _SIZES[entry.type] > len(self._data):
            return []
        return list(struct.unpack_from(f"{self.order}{count}{code}", self._data, entry.at))

    def number(self, directory: _Directory, tag: int) -> int:
        """Return the first number of a tag, or 0."""
        return next(iter(self.numbers(directory.tags.get(tag), 1)), 0)

    def directories(self) -> Iterator[_Directory]:
        """Yield each page and the directories below it. End where a page was read before. Raise bomb for too many."""
        seen: set[int] = set()
        at = self.first()
        while at and at not in seen:
            if len(seen) >= MOST_FRAMES:
                raise bomb("too many pages")
            try:
                page = self.directory(at)
            except struct.error:
                if not seen:
                    raise
                return  # the pages before are whole
            seen.add(at)
            yield page
            for below in self.numbers(page.tags.get(_SUB_DIRECTORIES), _MOST_SUB_DIRECTORIES):
                if below in seen:
                    continue
                seen.add(below)
                try:
                    inner = self.directory(below)
                except struct.error:
                    continue
                yield _Directory(inner.tags, inner.next, page.tags)
            at = page.next


def read(data: bytes) -> Body:
    """Read a TIFF's body: the first page that is no thumbnail. Raise BadPicture: raw, truncated, broken, bomb."""
    reader = _Reader(data)
    try:
        directories = list(reader.directories())
    except struct.error:
        raise BadPicture("truncated", "no directory") from None
    if not directories:
        raise BadPicture("broken", "no directory")
    if any(_is_raw(reader, directory) for directory in directories):
        raise BadPicture("raw", "a camera's raw photo")
    page = _full_picture(reader, directories)
    width = reader.number(page, _WIDTH)
    height = reader.number(page, _HEIGHT)
    tile_width, tile_height = (reader.number(page, tag) for tag in _TILE_SIDES)
    if tile_width * tile_height > max(4 * width * height, 1024 * 1024):
        raise bomb(f"tiles of {tile_width}x{tile_height}")
    if _is_cut(reader, page, len(data)):  # a decoder would take what is appended for pixels
        raise BadPicture("truncated", "pixels behind the end of the file")
    return Body(_alone(data, reader, page), width, height)


def _is_raw(reader: _Reader, directory: _Directory) -> bool:
    return (
        not _RAW_TAGS.isdisjoint(directory.tags)
        or reader.number(directory, _PHOTOMETRIC) in _RAW_COLOURS
        or reader.number(directory, _COMPRESSION) in _RAW_COMPRESSIONS
    )


def _full_picture(reader: _Reader, directories: list[_Directory]) -> _Directory:
    """Return the first page; where that is a thumbnail or a mask, the first picture that is neither.

    Raise BadPicture("broken") if no directory holds pixels.
    """
    pictures = [directory for directory in directories if {_WIDTH, _HEIGHT} <= directory.tags.keys()]
    full = [picture for picture in pictures if not _is_reduced(reader, picture)]
    if not pictures:
        raise BadPicture("broken", "no picture in it")
    if not full:
        return max(pictures, key=lambda picture: reader.number(picture, _WIDTH) * reader.number(picture, _HEIGHT))
    return full[0]


def _is_reduced(reader: _Reader, directory: _Directory) -> bool:
    kind = reader.number(directory, _NEW_SUBFILE_TYPE)
    return bool(kind & 0b101) or reader.number(directory, _OLD_SUBFILE_TYPE) == 2


def _is_cut(reader: _Reader, page: _Directory, length: int) -> bool:
    """Return whether pixels should stand behind the end of the file."""
    for places, sizes in (_STRIPS, _TILES):
        starts = reader.numbers(page.tags.get(places))
        lengths = reader.numbers(page.tags.get(sizes)) or [_uncompressed(reader, page)] * (len(starts) == 1)
        if any(start + size > length for start, size in zip(starts, lengths, strict=False)):
            return True
        if any(start >= length for start in starts):
            return True
    return False


def _uncompressed(reader: _Reader, page: _Directory) -> int:
    """Return the bytes of the pixels of a page that is not compressed, else 1."""
    if reader.number(page, _COMPRESSION) > 1:
        return 1
    samples = reader.number(page, _SAMPLES) or 1
    bits = reader.number(page, _BITS) or 1
    return (reader.number(page, _WIDTH) * samples * bits + 7) // 8 * reader.number(page, _HEIGHT)


def _alone(data: bytes, reader: _Reader, page: _Directory) -> bytes:
    """Append a directory with the tags that a decoder needs, and make it the file's only one.

    Raise BadPicture: truncated, bomb.
    """
    tags = {tag: entry for tag, entry in page.tags.items() if tag in _NEEDED and entry.type in _SIZES}
    if _ORIENTATION not in tags and _ORIENTATION in page.parent:
        tags[_ORIENTATION] = page.parent[_ORIENTATION]
    if _PROFILE in tags and tags[_PROFILE].count > icc.MOST_BYTES:
        del tags[_PROFILE]
    if any(entry.at + _SIZES[entry.type] * entry.count > len(data) for entry in tags.values()):
        raise BadPicture("truncated", "values behind the end of the file")
    if sum(_SIZES[entry.type] * entry.count for entry in tags.values()) > len(data) + _ROOM:
        raise bomb("values beyond the file")
    at = len(data) + len(data) % 2
    count_code, next_code = ("Q", "Q") if reader.big else ("H", "I")
    directory = [
        struct.pack(reader.order + count_code, len(tags)),
        *(tags[tag].raw for tag in sorted(tags)),
        struct.pack(reader.order + next_code, 0),
    ]
    head = 8 if reader.big else 4
    first = struct.pack(reader.order + next_code, at)
    return b"".join([data[:head], first, data[head + len(first) :], bytes(at - len(data)), *directory])
