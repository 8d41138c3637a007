"""Pictures of many bytes: grain can't be compressed, so the pixels and the file are about equally large."""

from __future__ import annotations

import functools
import io
import math
import random

from PIL import Image


@functools.cache
def grain(megabytes: float, seed: int = 7) -> bytes:
    """Return a square PNG of at least so many million bytes; the same one for the same numbers."""
    side = math.ceil(math.sqrt(megabytes * 1_000_000 / 3))
    noise = random.Random(seed).randbytes(side * side * 3)
    canvas = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(canvas, "PNG", compress_level=1)
    return canvas.getvalue()
