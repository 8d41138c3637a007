"""The Recovery: what a crash left lying is taken up once, and nobody waits in silence."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.database import Database
from bot.jobs.job import JobState
from bot.jobs.recovery import EVERY, IN_HAND, SOON
from bot.ledger import Ledger
from tests.support import studio
from tests.support.recovery_parts import Book, a_recovery
from tests.support.studio import PRICE, Hours, RecordingCourier, a_job, bought, entries, state_of, stored


async def test_an_order_of_this_life_is_left_in_hand_for_a_while(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    job = a_job()
    await stored(database, job)
    recovery = a_recovery(database, hours, book, courier)
    hours.now += IN_HAND - 1
    await recovery.accepted()
    assert not courier.sorry
    hours.now += 1
    await recovery.accepted()
    assert courier.sorry == [(job.id, "error-interrupted")]


@pytest.mark.parametrize("noted", [True, False])
async def test_an_order_whose_card_was_shown_is_taken_up_again(database: Database, noted: bool) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    job = a_job()
    jobs, _ = await stored(database, job)
    if noted:
        await jobs.place(job.id, card_id=55)
    else:
        courier.cards[job.id] = 55
    hours.now += 1
    await a_recovery(database, hours, book, courier).accepted()  # born after the order: nobody has it in hand
    assert book.submitted == [(job.id, "paint")]
    assert not courier.sorry
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.destination.card_id == 55
    assert await entries(database, job.id) == [("reserved", PRICE)]


async def test_order_without_a_card_is_reported_and_refunded_once(database: Database) -> None:
    hours = Hours()
    courier = RecordingCourier()
    job = a_job()
    jobs, _ = await stored(database, job)
    hours.now += 1
    recovery = a_recovery(database, hours, Book(), courier)
    for _ in range(2):
        await recovery.accepted()
    assert courier.sorry == [(job.id, "error-interrupted")]
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]
    assert await state_of(jobs, job) is JobState.FAILED


async def test_an_order_that_the_engine_knows_is_left_to_it(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    job = a_job()
    await stored(database, job)
    hours.now += 1
    book.states[job.id, "paint"] = "waiting"
    recovery = a_recovery(database, hours, book, courier)
    await recovery.accepted()
    await recovery.broken()
    assert (book.submitted, courier.sorry) == ([], [])


async def test_one_orders_trouble_does_not_keep_the_others_waiting(database: Database) -> None:
    hours = Hours()
    courier = RecordingCourier(trouble=[OSError("of the moment")])
    first = a_job()
    second = replace(a_job(), created_at=studio.NOW + 1)
    await stored(database, first)
    await stored(database, second)
    hours.now += 2
    recovery = a_recovery(database, hours, Book(), courier)
    await recovery.accepted()
    assert [job_id for job_id, _ in courier.sorry] == [second.id]
    await recovery.accepted()
    assert [job_id for job_id, _ in courier.sorry] == [second.id, first.id]


async def test_a_bill_that_was_pending_is_asked_for_again_ever_more_rarely(database: Database) -> None:
    hours = Hours()
    job = a_job()
    async with studio.studio(hours) as (painter, toapis):
        jobs, ledger = await stored(database, job)
        task = await bought(toapis, ledger, job)
        await jobs.move(job.id, JobState.SUBMITTED, task_id=task.task_id, submitted_at=hours.now)
        for state in (JobState.PAINTED, JobState.DELIVERED):
            await jobs.move(job.id, state)
        painter.billing = "pending-then-settled"
        recovery = a_recovery(database, hours, Book(), toapis=toapis)
        hours.now += 1000
        await recovery.unsettled()
        asked = len(painter.requests)
        hours.now += 99
        await recovery.unsettled()
        assert len(painter.requests) == asked  # a tenth of the job's age has not gone by
        assert await ledger.held() == [job.id]
        hours.now += 100
        await recovery.unsettled()
        assert await entries(database, job.id) == [("reserved", PRICE), ("settled", painter.ledger[0].micros)]


@pytest.mark.parametrize("state", [JobState.ACCEPTED, JobState.SUBMITTED, JobState.PAINTED, JobState.UNKNOWN])
async def test_money_of_a_job_that_has_not_ended_stays_held(database: Database, state: JobState) -> None:
    hours = Hours()
    job = a_job(state)
    await stored(database, job)
    hours.now += 1000
    await a_recovery(database, hours, Book()).unsettled()
    assert await entries(database, job.id) == [("reserved", PRICE)]


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_money_that_a_crash_kept_from_going_back_goes_back(database: Database, state: JobState) -> None:
    hours = Hours()
    job = a_job(state)
    await stored(database, job)
    hours.now += 1000
    await a_recovery(database, hours, Book()).unsettled()
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]


async def test_money_without_a_row_ends_no_sweep(database: Database) -> None:
    ledger = Ledger(database, Hours())
    hours = Hours()
    async with database.write() as write:
        await ledger.reserve(write, "nobody", PRICE, member_id=1, guild_id=None)
    hours.now += 1000
    await a_recovery(database, hours, Book()).unsettled()
    assert await ledger.held() == ["nobody"]


async def test_lost_create_is_looked_for_less_often_and_not_for_ever(database: Database) -> None:
    hours = Hours()
    book = Book()
    job = a_job(JobState.UNKNOWN)
    async with studio.studio(hours) as (painter, toapis):
        jobs, ledger = await stored(database, job)
        recovery = a_recovery(database, hours, book, toapis=toapis)
        for wait, asked in ((1000, 1), (99, 1), (20, 2), (3600, 2)):
            hours.now += wait
            await recovery.unknown()
            assert len(painter.requests) == asked
        assert await state_of(jobs, job) is JobState.UNKNOWN
        assert await ledger.held() == [job.id]
    assert book.submitted == []


async def test_lost_create_that_turns_up_is_waited_for(database: Database) -> None:
    hours = Hours()
    book = Book()
    job = a_job(JobState.UNKNOWN)
    async with studio.studio(hours) as (painter, toapis):
        jobs, ledger = await stored(database, job)
        task = await bought(toapis, ledger, job)
        painter.fault("unavailable", times=1, on=("find",))
        recovery = a_recovery(database, hours, book, toapis=toapis)
        hours.now += 1000
        await recovery.unknown()
        assert await state_of(jobs, job) is JobState.UNKNOWN
        hours.now += 1000
        await recovery.unknown()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert (stored_job.state, stored_job.task_id, stored_job.submitted_at) == (
        JobState.SUBMITTED,
        task.task_id,
        hours.now,
    )
    assert book.submitted == [(job.id, "found")]


async def test_the_chores_of_other_rooms_are_done_after_the_duties_each_time(database: Database) -> None:
    hours = Hours()
    book = Book()
    done = []

    async def breaks() -> None:
        raise OSError("the database is away")

    async def chore() -> None:
        done.append(len(book.purged))
        if len(done) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await a_recovery(database, hours, book, chores=(breaks, chore)).forever()
    assert done == [1, 1]


async def test_a_duty_that_breaks_does_not_end_the_others_nor_the_sweep(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    recovery = a_recovery(database, hours, book, courier)
    swept: list[str] = []

    async def breaks() -> None:
        swept.append("breaks")
        raise OSError("the database is away")

    async def counts() -> None:
        swept.append("counts")
        if len(swept) == 6:
            raise asyncio.CancelledError

    recovery.accepted = breaks  # type: ignore[method-assign]  # as below
    recovery.unknown = counts  # type: ignore[method-assign]  # duties whose trouble is ours
    with pytest.raises(asyncio.CancelledError):
        await recovery.forever()
    assert swept == ["breaks", "counts"] * 3
    assert hours.slept == [SOON, EVERY]
