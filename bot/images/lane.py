"""The Lane: those who wait for one worker process, and the process, which lives no longer than it is needed."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BadPicture
from bot.images.checked import Picture
from bot.images.wire import Task, WrongAnswer
from bot.images.worker_process import Died, Worker, WorkerProcess

IDLE: Final = 60.0
"""Seconds after which a process without work is ended. It takes 15 MiB, and a new one is there after 0.1 s."""

_TRIES: Final = 2
"""A process that dies may have been ended for reasons of the host: its picture is given to one more."""

_log = logging.getLogger(__name__)


@dataclass(order=True, slots=True)
class Turn:
    """A place in the lane. Who comes ``first`` comes before all others, even where one of them has begun."""

    last: bool
    number: int
    granted: asyncio.Future[None] | None = field(default=None, compare=False)
    displaced: bool = field(default=False, compare=False)


class Lane:
    """Gives tasks to one process, one after another, and starts it when there are any. ``memory`` in MiB."""

    def __init__(
        self, memory: int, *, idle: float = IDLE, start: Callable[[int], Worker] = WorkerProcess.start
    ) -> None:
        self._memory = memory
        self._idle = idle
        self._start = start
        self._numbers = itertools.count()
        self._waiting: list[Turn] = []
        self._current: Turn | None = None
        self._process: Worker | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Return the id of the process, or None while there is none."""
        return self._process.pid if self._process is not None and self._process.is_alive else None

    def warm(self) -> None:
        """Start the process, since there will be work for it. Raise nothing: the work itself starts it again."""
        if self._current is None and not self._closed:
            try:
                self._ready()
            except OSError as error:
                _log.warning("no worker process can be started: %s", error)
            self._settle()

    async def run(self, task: Task, *, first: bool = False) -> list[Picture]:
        """Return the pictures of a task, once it had its turn.

        A task that comes ``first`` takes the place of another that is running, which begins anew behind it. Raise
        BadPicture, Pressed, WrongAnswer, OSError where no process can be started, RuntimeError after ``close``.
        """
        turn = Turn(last=not first, number=next(self._numbers))
        while True:
            await self._begin(turn)
            try:
                return await self._attempted(task, turn)
            except Died:
                turn.displaced = False  # killed for somebody who comes first
            finally:
                self._finish()

    def close(self) -> None:
        """End the process and whoever waits. Nothing is taken any more."""
        self._closed = True
        for turn in self._waiting:
            if turn.granted is not None:
                turn.granted.cancel()
        self._waiting.clear()
        self._drop()

    async def _begin(self, turn: Turn) -> None:
        if self._current is None and not self._waiting:
            self._current = turn
            return
        turn.granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, turn)
        if self._current is not None and turn < self._current and self._current.last and self._process is not None:
            self._current.displaced = True
            self._process.kill()
        try:
            await turn.granted
        except asyncio.CancelledError:
            if self._current is turn:
                self._finish()
            else:
                self._waiting = [other for other in self._waiting if other is not turn]
                heapq.heapify(self._waiting)
            raise

    def _finish(self) -> None:
        """Give the turn to whoever is next."""
        self._current = None
        while self._waiting:
            turn = heapq.heappop(self._waiting)
            if turn.granted is not None and not turn.granted.done():
                self._current = turn
                turn.granted.set_result(None)
                return
        self._settle()

    async def _attempted(self, task: Task, turn: Turn) -> list[Picture]:
        """Give the task to a process, and to one more if that dies for no reason of the file.

        Raise Died if it was displaced.
        """
        for _ in range(_TRIES):
            try:
                return await self._ready().ask(task)
            except Died as death:
                self._drop()
                if turn.displaced:
                    raise
                _log.warning("a picture could not be opened (%s): %s", task.work, death)
                if death.verdict is not None:
                    raise death.verdict from death
            except (WrongAnswer, asyncio.CancelledError):
                self._drop()  # it may be in the middle of its work, or of an answer
                raise
        raise BadPicture("ended", "two worker processes were ended from outside")

    def _ready(self) -> Worker:
        """Return the process; start it if there is none that lives."""
        if self._closed:
            raise RuntimeError("pictures are opened no more")
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._process is not None and not self._process.is_alive:
            self._drop()
        if self._process is None:
            self._process = self._start(self._memory)
        return self._process

    def _settle(self) -> None:
        """Let the process rest, and end it if nobody comes."""
        if self._process is not None and self._rest is None:
            self._rest = asyncio.get_running_loop().call_later(self._idle, self._drop)

    def _drop(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._process is not None:
            self._process.end()
            self._process = None
