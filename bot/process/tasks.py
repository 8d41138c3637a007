"""Tasks of the process: work that is kept up, cancelled, or given up at a stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

CANCEL_AGAIN: Final = 1.0
"""Seconds after which a task that did not end is cancelled once more."""

RESTART_AFTER: Final = 60.0
"""Seconds until background work that failed starts again."""

T = TypeVar("T")

_log = logging.getLogger("bot")


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Run the work and return its result. If the stop comes first, cancel the work and return None."""
    if stop.is_set():
        work.close()
        return None
    tasks: tuple[asyncio.Task[T], asyncio.Task[Any]] = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() and not stop.is_set() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until each of them has ended.

    Once is not enough: discord.py swallows the cancellation of a shard that is reconnecting
    (``discord.shard.Shard.reconnect``), and would wait for its next event for ever.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN)


async def pass_on(event: asyncio.Event, to: asyncio.Event) -> None:
    """Set an event once another is set."""
    await event.wait()
    to.set()


async def keep_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run background work until it is cancelled, and start it again a minute after an unexpected error.

    In the task group the error would end the connection to Discord.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - no error of background work may end the bot
            _log.exception("%s broke off", name)
        await asyncio.sleep(RESTART_AFTER)


@asynccontextmanager
async def beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let background work run meanwhile."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await end(tasks)
