"""The Batch: orders that come at the same moment are decided in one transaction, each on its own.

A commit costs as much as the decisions on many orders, so the orders that came during the last transaction share the
next. Three promises:

- A caller that returns without an error has its order decided, in a transaction that is committed.
- An error of one order (a failing statement, an error in the arithmetic) is raised for that order alone. Then nothing
  of the transaction is kept, and each order is decided anew behind a savepoint of its own. That costs half as much
  again, so it is only done then. An error of the transaction itself is raised for all that share it.
- A cancelled caller cancels nobody else: a transaction belongs to no waiter and goes on, and waiters leave the queue by
  identity. An order is not decided if its caller left before its turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bot.database import Database, Transaction

T = TypeVar("T")
S = TypeVar("S")

TOGETHER: Final = 50
"""Orders that one transaction decides on: then the first of them need not wait for the last of a burst."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiter(Generic[T]):
    """An item in the queue. ``error``: its refusal, or what it failed with. ``left``: its caller waits no more."""

    item: T
    decided: bool = False
    left: bool = False
    error: Exception | None = None


class _ItemBroke(Exception):
    """One of several that were decided together met an error: it may have broken their transaction."""


class Batch(Generic[T, S]):
    """``matter`` is decided by one process at a time.

    ``prepare`` reads what several orders share, ``decide`` says of one order why it is refused, or None. Both run in
    the transaction, and may run again in another one.
    """

    def __init__(
        self,
        database: Database,
        matter: int,
        prepare: Callable[[Transaction, Sequence[T]], Awaitable[S]],
        decide: Callable[[Transaction, S, T], Awaitable[Exception | None]],
    ) -> None:
        self._database = database
        self._matter = matter
        self._prepare = prepare
        self._decide = decide
        self._turn = asyncio.Lock()
        self._queue: list[_Waiter[T]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def decide(self, item: T) -> None:
        """Wait until the item is decided and committed. Raises its refusal, or the error that it failed with."""
        waiter = _Waiter(item)
        self._queue.append(waiter)
        task = asyncio.create_task(self._take_turn(waiter))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.shield(task)  # the transaction is shared: no single waiter's cancellation may end it
        finally:
            waiter.left = True
        if waiter.error is not None:
            raise waiter.error

    async def _take_turn(self, waiter: _Waiter[T]) -> None:
        async with self._turn:
            if not waiter.decided:
                await self._decide_next()

    async def _decide_next(self) -> None:
        """Process the first orders in the queue, at most ``TOGETHER``. Never raises: each order gets its own error."""
        waiting = self._queue[:TOGETHER]
        try:
            try:
                await self._within(self._decide_together, waiting)
            except _ItemBroke:
                await self._within(self._decide_apart, waiting)
        except Exception as error:  # noqa: BLE001 - each of them raises it
            for waiter in waiting:
                waiter.error = error
        for waiter in waiting:
            waiter.decided = True
        self._queue = [waiter for waiter in self._queue if not waiter.decided]

    async def _within(
        self, way: Callable[[Transaction, Sequence[_Waiter[T]]], Awaitable[None]], waiting: Sequence[_Waiter[T]]
    ) -> None:
        async with self._database.write() as write:
            await self._database.decide_alone(write, self._matter)
            await way(write, waiting)

    async def _decide_together(self, write: Transaction, waiting: Sequence[_Waiter[T]]) -> None:
        """Raise _ItemBroke where any of them met an error."""
        try:
            shared = await self._prepare(write, [waiter.item for waiter in waiting])
            for waiter in waiting:
                if not waiter.left:
                    waiter.error = await self._decide(write, shared, waiter.item)
        except Exception as error:
            raise _ItemBroke from error

    async def _decide_apart(self, write: Transaction, waiting: Sequence[_Waiter[T]]) -> None:
        """Keep the error of each to itself. Raise where even a savepoint can't be undone: the transaction is lost."""
        for waiter in waiting:
            if waiter.left:
                continue
            savepoint = await write.begin_nested()
            try:
                shared = await self._prepare(write, [waiter.item])
                waiter.error = await self._decide(write, shared, waiter.item)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told to this one alone
                await savepoint.rollback()
                _log.warning("an order could not be decided: %s", type(error).__name__)
                waiter.error = error
            else:
                await savepoint.commit()
