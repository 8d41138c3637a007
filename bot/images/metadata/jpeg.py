"""JPEG: segments, each behind a marker. https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif
from bot.images.metadata.body import MOST_PARTS, Body, bomb, joined

_SOI: Final = 0xD8
_EOI: Final = 0xD9
_SOS: Final = 0xDA
_APP0: Final = 0xE0
_APP1: Final = 0xE1
_APP2: Final = 0xE2
_APP14: Final = 0xEE
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_NEEDED: Final = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, _SOS})
"""Frames, tables, restart intervals and scans. Other segments belong to applications, or are comments."""

_MARKER: Final = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

_MOST_SCANS: Final = 100
"""The most scans. Each scan of a progressive JPEG costs a pass over the whole picture; encoders write about ten."""
_EXIF: Final = b"Exif\x00\x00"


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    body: bytes
    scan: bytes = b""
    """The coded pixels that follow a start of scan."""

    @property
    def is_exif(self) -> bool:
        return self.marker == _APP1 and self.body.startswith(_EXIF[:5])


def read(data: bytes) -> Body:
    """Read a JPEG's body, without bytes between segments, which decoders skip.

    Raise BadPicture: truncated, broken, bomb.
    """
    parts = [data[:2]]
    size: tuple[int, int] | None = None
    scans: list[bytes] = []
    frame = _Segment(0, b"")
    exif_seen = False
    for segment in _segments(data):
        if segment.marker in _FRAME and size is None:
            size = int.from_bytes(segment.body[3:5], "big"), int.from_bytes(segment.body[1:3], "big")
            frame = segment
        if segment.marker == _SOS:
            scans.append(segment.body)
        if len(scans) > _MOST_SCANS:
            raise bomb("too many scans")
        body = None if segment.is_exif and exif_seen else _kept(segment)
        exif_seen = exif_seen or segment.is_exif
        if body is not None:
            parts += [bytes([0xFF, segment.marker]), (len(body) + 2).to_bytes(2, "big"), body, segment.scan]
    if size is None:
        raise BadPicture("broken", "no frame")
    if not _is_whole(frame, scans):
        raise BadPicture("truncated", "scans are missing")
    return Body(joined(data, [*parts, bytes([0xFF, _EOI])]), *size)


def _is_whole(frame: _Segment, scans: list[bytes]) -> bool:
    """Return whether each component was scanned, in a progressive picture each of its 64 coefficients to the last bit.

    Annexes B.2.3 and G.1.1. Only this reveals a picture that was cut between two scans and given an end.
    """
    last_bits: dict[int, set[int]] = {}
    for scan in scans:
        count = scan[0] if scan else 0
        if len(scan) < 4 + 2 * count:
            raise BadPicture("broken", "a short start of scan")
        first, last, bits = scan[1 + 2 * count : 4 + 2 * count]
        if frame.marker not in _PROGRESSIVE:  # it can't divide the coefficients; some encoders write anything here
            coefficients = range(64)
        elif bits & 0x0F:  # a later scan brings more bits
            continue
        else:
            coefficients = range(first, last + 1)
        for place in range(1, 1 + 2 * count, 2):
            last_bits.setdefault(scan[place], set()).update(coefficients)
    components = frame.body[6 : 6 + 3 * frame.body[5] : 3] if len(frame.body) > 5 else b""
    return bool(components) and all(last_bits.get(component, set()) >= set(range(64)) for component in components)


def _segments(data: bytes) -> Iterator[_Segment]:
    at = 2
    for _ in range(MOST_PARTS):
        at = _find(_MARKER, data, at)
        marker = data[at + 1]
        if marker == _EOI:
            return
        if marker == _SOI:
            raise BadPicture("broken", "a picture inside the picture")
        if marker in _STANDALONE:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            raise BadPicture("truncated")
        if end < at + 4:
            raise BadPicture("broken", "a segment without a length")
        after = _find(_SCAN_END, data, end) if marker == _SOS else end
        yield _Segment(marker, data[at + 4 : end], data[end:after])
        at = after
    raise bomb("too many segments")


def _find(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    match = pattern.search(data, at)
    if match is None:
        raise BadPicture("truncated")
    return match.start()


def _kept(segment: _Segment) -> bytes | None:
    """Return the part of a segment's body that stays; None if the whole segment is removed."""
    marker = segment.marker
    body = segment.body
    if marker in _NEEDED:
        return body
    if segment.is_exif:
        tiff = exif.cleaned(exif.block(body))
        return _EXIF + tiff if tiff else None
    if marker == _APP0 and body.startswith(b"JFIF\x00") and len(body) >= 14:
        return body if len(body) == 14 else body[:12] + b"\x00\x00"  # without its thumbnail
    if marker == _APP2 and body.startswith(b"ICC_PROFILE\x00"):
        return body
    if marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        return body[:12]  # tells whether the colours are YCbCr, CMYK or YCCK
    return None
