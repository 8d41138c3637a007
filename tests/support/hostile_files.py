"""Hostile files: few bytes that take much time or memory to open, each made in well under a second."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import Final

from PIL import Image

_SIDE: Final = 7_900
"""Pixels: a square of 62 megapixels, just within what is opened at all."""


def _saved(image: Image.Image, format_: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def progressive(scans: int = 90, side: int = 4_000) -> bytes:
    """Return a JPEG whose last scan comes again and again: each is a pass over all coefficients."""
    plain = _saved(Image.new("L", (side, side)), "JPEG", progressive=True)
    start = plain.rindex(b"\xff\xda")
    scan = plain[start:-2]
    return plain[:start] + scan * scans + b"\xff\xd9"


def directories(count: int = 80_000) -> bytes:
    """Return a TIFF of so many pages, all of the same pixels."""
    strip = 8
    pages = [struct.pack("<2sHI", b"II", 42, strip + 1024), bytes(1024)]
    at = strip + 1024
    tags = ((256, 32), (257, 32), (258, 8), (259, 1), (262, 1), (273, strip), (278, 32), (279, 1024))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    for number in range(count):
        after = at + 2 + len(entries) + 4
        pages.append(struct.pack("<H", len(tags)) + entries + struct.pack("<I", after if number < count - 1 else 0))
        at = after
    return b"".join(pages)


def frames(count: int = 2_500) -> bytes:
    """Return a GIF of so many frames."""
    first = _saved(Image.new("P", (64, 64)), "GIF")
    frame = first[first.index(b",") : -1]
    return first[: first.index(b",")] + frame * count + b";"


def wide() -> bytes:
    """Return a PNG that is 65,535 pixels wide."""
    return _saved(Image.new("1", (65_535, 900)), "PNG")


def interlaced() -> bytes:
    """Return a PNG of many transparent pixels in seven passes, each of them over all rows."""
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 6, 0, 0, 1)
    packer = zlib.compressobj(1)
    sizes = ((8, 8, 0, 0), (8, 8, 4, 0), (4, 8, 0, 4), (4, 4, 2, 0), (2, 4, 0, 2), (2, 2, 1, 0), (1, 2, 0, 1))
    data = bytearray()
    for across, down, left, top in sizes:
        row = bytes(1 + 4 * -(-(_SIDE - left) // across))
        rows = -(-(_SIDE - top) // down)
        for _ in range(rows):
            data += packer.compress(row)
    data += packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", bytes(data)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def unfolding(name: bytes, before: bytes) -> bytes:
    """Return a small PNG with a chunk that unfolds to 300 MB."""
    packer = zlib.compressobj(9)
    zeros = bytes(1_000_000)
    folded = b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()
    plain = _saved(Image.new("RGB", (64, 64)), "PNG")
    return plain[:33] + _chunk(name, before + folded) + plain[33:]


def strip() -> bytes:
    """Return a TIFF of one deflated strip: its pixels are held twice, as they were stored and as they are."""
    return _saved(Image.new("RGBA", (_SIDE, _SIDE)), "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30)


def runs(seed: int = 1, side: int = 2_800) -> bytes:
    """Return a BMP whose runs are of a single pixel each."""
    pixels = random.Random(seed).randbytes(64)
    row = b"".join(b"\x01" + bytes([value]) for value in pixels) * (side // 64) + b"\x01\x00" * (side % 64) + b"\0\0"
    data = row * side + b"\0\1"
    palette = b"".join(bytes([n, n, n, 0]) for n in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(data), 0, 0, 256, 256)
    at = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", at + len(data), 0, 0, at) + head + palette + data


def webp() -> bytes:
    """Return a WebP of many pixels."""
    return _saved(Image.new("RGBA", (16_383, 3_900), (1, 2, 3, 4)), "WEBP", lossless=True, quality=0, method=0)


def avif() -> bytes:
    """Return an AVIF of many pixels in few bytes."""
    return _saved(Image.new("RGB", (_SIDE, _SIDE)), "AVIF", speed=10, quality=10)


QUICKLY_MADE: Final[dict[str, Callable[[], bytes]]] = {
    "scans.jpg": progressive,
    "directories.tif": directories,
    "frames.gif": frames,
    "wide.png": wide,
    "profile.png": lambda: unfolding(b"iCCP", b"p\0\0"),
    "text.png": lambda: unfolding(b"zTXt", b"Comment\0\0"),
}
ALL: Final[dict[str, Callable[[], bytes]]] = QUICKLY_MADE | {
    "interlaced.png": interlaced,
    "strip.tif": strip,
    "runs.bmp": runs,
    "pixels.webp": webp,
    "pixels.avif": avif,
}
"""All kinds, by names that a member could give them. The last ones take a second or more to make."""
