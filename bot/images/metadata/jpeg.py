"""JPEG: segments, each behind a marker. https://www.w3.org/Graphics/JPEG/itu-t81.pdf (annex B)

Viewers show a picture whose end marker is missing, so the marker is added; the decoder says whether pixels are missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from bot.errors import BadPicture
from bot.images.metadata import exif, icc
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
_ICC: Final = b"ICC_PROFILE\x00"
_ICC_HEAD: Final = len(_ICC) + 2
"""Bytes before a part of a profile: the name, the part's number, and how many there are."""
_LONGEST: Final = 65_533
"""Bytes of the longest body of a segment."""


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    body: bytes
    scan: bytes = b""
    """The coded pixels that follow a start of scan."""

    @property
    def is_exif(self) -> bool:
        return self.marker == _APP1 and self.body.startswith(_EXIF[:5])

    @property
    def is_profile(self) -> bool:
        return self.marker == _APP2 and self.body.startswith(_ICC) and len(self.body) > _ICC_HEAD

    @property
    def written(self) -> bytes:
        return write(self.marker, self.body) + self.scan


def write(marker: int, body: bytes) -> bytes:
    """Build a segment. ``body`` has at most 65,533 bytes."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def read(data: bytes) -> Body:
    """Read a JPEG's body, without bytes between segments, which decoders skip.

    Raise BadPicture: truncated, broken, bomb.
    """
    segments, whole = _segments(data)
    frame = next((segment for segment in segments if segment.marker in _FRAME), None)
    if frame is None:
        raise BadPicture("broken" if whole else "truncated", "no frame")
    if not whole:
        segments = _until_last_scan(frame, segments)
    scans = [segment.body for segment in segments if segment.marker == _SOS]
    if not _is_whole(frame, scans):
        raise BadPicture("truncated", "scans are missing")
    parts = [data[:2], *_parts(segments), bytes([0xFF, _EOI])]
    width = int.from_bytes(frame.body[3:5], "big")
    height = int.from_bytes(frame.body[1:3], "big")
    return Body(joined(data, parts), width, height, mended=not whole, cut=not whole)


def _parts(segments: list[_Segment]) -> list[bytes]:
    """Return the segments that stay: of several with EXIF the first, and the profile where its first part stood."""
    parts: list[bytes] = []
    profile = [segment for segment in segments if segment.is_profile]
    exif_seen = False
    for segment in segments:
        if segment.is_profile:
            if segment is profile[0]:
                parts += _reduced(profile)
            continue
        body = None if segment.is_exif and exif_seen else _kept(segment)
        exif_seen = exif_seen or segment.is_exif
        if body is not None:
            parts.append(_Segment(segment.marker, body, segment.scan).written)
    return parts


def _reduced(parts: list[_Segment]) -> list[bytes]:
    """Return the segments of a profile that holds only what colours need; none if it can't be read."""
    ordered = sorted(parts, key=lambda part: part.body[len(_ICC)])
    profile = b"".join(part.body[_ICC_HEAD:] for part in ordered)
    clean = icc.reduced(profile)
    if clean is profile and clean:
        return [part.written for part in parts]
    room = _LONGEST - _ICC_HEAD
    pieces = [clean[start : start + room] for start in range(0, len(clean), room)]
    if len(pieces) > 255:
        return []
    heads = [_ICC + bytes([number, len(pieces)]) for number in range(1, len(pieces) + 1)]
    return [write(_APP2, head + piece) for head, piece in zip(heads, pieces, strict=True)]


def _until_last_scan(frame: _Segment, segments: list[_Segment]) -> list[_Segment]:
    """Return the segments of a file without an end up to its last scan: what follows may be no part of the picture.

    A picture that is not progressive ends with the scan that completes its components.
    """
    scans: list[bytes] = []
    end = len(segments)
    for index, segment in enumerate(segments):
        if segment.marker == _SOS:
            scans.append(segment.body)
            end = index + 1
            segments[index] = replace(segment, scan=segment.scan.rstrip(b"\xff"))  # the begin of a marker
            if frame.marker not in _PROGRESSIVE and _is_whole(frame, scans):
                break
    return segments[:end]


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


def _segments(data: bytes) -> tuple[list[_Segment], bool]:
    """Return all segments, and whether an end marker follows them. Raise BadPicture: truncated, broken, bomb.

    After a scan, what is no segment is taken for bytes behind a picture whose end marker is missing.
    """
    segments: list[_Segment] = []
    scans = 0
    at = 2
    for _ in range(MOST_PARTS):
        match = _MARKER.search(data, at)
        if match is None:
            return segments, False
        at = match.start()
        marker = data[at + 1]
        if marker in _STANDALONE:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in {_SOI, _EOI} or not at + 4 <= end <= len(data):
            if marker != _EOI and not scans:
                raise BadPicture("truncated" if end > len(data) or at + 4 > len(data) else "broken", "no segment")
            return segments, marker == _EOI
        follower = _SCAN_END.search(data, end) if marker == _SOS else None
        after = follower.start() if follower else len(data)
        after = after if marker == _SOS else end
        segments.append(_Segment(marker, data[at + 4 : end], data[end:after]))
        scans += marker == _SOS
        if scans > _MOST_SCANS:
            raise bomb("too many scans")
        at = after
    raise bomb("too many segments")


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
    if marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:
        return body[:12]  # tells whether the colours are YCbCr, CMYK or YCCK
    return None
