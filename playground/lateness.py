"""Time in which the machine kept a process from running, which must not count as the bot's. Reads clock and /proc."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

BEAT: Final = 0.1
"""Seconds between two looks at the clock."""


class Lateness:
    """The total seconds by which this event loop was late since ``watching`` began: it was busy, or the machine was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total = 0.0
        self._due = clock()

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[Lateness]:
        """Look at the clock at each beat."""
        task = asyncio.create_task(self._forever())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def total(self) -> float:
        """Return the seconds so far, those of a beat that is overdue among them."""
        return self._total + self._overdue()

    async def _forever(self) -> None:
        while True:
            self._due = self._clock() + BEAT
            await asyncio.sleep(BEAT)
            self._total += self._overdue()

    def _overdue(self) -> float:
        return max(0.0, self._clock() - self._due)


def waited_for_processor(pid: int) -> float:
    """Return for how many seconds the main thread of a process was ready to run, and others were running.

    0 where the system does not tell. https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
