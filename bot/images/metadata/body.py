"""The Body: what is left of a picture's file when everything that is not the picture was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture

MOST_PARTS: Final = 100_000
"""Segments, chunks or blocks in one file. Pictures have thousands at most; millions of empty ones only cost us time."""

MAX_PIXELS: Final = 64_000_000
"""Of one frame. Pillow holds four bytes a pixel, so this is 256 MB while we work on it."""


def bomb(detail: str) -> BadPicture:
    """A file that would take more time or memory than a picture is worth."""
    return BadPicture("bomb", detail, limit_mp=MAX_PIXELS // 1_000_000)


@dataclass(frozen=True, slots=True)
class Body:
    """``data`` is the very object that was read where nothing had to go. ``width``, ``height`` in pixels, as stored."""

    data: bytes = field(repr=False)
    width: int
    height: int
    frames: int = 1


def joined(original: bytes, parts: Sequence[bytes]) -> bytes:
    """The parts as one file: ``original`` itself where they are the same bytes."""
    data = b"".join(parts)
    return original if data == original else data
