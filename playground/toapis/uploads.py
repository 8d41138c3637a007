"""Uploads as the stand-in ToAPIs takes them: parts of a form, and pictures recognised by their bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from playground.toapis.create_request import Reference


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form. ``declared``: the content type that the part names."""

    name: str
    filename: str | None
    declared: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture that was taken in. ``mime`` is the type of the bytes, ``declared`` that of the part."""

    id: str
    url: str
    data: bytes
    declared: str
    mime: str
    filename: str
    width: int
    height: int
    user: str
    at: float


def recognise(data: bytes) -> Reference | None:
    """Return what the bytes are; None where they are none of the four formats, or broken."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            mime = Image.MIME[image.format or ""]
            size = image.size
            image.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, Image.DecompressionBombError):
        return None
    return Reference(mime, *size)
