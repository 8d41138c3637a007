"""A Picture: bytes that were checked to be an image."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture
from bot.sniff import Format, declared

__all__ = ["TOAPIS_LIMIT", "Darkroom", "Picture", "check", "declared", "fit", "for_toapis", "inspect_result"]

TOAPIS_LIMIT: Final = 10_000_000

_EXTENSIONS: Final[dict[Format, str]] = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tiff",
    "AVIF": "avif",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that were checked to be an image. ``width`` and ``height`` in pixels, as stored (before orientation)."""

    data: bytes = field(repr=False)
    format: Format
    width: int
    height: int
    animated: bool = False

    @property
    def mime(self) -> str:
        return f"image/{self.format.lower()}"

    @property
    def extension(self) -> str:
        """Without the dot."""
        return _EXTENSIONS[self.format]

    @property
    def filename(self) -> str:
        return self.named("source")

    def named(self, stem: str) -> str:
        """A file name: ``picture.named("painted")`` is ``painted.png``."""
        return f"{stem}.{self.extension}"


def check(data: bytes) -> Picture:
    raise BadPicture("unknown")


def for_toapis(data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
    raise BadPicture("unknown")


def inspect_result(data: bytes) -> Picture:
    raise BadPicture("unknown")


def fit(data: bytes, limit: int) -> Picture:
    raise BadPicture("unknown")


class Darkroom:
    """Works on pictures beside the event loop, one at a time."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")

    async def for_toapis(self, data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
        return await self._alone(lambda: for_toapis(data, limit=limit))

    async def fit(self, data: bytes, limit: int) -> Picture:
        return await self._alone(lambda: fit(data, limit))

    async def inspect_result(self, data: bytes) -> Picture:
        return await self._alone(lambda: inspect_result(data))

    async def _alone(self, work: Callable[[], Picture]) -> Picture:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._worker, context.run, work)
