"""The ImageWorker, which has pictures opened and made in two processes beside the bot.

A stranger's file is opened in the quick lane first, within little time and memory, which suffice for nearly all: so
whoever comes next waits a second at most. What they do not suffice for goes on in the thorough lane. There the results
that must be made smaller come first: they are paid for, and no upload can keep them waiting. Whatever holds a member's
file is an upload in this sense: Compare and Steps too.

Both processes may be at their limits at the same time, beside the bot itself: that is the memory that a host must have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from bot.errors import BadPicture
from bot.images.ai_mark import MadeBy
from bot.images.checked import TOAPIS_LIMIT, Picture
from bot.images.lane import IDLE, Lane
from bot.images.result import inspected
from bot.images.wire import Limits, Task
from bot.images.worker_process import Pressed

QUICK_MIB: Final = 112
THOROUGH_MIB: Final = 288
"""MiB of data that each process may hold, its files among them."""

QUICK: Final = Limits(processor=0.8, seconds=5.0)
THOROUGH: Final = Limits(processor=3.2, seconds=20.0)
"""The limits of an upload. With the start of both processes, a hostile file is over within five seconds.

Processor time is what counts: on a busy host a good picture takes longer, and is no worse for that.
"""
COLLAGE: Final = Limits(processor=12.0, seconds=60.0)
"""The limits of Compare and Steps in the thorough lane: several pictures, each of which was opened before."""
RESULT: Final = Limits(processor=30.0, seconds=90.0)
"""The limits of a painted result, which is no stranger's file: several encodings of a large one take ten seconds."""

_WANT_MORE: Final = frozenset({"slow", "heavy", "crash"})
"""Refusals of the quick lane that more time and memory may change."""


class ImageWorker:
    """Opens and makes pictures in processes that are started when they are needed. ``idle`` in seconds.

    A file that takes a process down costs the file its turn, and nothing else: the next gets a new process. After a
    caller's cancellation its process is killed, so that nobody waits for what nobody wants.
    """

    def __init__(self, *, idle: float = IDLE) -> None:
        self._quick = Lane(QUICK_MIB, idle=idle)
        self._thorough = Lane(THOROUGH_MIB, idle=idle)

    @property
    def pids(self) -> list[int]:
        """Return the ids of the processes that live now."""
        return [pid for pid in (self._quick.pid, self._thorough.pid) if pid is not None]

    def warm(self) -> None:
        """Start a process now, since an upload will come."""
        self._quick.warm()

    async def check(self, data: bytes) -> Picture:
        return await self._opened("check", [data])

    async def for_toapis(self, data: bytes, *, limit: int = TOAPIS_LIMIT) -> Picture:
        return await self._opened("for_toapis", [data], limit=limit)

    async def fit(self, data: bytes, limit: int, made_by: MadeBy | None = "edit") -> Picture:
        return await self._result("fit", data, limit=limit, made_by=made_by)

    async def compare(self, before: bytes, after: bytes, limit: int, made_by: MadeBy = "edit") -> Picture:
        return await self._opened("compare", [before, after], COLLAGE, limit=limit, made_by=made_by)

    async def film_strip(
        self, frames: Sequence[bytes | None], limit: int, *, first: int = 1, made_by: MadeBy = "edit"
    ) -> Picture:
        return await self._opened("film_strip", frames, COLLAGE, limit=limit, first=first, made_by=made_by)

    async def thumbnail(self, data: bytes, side: int | None = None) -> Picture:
        options: dict[str, Any] = {} if side is None else {"side": side}
        return await self._opened("thumbnail", [data], **options)

    async def inspect_result(self, data: bytes, made_by: MadeBy = "edit") -> Picture:
        """Check a result by its container, which is a bounded walk in a thread; by its pixels only where it must be."""
        checked = await asyncio.to_thread(inspected, data)
        return checked or await self._result("inspect_result", data, made_by=made_by)

    def close(self) -> None:
        """Accept no more work, and end both processes, whatever they do."""
        self._quick.close()
        self._thorough.close()

    async def _opened(
        self, work: str, files: Sequence[bytes | None], most: Limits | None = None, **options: Any
    ) -> Picture:
        """Open strangers' files. ``most``: the limits in the thorough lane. Raise BadPicture."""
        try:
            return (await self._quick.run(Task(work, files, options, QUICK)))[0]
        except (Pressed, BadPicture) as error:
            if isinstance(error, BadPicture) and error.reason not in _WANT_MORE:
                raise
        return await self._thoroughly(Task(work, files, options, most or THOROUGH), first=False)

    async def _result(self, work: str, data: bytes, **options: Any) -> Picture:
        return await self._thoroughly(Task(work, [data], options, RESULT), first=True)

    async def _thoroughly(self, task: Task, *, first: bool) -> Picture:
        try:
            return (await self._thorough.run(task, first=first))[0]
        except Pressed as pressed:
            raise pressed.error from None
