"""ICC colour profiles, reduced to what colours need. https://www.color.org/specification/ICC.1-2022-05.pdf (section 7)

A profile is a header of 128 bytes, a table of tags, and their data. Profiles of displays name the display, its serial
number and the computer; all text, dates and unknown tags are left out, and what the format demands is written anew.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

MOST_BYTES: Final = 4_000_000
"""Bytes of the largest profile that is read. Profiles for printing have 3 MB; a profile that is larger is left out."""

_HEADER: Final = 128
_MOST_TAGS: Final = 100
_COLOUR_TAGS: Final = frozenset(
    b"wtpt bkpt chad rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC A2B0 A2B1 A2B2 D2B0 D2B1 D2B2 cicp".split()
)
"""The tags that lead from the picture's numbers to colours. The way back (B2A) is only for those who print."""
_COLOUR_TYPES: Final = frozenset((b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mpet", b"sf32", b"cicp"))
_CLASSES: Final = frozenset((b"scnr", b"mntr", b"prtr", b"spac"))
_YEAR: Final = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)


def reduced(profile: bytes) -> bytes:
    """Return the profile with its colour tags only; itself if it holds nothing else, empty if it is unreadable."""
    tags = _colour_tags(profile)
    if not any(name in tags for name in (b"rXYZ", b"kTRC", b"A2B0", b"A2B1", b"A2B2", b"D2B0")):
        return b""
    clean = _written(profile[:_HEADER], {**tags, **_texts(profile[8])})
    return profile if clean == profile else clean


def colour_space(profile: bytes) -> bytes:
    """Return the colours that the profile describes, such as ``b"RGB "``, ``b"GRAY"`` or ``b"CMYK"``."""
    return profile[16:20]


def inflated(data: bytes) -> bytes:
    """Inflate a compressed profile. Return nothing if it is damaged or larger than ``MOST_BYTES``."""
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(data, MOST_BYTES + 1)
    except zlib.error:
        return b""
    return profile if len(profile) <= MOST_BYTES else b""


def _colour_tags(profile: bytes) -> dict[bytes, bytes]:
    """Read the data of the tags that colours need. Return nothing for what is no profile of a picture."""
    if not _HEADER + 4 <= len(profile) <= MOST_BYTES or profile[36:40] != b"acsp" or profile[12:16] not in _CLASSES:
        return {}
    count = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    tags: dict[bytes, bytes] = {}
    for at in range(_HEADER + 4, _HEADER + 4 + 12 * min(count, _MOST_TAGS), 12):
        name = profile[at : at + 4]
        start = int.from_bytes(profile[at + 4 : at + 8], "big")
        size = int.from_bytes(profile[at + 8 : at + 12], "big")
        data = profile[start : start + size]
        if name in _COLOUR_TAGS and name not in tags and data[:4] in _COLOUR_TYPES and len(data) == size:
            tags[name] = data
    return tags


def _texts(version: int) -> dict[bytes, bytes]:
    """Build the description and the copyright, which every profile must have: they say nothing."""
    if version >= 4:
        text = b"mluc" + struct.pack(">3I2s2s2I", 0, 1, 12, b"en", b"US", 6, 28) + "RGB".encode("utf-16-be")
        return {b"desc": text, b"cprt": text}
    return {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 4) + b"RGB\0" + bytes(78), b"cprt": b"text\0\0\0\0RGB\0"}


def _written(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Write a profile. Tags with equal data share it, as in most profiles."""
    at = _HEADER + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    places: dict[bytes, int] = {}
    for name, data in sorted(tags.items()):
        if data not in places:
            places[data] = at
            at += len(data) + -len(data) % 4
        table += name + struct.pack(">2I", places[data], len(data))
    body = b"".join(data + bytes(-len(data) % 4) for data in places)
    return struct.pack(">I", at) + _anonymous(header) + table + body


def _anonymous(header: bytes) -> bytes:
    """Build the header after its size. Who made the profile, when, on and for which device is left out."""
    version_to_space = header[8:24]
    rendering = header[64:80]
    return bytes(4) + version_to_space + _YEAR + b"acsp" + bytes(24) + rendering + bytes(48)
