"""The pictures of the benches: photos that members send, and results that are ready before they are asked for."""

from __future__ import annotations

import functools
import io

from PIL import Image

from playground.world.messages import Upload, upload


def photo(width: int, height: int) -> Upload:
    """Return a JPEG with as much detail as a photo: soft light, and grain."""
    return upload("photo.jpg", _encoded(width, height, "jpeg"))


def result(edge: int, kind: str) -> bytes:
    """Return a square picture of ``kind`` (png or jpeg) with the same detail."""
    return _encoded(edge, edge, kind)


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
