"""One row, one job, one duty: what is wrong with it is its own, and the others go their way."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.database import Database, metadata
from bot.guilds.gate import DAY
from bot.jobs.job import Job, JobState
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.privacy.forget_jobs import LIMITS_LOOK_BACK
from bot.process import serve as front
from bot.process import tasks
from bot.toapis import offer as room
from bot.toapis.client import ToAPIs
from tests.support.privacy_desk import ANA, SECRET, Desk
from tests.support.recovery_parts import Book, a_recovery
from tests.support.studio import CATALOGUE, PRICE, Hours, a_job, entries, stored


async def spoil(database: Database, job: Job) -> None:
    """Write a row as another version of the code might, which this version can't read."""
    jobs = metadata.tables["jobs"]
    async with database.write() as write:
        values = {"order": {"words": "?"}, "destination": {"where": "?"}}
        await write.execute(sa.update(jobs).where(jobs.c.id == job.id).values(values))


@pytest.fixture
async def spoiled(database: Database) -> Job:
    """Store a job that is older than all others and can't be read."""
    job = a_job(JobState.FAILED)
    await stored(database, job)
    await spoil(database, job)
    return job


async def test_sweep_settles_jobs_beside_an_unreadable_row(database: Database, spoiled: Job) -> None:
    hours = Hours()
    job = a_job(JobState.FAILED)
    await stored(database, job)
    hours.now += 1000
    await a_recovery(database, hours, Book()).unsettled()
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]
    assert await entries(database, spoiled.id) == [("reserved", PRICE)]


async def test_sweep_takes_up_jobs_beside_an_unreadable_row(database: Database) -> None:
    hours = Hours()
    book = Book()
    broken = a_job(JobState.UNKNOWN)
    job = a_job(JobState.UNKNOWN)
    await stored(database, broken)
    await stored(database, job)
    await spoil(database, broken)
    hours.now += 1000
    await a_recovery(database, hours, book).unknown()
    assert book.submitted == [(job.id, "found")]


async def test_story_of_an_unreadable_open_job_is_kept(database: Database) -> None:
    hours = Hours()
    book = Book()
    job = a_job(JobState.SUBMITTED)
    await stored(database, job)
    await spoil(database, job)
    hours.now += DAY
    await a_recovery(database, hours, book).old_workflows()
    assert [keep for _, keep in book.purged] == [{job.id}]


async def test_history_shows_jobs_beside_an_unreadable_row(database: Database, spoiled: Job) -> None:
    job = a_job(JobState.DELIVERED)
    await stored(database, job)
    shown = await Jobs(database).history(member_id=job.destination.requester_id, place_id=None, skip=0, most=9)
    assert [listed.id for listed in shown] == [job.id]


async def test_jobs_are_forgotten_beside_an_unreadable_row(database: Database) -> None:
    desk = Desk(database)
    broken = await desk.has()
    job = await desk.has()
    await spoil(database, broken)
    desk.hours.now += LIMITS_LOOK_BACK + 1
    await desk.privacy.forget(ANA)
    await desk.privacy.keep_word()
    assert SECRET not in str(await desk.row(job))
    assert ANA not in await desk.payers(job)


async def test_the_offer_is_looked_at_again_after_an_unforeseen_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "EVERY", 0.0)
    asked_twice = asyncio.Event()

    class Odd:
        asked = 0

        async def models(self) -> frozenset[str]:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError
            asked_twice.set()
            return frozenset()

    task = asyncio.create_task(room.Offer(CATALOGUE, cast("ToAPIs", Odd())).refresh_forever())
    waiting = asyncio.create_task(asked_twice.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert not task.done()
    task.cancel()


def app_that(connects: Callable[[], Awaitable[None]], watches: Callable[..., Awaitable[None]]) -> Any:
    """Build what ``run_until_stopped`` needs of the bot, with these two as its connection and its watch."""
    return SimpleNamespace(
        connect=connects,
        courier=SimpleNamespace(tell_operators=None),
        services=SimpleNamespace(
            balance_monitor=SimpleNamespace(watch_forever=watches),
            intake=SimpleNamespace(close=lambda: None),
            slot=Slot(),
        ),
    )


async def test_stop_ends_a_connection_that_swallows_its_cancellation() -> None:
    """discord.py returns from a shard's reconnect as if it had not been cancelled, and waits for the next event."""
    connecting = asyncio.Event()

    async def reconnects() -> None:
        connecting.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def waits(*_: object) -> None:
        await asyncio.Event().wait()

    app = app_that(reconnects, waits)
    duty: Any = SimpleNamespace(forever=waits, refresh_forever=waits)
    stop = asyncio.Event()
    running = asyncio.create_task(front.run_until_stopped(app, duty, duty, stop, asyncio.Event()))
    await connecting.wait()
    stop.set()
    async with asyncio.timeout(60):
        await running


async def test_a_background_work_that_breaks_does_not_end_the_bot() -> None:
    """Run until SIGTERM. The bot is a stand-in here, since no known outside failure breaks its background work."""
    broke = asyncio.Event()

    async def breaks(*_: object) -> None:
        broke.set()
        raise ZeroDivisionError

    async def connected() -> None:
        await asyncio.Event().wait()

    app = app_that(connected, breaks)
    duty: Any = SimpleNamespace(forever=breaks, refresh_forever=breaks)
    stop = tasks.stop_on_signals()
    running = asyncio.create_task(front.run_until_stopped(app, duty, duty, stop, asyncio.Event()))
    await broke.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not running.done()
    signal.raise_signal(signal.SIGTERM)
    await running
