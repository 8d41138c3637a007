"""The Body: a picture's file without metadata, in a container that is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture

MOST_PARTS: Final = 100_000
"""The most segments, chunks or blocks in a file. Pictures have thousands; millions of empty ones cost us time."""

MOST_FRAMES: Final = 2_000
"""The most frames or pages in a file."""

MAX_PIXELS: Final = 64_000_000
"""Pixels of a frame. Pillow holds four bytes a pixel, so this takes 256 MB while it is decoded."""


def bomb(detail: str) -> BadPicture:
    """Build the error for a file that would take too much time or memory."""
    return BadPicture("bomb", detail, limit_mp=MAX_PIXELS // 1_000_000)


@dataclass(frozen=True, slots=True)
class Body:
    """A file without metadata. ``data`` is the original object if nothing was removed. Pixels are as stored.

    A container may be wrong though every pixel is there: an end marker is missing, a size is wrong. ``data`` is then
    mended, and whether all pixels are there is for the decoder to say.
    """

    data: bytes = field(repr=False)
    width: int
    height: int
    frames: int = 1
    mended: bool = False
    """Whether viewers could refuse the original file: its container was wrong."""
    cut: bool = False
    """Whether the file ended too early: pixels that can't be decoded are then missing, not damaged."""


def joined(original: bytes, parts: Sequence[bytes]) -> bytes:
    """Join the parts to a file. Return ``original`` itself if the bytes are equal."""
    data = b"".join(parts)
    return original if data == original else data
