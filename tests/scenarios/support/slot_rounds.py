"""What happens to the processes of two slots: one is killed or frozen, all are rolled out, their database is away."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from playground.stage import Stage
from tests.scenarios.support.kills import OrderCounts
from tests.scenarios.support.slots import STANDS_BY, Fleet

AWAY: Final = 6.0
"""Seconds for which the database is stopped."""


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """How a round ended. ``taken``: seconds until the slot had another holder; ``waits``: seconds from then until each
    of its jobs was asked about again, without those in which the new holder had no processor.
    """

    ends: OrderCounts = field(default_factory=OrderCounts)
    taken: float = 0.0
    waits: float = 0.0


async def kill(fleet: Fleet) -> RoundCounts:
    """Kill the holder of a slot. The spare takes over, and the killed process comes back as the spare."""
    process, slot = await fleet.holder()
    before = (await fleet.holders())[slot]
    with _slowly(fleet):
        fleet.order(8)
        await fleet.some_are_bought()
        jobs = fleet.painting(slot)
        killed_at = time.monotonic()
        await process.kill()
        assert process.log is not None
        process.log.unlink()  # the next one begins its own
        fleet.order(4)
        taken_at = await fleet.taken_over(slot, before)
        waits = await fleet.waits_again(slot, taken_at, jobs)
        await process.begin()
    await fleet.ended()
    return RoundCounts(fleet.counted(), taken_at - killed_at, waits)


async def freeze(fleet: Fleet) -> RoundCounts:
    """Freeze the holder of a slot until the spare has taken over, and for a while longer; then let it go on."""
    process, slot = await fleet.holder()
    before = (await fleet.holders())[slot]
    with _slowly(fleet):
        fleet.order(8)
        await fleet.some_are_bought()
        jobs = fleet.painting(slot)
        os.kill(process.pid, signal.SIGSTOP)
        frozen_at = time.monotonic()
        try:
            taken_at = await fleet.taken_over(slot, before)
            waits = await fleet.waits_again(slot, taken_at, jobs)
            fleet.order(4)
            await asyncio.sleep(fleet.rng.uniform(0, 6))  # it wakes while its heir works
        finally:
            os.kill(process.pid, signal.SIGCONT)
    await says(process, STANDS_BY)
    await fleet.connected()
    await fleet.ended()
    return RoundCounts(fleet.counted(), taken_at - frozen_at, waits)


Act = Callable[[], Awaitable[None]]


async def stop_database(fleet: Fleet, stop: Act, begin: Act) -> RoundCounts:
    """Stop the database for six seconds while orders are painted and new ones come."""
    with _slowly(fleet):
        fleet.order(8)
        await fleet.some_are_bought()
        await stop()
        fleet.order(4)
        await asyncio.sleep(AWAY)
        await begin()
        fleet.order(4)
    await fleet.connected()
    await fleet.ended()
    return RoundCounts(fleet.counted())


async def roll_out(fleet: Fleet) -> RoundCounts:
    """Stop each process and start it anew, one by one, while orders come."""
    for process in fleet.processes:
        fleet.order(4)
        await fleet.some_are_bought()
        assert await process.stop() == 0
        fleet.order(2)
        await process.begin()
        await fleet.connected()
    await fleet.ended()
    return RoundCounts(fleet.counted())


@contextmanager
def _slowly(fleet: Fleet) -> Iterator[None]:
    """Let paintings take long meanwhile, so that jobs wait when something happens."""
    fleet.stage.painter.fault("slow", scale=3 / 360)
    try:
        yield
    finally:
        fleet.stage.painter.calm()


async def says(process: Stage, words: str) -> None:
    """Wait until a process has logged the words."""
    log = process.log
    assert log is not None
    async with asyncio.timeout(60):
        while words not in log.read_text():  # noqa: ASYNC110 - a file sends no event
            await asyncio.sleep(0.05)
