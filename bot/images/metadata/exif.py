"""EXIF blocks: the orientation of a picture, and the check for anything else.

EXIF is a TIFF file without pixels: a header, then directories of twelve-byte entries.
https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf (section 2), https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ORIENTATION: Final = 0x0112
_EXIF_DIRECTORY: Final = 0x8769

# Tags that tell nothing about a person, a place, a time or a device. All other tags count as personal: the list of tags
# that can betray somebody (owner, serial numbers, GPS, MakerNote, thumbnails of the uncropped picture) has no end.
_HARMLESS: Final = frozenset(
    {
        0x0100,  # ImageWidth
        0x0101,  # ImageLength
        0x0102,  # BitsPerSample
        0x0103,  # Compression
        0x0106,  # PhotometricInterpretation
        _ORIENTATION,
        0x0115,  # SamplesPerPixel
        0x011A,  # XResolution
        0x011B,  # YResolution
        0x011C,  # PlanarConfiguration
        0x0128,  # ResolutionUnit
        0x0213,  # YCbCrPositioning
        _EXIF_DIRECTORY,
        0x9000,  # ExifVersion
        0x9101,  # ComponentsConfiguration
        0xA000,  # FlashpixVersion
        0xA001,  # ColorSpace
        0xA002,  # PixelXDimension
        0xA003,  # PixelYDimension
    }
)
_SIZES: Final = {1: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
"""Bytes of a value, by type. Text (2) is missing on purpose: no harmless tag is text."""
_MOST_VALUES: Final = 4
_SLACK: Final = 8
"""Bytes of padding that writers leave between values. More could hide something."""


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    type: int
    count: int
    value: int
    """The value's offset in bytes from the block's start."""


@dataclass(frozen=True, slots=True)
class _Directory:
    entries: tuple[_Entry, ...]
    next: int


def block(payload: bytes) -> bytes:
    """Extract the TIFF block from a file's EXIF: some writers put JPEG's ``Exif\\0\\0`` before it in any format."""
    return payload[6:] if payload.startswith((b"Exif\x00\x00", b"Exif\x00\xff")) else payload


def orientation(tiff: bytes) -> int:
    """Read the orientation, 1 to 8 as in EXIF; 1 (upright) if it is missing or unreadable."""
    try:
        order = _order(tiff)
        for entry in _directory(tiff, struct.unpack_from(f"{order}I", tiff, 4)[0], order).entries:
            if entry.tag == _ORIENTATION and entry.count == 1 and entry.type in {1, 3, 4}:
                code = {1: "B", 3: "H", 4: "I"}[entry.type]
                value: int = struct.unpack_from(order + code, tiff, entry.value)[0]
                return value if 1 <= value <= 8 else 1
    except (struct.error, ValueError):
        return 1
    return 1


def upright(tiff: bytes) -> bytes:
    """Build the smallest block with the orientation of ``tiff``; empty if the picture is upright."""
    value = orientation(tiff)
    return b"" if value == 1 else struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, value, 0, 0)


def harmless(tiff: bytes) -> bool:
    """Return whether tags that are not personal account for every byte."""
    try:
        return len(tiff) <= _accounted(tiff) + _SLACK
    except (struct.error, ValueError):
        return False


def cleaned(tiff: bytes) -> bytes:
    """Return ``tiff`` itself if it is harmless, else only its orientation (see ``upright``)."""
    return tiff if harmless(tiff) else upright(tiff)


def _order(tiff: bytes) -> str:
    if tiff[:4] == b"II*\x00":
        return "<"
    if tiff[:4] == b"MM\x00*":
        return ">"
    raise ValueError("no TIFF header")


def _directory(tiff: bytes, at: int, order: str) -> _Directory:
    """Read a directory. Raise struct.error if the block ends too early."""
    count: int = struct.unpack_from(f"{order}H", tiff, at)[0]
    entries = []
    for index in range(count):
        place = at + 2 + 12 * index
        tag, type_, values, offset = struct.unpack_from(f"{order}HHII", tiff, place)
        inline = _SIZES.get(type_, 1) * values <= 4
        entries.append(_Entry(tag, type_, values, place + 8 if inline else offset))
    following: int = struct.unpack_from(f"{order}I", tiff, at + 2 + 12 * count)[0]
    return _Directory(tuple(entries), following)


def _accounted(tiff: bytes) -> int:
    """Count the bytes that harmless tags account for. Raise ValueError at the first tag that may be personal."""
    order = _order(tiff)
    first: int = struct.unpack_from(f"{order}I", tiff, 4)[0]
    main = _directory(tiff, first, order)
    total = 8 + sum(_lengths(main))
    inner = [entry for entry in main.entries if entry.tag == _EXIF_DIRECTORY]
    if len(inner) > 1:
        raise ValueError("two EXIF directories")
    for entry in inner:
        at: int = struct.unpack_from(f"{order}I", tiff, entry.value)[0]
        details = _directory(tiff, at, order)
        if any(detail.tag == _EXIF_DIRECTORY for detail in details.entries):
            raise ValueError("a directory inside the EXIF directory")
        total += sum(_lengths(details))
    return total


def _lengths(directory: _Directory) -> Iterator[int]:
    if directory.next:
        raise ValueError("a second directory, which holds a thumbnail")
    yield 2 + 12 * len(directory.entries) + 4
    for entry in directory.entries:
        if entry.tag not in _HARMLESS or entry.type not in _SIZES or entry.count > _MOST_VALUES:
            raise ValueError(f"tag {entry.tag:#06x} may be personal")
        size = _SIZES[entry.type] * entry.count
        yield size if size > 4 else 0
