"""What can interrupt a step of a job: an error, and a process that closes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setback:
    """An error of a job's step. ``tries`` so far, ``lasted`` in seconds since the first of them ended."""

    job_id: str
    step: str
    error: Exception
    tries: int
    lasted: float


class Hold:
    """A step that a closing process waits for: from its beginning until what it brought is saved."""

    def __init__(self, held: set[asyncio.Future[None]]) -> None:
        self._held = held
        self._mine: asyncio.Future[None] | None = None

    def take(self) -> None:
        self._mine = asyncio.get_running_loop().create_future()
        self._held.add(self._mine)

    def let_go(self) -> None:
        if self._mine is not None:
            self._held.discard(self._mine)
            self._mine.set_result(None)
            self._mine = None


Endure = Callable[[Setback], Awaitable[float | None]]
"""Returns the seconds after which a failed step is tried again; None: the error stands."""
