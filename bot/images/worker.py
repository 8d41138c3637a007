"""The ImageWorker, which processes one picture at a time beside the event loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bot.images import collage
from bot.images.ai_mark import MadeBy
from bot.images.picture import (
    TOAPIS_LIMIT,
    Picture,
    check,
    compare,
    film_strip,
    fit,
    for_toapis,
    inspect_result,
    thumbnail,
)


class ImageWorker:
    """A thread that processes one picture at a time, since a decoded picture takes hundreds of megabytes.

    It is a thread of its own, not a lock around ``asyncio.to_thread``: after a caller's cancellation the thread works
    on to the end, while a lock would already let in the next picture. It serves any number of event loops.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="image-worker")

    async def check(self, data: bytes) -> Picture:
        return await self._alone(lambda: check(data))

    async def for_toapis(self, data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
        return await self._alone(lambda: for_toapis(data, limit=limit))

    async def fit(self, data: bytes, limit: int, made_by: MadeBy | None = "edit") -> Picture:
        return await self._alone(lambda: fit(data, limit, made_by))

    async def compare(self, before: bytes, after: bytes, limit: int, made_by: MadeBy = "edit") -> Picture:
        return await self._alone(lambda: compare(before, after, limit, made_by))

    async def film_strip(
        self, frames: Sequence[bytes | None], limit: int, *, first: int = 1, made_by: MadeBy = "edit"
    ) -> Picture:
        return await self._alone(lambda: film_strip(frames, limit, first=first, made_by=made_by))

    async def thumbnail(self, data: bytes, side: int = collage.FRAME) -> Picture:
        return await self._alone(lambda: thumbnail(data, side))

    async def inspect_result(self, data: bytes, made_by: MadeBy = "edit") -> Picture:
        return await self._alone(lambda: inspect_result(data, made_by))

    def close(self) -> None:
        """Accept no more work. The running task ends by itself; waiting tasks are cancelled."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _alone(self, work: Callable[[], Picture]) -> Picture:
        context = contextvars.copy_context()  # so that the log keeps the job's id, as with asyncio.to_thread
        return await asyncio.get_running_loop().run_in_executor(self._thread, context.run, work)
