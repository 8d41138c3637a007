"""Pictures that belong to people and servers rather than to messages: avatars and stickers.

https://discord.com/developers/docs/reference#image-formatting
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image

STICKER_PNG, STICKER_APNG, STICKER_LOTTIE, STICKER_GIF = range(1, 5)
"""https://discord.com/developers/docs/resources/sticker#sticker-object-sticker-format-types"""


@dataclass(frozen=True, slots=True, eq=False)
class Sticker:
    """A sticker. ``data`` is a picture, or of Lottie the JSON of a drawing."""

    id: int
    name: str
    format_type: int
    data: bytes

    @property
    def extension(self) -> str:
        """Return the only ending under which the file server has it."""
        return {STICKER_LOTTIE: "json", STICKER_GIF: "gif"}.get(self.format_type, "png")


def hash_of(avatar: bytes | None) -> str | None:
    """Return the hash that names an avatar: it begins with ``a_`` if it moves. None where there is no avatar."""
    if avatar is None:
        return None
    with Image.open(io.BytesIO(avatar)) as image:
        moves = getattr(image, "n_frames", 1) > 1
    return ("a_" if moves else "") + hashlib.sha256(avatar).hexdigest()[:32]


def as_format(avatar: bytes, extension: str) -> bytes | None:
    """Return an avatar under another ending: its first frame, or itself where a GIF is asked for. None: not possible.

    Any other ending than that of an animation gives a still picture.
    """
    if extension == "gif":
        return avatar if (hash_of(avatar) or "").startswith("a_") else None
    canvas = io.BytesIO()
    with Image.open(io.BytesIO(avatar)) as image:
        image.convert("RGBA" if extension == "png" else "RGB").save(canvas, {"jpg": "JPEG"}.get(extension, extension))
    return canvas.getvalue()
