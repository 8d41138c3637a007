"""The memory that encoded pictures may take: one budget for the whole process. Bytes are taken before they are read.

Each task that reads or makes pictures holds a ``Share``. Shares are served in the order in which they were opened, so
an older share that wants more comes before all younger ones. That prevents deadlocks: when every share that holds bytes
waits for more, only the oldest may exceed the budget, and the others go on once it is done. So the total never exceeds
the budget plus the needs of the oldest share.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

MIB: Final = 1024 * 1024

DEFAULT_BUDGET: Final = 96 * MIB
"""Bytes. Besides, at most two pictures are opened at a time, in processes with their own limits (``ImageWorker``)."""


class PictureMemory:
    """The budget, in bytes. Use ``share``. Serves one event loop."""

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._held = 0
        self._working = 0
        """Shares that hold bytes and do not wait for more: they will give bytes back by themselves."""
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, Share]] = []

    @property
    def held(self) -> int:
        """Return the bytes that are taken now."""
        return self._held

    @property
    def waiting(self) -> int:
        """Return the number of shares that wait now."""
        return len(self._waiting)

    def open(self) -> Share:
        """Open an empty share, which its owner must ``close``."""
        return Share(self, next(self._numbers))

    @asynccontextmanager
    async def share(self) -> AsyncIterator[Share]:
        """Open an empty share, and give all its bytes back at the end."""
        share = self.open()
        try:
            yield share
        finally:
            share.close()

    async def _take(self, share: Share, size: int) -> None:
        self._working -= share.held > 0  # a waiting share gives nothing back
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        share.turn = turn
        heapq.heappush(self._waiting, (share.number, size, share))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # granted at the moment of the cancellation
                self._give(share, size)
            else:
                self._withdraw(share)
            raise

    def _withdraw(self, share: Share) -> None:
        """End the share's wait; it gets nothing."""
        if share.turn is None:
            return
        share.turn.cancel()
        share.turn = None
        self._waiting = [entry for entry in self._waiting if entry[2] is not share]
        heapq.heapify(self._waiting)
        self._working += share.held > 0
        self._serve()

    def _give(self, share: Share, size: int) -> None:
        share.held -= size
        self._held -= size
        self._working -= size > 0 and share.held == 0
        self._serve()

    def _serve(self) -> None:
        """Serve the oldest waiting shares, as far as the budget reaches; at least one if no share is working."""
        while self._waiting:
            _, size, share = self._waiting[0]
            assert share.turn is not None  # it waits
            cancelled = share.turn.cancelled()  # its task was cancelled, and has not run since
            if not cancelled and self._held + size > self.budget and self._working > 0:
                return
            heapq.heappop(self._waiting)
            if not cancelled:
                self._held += size
                share.held += size
                share.turn.set_result(None)
            self._working += share.held > 0
            share.turn = None


class Share:
    """The bytes of one reader. Only one task may wait for more of them at a time."""

    def __init__(self, memory: PictureMemory, number: int) -> None:
        self.number = number
        self.held = 0
        self.turn: asyncio.Future[None] | None = None
        """A future that ends the wait; None while the share does not wait."""
        self._memory = memory
        self._closed = False

    async def take(self, size: int) -> None:
        """Wait until ``size`` more bytes may be held. More than the budget is granted once no other share works.

        Raise RuntimeError if the share is closed.
        """
        if self._closed:
            raise RuntimeError("this share was given back")
        if size > 0:
            await self._memory._take(self, size)

    async def portion(self, most: int) -> Portion:
        """Wait until one file of at most ``most`` bytes may be read."""
        await self.take(most)
        return Portion(self, most)

    def give_back(self, size: int) -> None:
        """Give back ``size`` bytes that were not needed or are dropped."""
        if size > 0 and not self._closed:
            self._memory._give(self, min(size, self.held))

    def close(self) -> None:
        """Give everything back and end a wait. A second call does nothing."""
        self._memory._withdraw(self)
        self.give_back(self.held)
        self._closed = True


class Portion:
    """The part of a share that one file takes. It shrinks as more is known about the file."""

    def __init__(self, share: Share, size: int) -> None:
        self.size = size
        self._share = share

    def shrink(self, size: int) -> None:
        """Keep ``size`` bytes and give the rest back. Do nothing if it has fewer."""
        if size < self.size:
            self._share.give_back(self.size - size)
            self.size = size
