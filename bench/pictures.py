"""The pictures of the benches: photos that members send, and results that are ready before they are asked for."""

from __future__ import annotations

import functools
import io
import struct

from PIL import Image

from playground.world.messages import Upload, upload


def photo(width: int, height: int) -> Upload:
    """Return a JPEG with as much detail as a photo: soft light, and grain."""
    return upload("photo.jpg", _encoded(width, height, "jpeg"))


def result(edge: int, kind: str) -> bytes:
    """Return a square picture of ``kind`` (png or jpeg) with the same detail."""
    return _encoded(edge, edge, kind)


def one_strip(side: int = 7_900) -> bytes:
    """Return a hostile file of 240 KB: its pixels are held twice while they are unfolded, in 500 MB."""
    buffer = io.BytesIO()
    Image.new("RGBA", (side, side)).save(buffer, "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30)
    return buffer.getvalue()


def single_runs(side: int = 2_816) -> bytes:
    """Return a hostile file of 16 MB: each of its eight million pixels is a run of its own."""
    data = (b"\1\7\1\5" * (side // 2) + bytes(2)) * side + b"\0\1"
    palette = b"".join(bytes([grey, grey, grey, 0]) for grey in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(data), 0, 0, 256, 256)
    start = 14 + len(head) + len(palette)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + head + palette + data


@functools.cache
def _encoded(width: int, height: int, kind: str) -> bytes:
    light = Image.radial_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), 24)
    image = Image.merge("RGB", (light, Image.blend(light, grain, 0.4), grain))
    buffer = io.BytesIO()
    if kind == "jpeg":
        image.save(buffer, "JPEG", quality=88)
    else:
        image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
