"""The lock of a slot, on a real server: each process has one slot, and all that run agree on SLOTS and shards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import sqlalchemy as sa

from bot.database import Database, metadata
from bot.errors import Unavailable
from bot.jobs.job import JobState
from bot.jobs.slot import Slot
from bot.jobs.slot_lock import SlotLock
from bot.jobs.store import Jobs
from bot.jobs.workflows import Workflow, Workflows
from bot.ledger import Ledger
from tests.support.studio import a_job, entries, state_of

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def _prepared() -> bool:
    return True


@asynccontextmanager
async def held(url: str, slots: int) -> AsyncIterator[tuple[Slot, SlotLock]]:
    """Take a slot as a process with that SLOTS does, and keep it meanwhile."""
    slot = Slot(slots)
    lock = SlotLock(url, slot)
    try:
        await asyncio.wait_for(lock.take(_prepared), 20)
        async with lock.kept():
            yield slot, lock
    finally:
        await lock.close()


@asynccontextmanager
async def waiting(url: str, slots: int) -> AsyncIterator[tuple[Slot, asyncio.Task[None]]]:
    """Begin to take a slot as a process with that SLOTS does."""
    slot = Slot(slots)
    lock = SlotLock(url, slot)
    task = asyncio.create_task(lock.take(_prepared))
    try:
        yield slot, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await lock.close()


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(20):
        while words not in caplog.text:  # noqa: ASYNC110 - a log sends no event
            await asyncio.sleep(0.02)


async def test_each_process_has_a_slot_and_the_next_is_a_spare(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with held(database_url, 2) as (first, _), AsyncExitStack() as stack:
        async with held(database_url, 2) as (second, _):
            assert {first.number, second.number} == {0, 1}
            spare, task = await stack.enter_async_context(waiting(database_url, 2))
            await logged(caplog, "waiting as a spare")
            assert not task.done()
        await asyncio.wait_for(task, 20)
        assert spare.number == second.number != first.number
        assert spare.fence is not None and second.fence is not None
        assert spare.fence.number == second.fence.number + 1


async def test_process_with_another_number_of_slots_waits_and_says_so(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with held(database_url, 2), waiting(database_url, 3) as (slot, task):
        await logged(caplog, "another SLOTS than 3")
        assert not task.done()
        assert not slot.is_held
    async with held(database_url, 3) as (slot, _):  # once the others have ended
        assert slot.is_held


async def test_processes_agree_on_shards_until_all_have_ended(database_url: str) -> None:
    async with held(database_url, 2) as (_, first), held(database_url, 2) as (_, second):
        assert await first.agree_on_shards(4) == 4
        assert await second.agree_on_shards(6) == 4
    async with held(database_url, 2) as (_, first):
        assert await first.agree_on_shards(6) == 6


async def test_jobs_of_a_slot_that_is_no_more_go_to_another(database: Database, database_url: str) -> None:
    job = a_job()
    gone = Slot(3)
    gone.number = 2
    async with database.write() as write:
        await gone.number_alone(write)
        await Jobs(database, slot=gone).add(write, job)
    await Workflows(database, gone.number).add(Workflow(job.id, job.id, "paint"))
    async with held(database_url, 1) as (slot, _):
        assert [stored.id for stored in await Jobs(database, slot=slot).in_state(JobState.ACCEPTED)] == [job.id]
        assert await Workflows(database, slot.number).unfinished_ids() == {job.id}
        async with database.read() as read:
            assert not await gone.is_ours(read)  # whoever held it and was frozen since is fenced off


async def test_who_was_followed_settles_nothing_and_moves_no_job(database: Database, database_url: str) -> None:
    job = a_job()
    async with held(database_url, 1) as (slot, _):
        jobs = Jobs(database, slot=slot)
        ledger = Ledger(database, check=slot.check)
        async with database.write() as write:
            await jobs.add(write, job)
            await ledger.reserve(write, job.id, job.price, member_id=1, guild_id=4)
        async with database.write() as write:
            slots = metadata.tables["slots"]
            await write.execute(sa.update(slots).values(fence=slots.c.fence + 1))
        with pytest.raises(Unavailable):
            await ledger.give_back(job.id)
        with pytest.raises(Unavailable):
            await jobs.move(job.id, JobState.FAILED)
        assert slot.doubted.is_set() or slot.gone.is_set() or not slot.is_held
    assert [kind for kind, _ in await entries(database, job.id)] == ["reserved"]
    assert await state_of(jobs, job) is JobState.ACCEPTED
