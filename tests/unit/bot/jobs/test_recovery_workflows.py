"""Workflows that broke or were lost: each is taken up once, and its member is told once."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from bot.database import Database
from bot.errors import Undeliverable
from bot.jobs.claim import Claims
from bot.jobs.courier import Courier
from bot.jobs.engine import Engine, EngineState
from bot.jobs.intake import Intake
from bot.jobs.job import Destination, Job, JobState, new_id
from bot.jobs.lookup import Lookup
from bot.jobs.recovery import DAY, IN_HAND, WORKFLOWS_LAST, Recovery
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from bot.ledger import Ledger
from bot.money import Micros
from bot.orders import Order
from bot.toapis.client import ToAPIs
from tests.support import studio
from tests.support.engine_runs import life, reaches
from tests.support.recovery_parts import NOW, Book, a_recovery
from tests.support.studio import PRICE, Hours, RecordingCourier, a_job, entries, one_account, state_of, stored


async def _swept(
    database: Database, book: Book, state: JobState, task_id: str | None = None
) -> tuple[Recovery, Jobs, Job]:
    jobs = Jobs(database, lambda: NOW)
    ledger = Ledger(database)
    job = Job(new_id(), Order("x", "m"), Destination(1, 2, 3), JobState.ACCEPTED, Micros(1), NOW - 100)
    async with database.write() as write:
        await jobs.add(write, job)
        await ledger.reserve(write, job.id, job.price, member_id=1, guild_id=None)
    if task_id is not None:
        await jobs.move(job.id, JobState.SUBMITTED, task_id=task_id)
    await jobs.move(job.id, state)
    unused: Any = None
    accounts = one_account(cast("ToAPIs", book), cast("Lookup", book))
    recovery = Recovery(
        jobs=jobs,
        ledger=ledger,
        engine=cast("Engine", book),
        intake=cast("Intake", unused),
        settlement=Settlement(accounts, ledger),
        accounts=accounts,
        courier=cast("Courier", book),
        look_on=3600.0,
        clock=lambda: NOW,
        elapsed=lambda: NOW,
    )
    return recovery, jobs, job


@pytest.mark.parametrize("state", ["broken", "done", None])
async def test_what_was_bought_is_waited_for_anew(database: Database, state: EngineState | None) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    if state:
        book.states[job.id, "paint"] = state
    await recovery.broken()
    assert book.submitted == [(job.id, "found")]
    assert not book.sorry


@pytest.mark.parametrize("phase", ["paint", "found"])
async def test_a_story_that_is_being_told_is_left_alone(database: Database, phase: str) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    book.states[job.id, "paint"] = "broken"
    book.states[job.id, phase] = "running"
    await recovery.broken()
    assert not book.submitted
    assert not book.sorry


async def test_a_second_chapter_that_broke_too_is_told_once(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.PAINTED, "task")
    book.states[job.id, "paint"] = book.states[job.id, "found"] = "broken"
    await recovery.broken()
    await recovery.broken()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.state is JobState.UNKNOWN
    assert book.sorry == [job.id]


async def test_a_lost_create_that_is_found_goes_on_once(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert (stored_job.state, stored_job.task_id) == (JobState.SUBMITTED, f"task of {job.id}")
    assert book.submitted == [(job.id, "found")]


async def test_job_with_a_running_workflow_is_not_looked_for_yet(database: Database) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.UNKNOWN)
    book.states[job.id, "paint"] = "running"
    await recovery.unknown()
    assert not book.submitted
    book.states[job.id, "paint"] = "done"
    await recovery.unknown()
    assert book.submitted == [(job.id, "found")]


async def test_task_found_once_and_lost_again_is_not_taken_up(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    book.states[job.id, "found"] = "done"
    await recovery.unknown()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.state is JobState.UNKNOWN


async def test_lost_create_that_bought_nothing_is_refunded_with_a_message(database: Database) -> None:
    book = Book(finds=False, denied=True)
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    await recovery.unknown()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.state is JobState.FAILED
    assert book.sorry == [job.id]
    assert not await Ledger(database).held()


async def test_a_lost_create_of_which_nothing_is_proved_keeps_its_money_held(database: Database) -> None:
    book = Book(finds=False)
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    assert stored_job.state is JobState.UNKNOWN
    assert not book.sorry


@pytest.mark.parametrize("state", ["broken", "done", "cancelled"])
async def test_workflow_broken_before_the_purchase_ends_unknown_with_a_message(
    database: Database, state: EngineState
) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    job = a_job()
    jobs, _ = await stored(database, job)
    book.states[job.id, "paint"] = state
    recovery = a_recovery(database, hours, book, courier)
    for _ in range(2):
        await recovery.broken()
    assert courier.sorry == courier.warned == [(job.id, "error-unknown")]
    assert book.submitted == []
    assert await state_of(jobs, job) is JobState.UNKNOWN
    assert await entries(database, job.id) == [("reserved", PRICE)]  # held: nobody knows


@pytest.mark.parametrize("phase", ["paint", "found"])
async def test_workflow_that_ends_during_recovery_is_not_taken_for_broken(database: Database, phase: str) -> None:
    hours = Hours()
    courier = RecordingCourier()
    job = a_job()
    jobs, _ = await stored(database, job)

    class Ending(Book):
        async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
            for state in (JobState.SUBMITTED, JobState.PAINTED, JobState.DELIVERED):
                await jobs.move(job_id, state)
            return await super().status(job_id, phase)

    book = Ending()
    book.states[job.id, "paint"] = book.states[job.id, phase] = "done"
    await a_recovery(database, hours, book, courier).broken()
    assert (courier.sorry, courier.warned, book.submitted) == ([], [], [])
    assert await state_of(jobs, job) is JobState.DELIVERED


async def test_member_of_a_broken_workflow_is_notified_despite_a_crash(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier(trouble=[OSError("we died here")])
    job = a_job()
    jobs, _ = await stored(database, job)
    book.states[job.id, "paint"] = "broken"
    recovery = a_recovery(database, hours, book, courier)
    await recovery.broken()
    await recovery.broken()
    assert courier.sorry == [(job.id, "error-unknown")]
    assert await state_of(jobs, job) is JobState.UNKNOWN


async def test_broken_workflow_reaches_operators_when_its_member_cannot_be_notified(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier(trouble=[Undeliverable("nowhere")])
    job = a_job()
    jobs, _ = await stored(database, job)
    book.states[job.id, "paint"] = "broken"
    await a_recovery(database, hours, book, courier).broken()
    assert courier.warned == [(job.id, "error-unknown")]
    assert await state_of(jobs, job) is JobState.UNKNOWN


async def test_old_workflows_are_deleted_daily_except_those_of_open_jobs(database: Database) -> None:
    hours = Hours()
    book = Book()
    jobs = {state: a_job(state) for state in JobState}
    for job in jobs.values():
        await stored(database, job)
    recovery = a_recovery(database, hours, book)
    for wait in (0.0, 60.0, DAY - 61, 1.0):
        hours.now += wait
        await recovery.old_workflows()
    ends = (JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED)
    open_ones = {job.id for state, job in jobs.items() if state not in ends}
    assert book.purged == [(studio.NOW + at - WORKFLOWS_LAST, open_ones) for at in (0, DAY)]


async def test_a_forgotten_story_of_a_job_that_ended_is_not_missed(database: Database) -> None:
    engine = Engine(database)
    courier = RecordingCourier()
    jobs_told = []

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        jobs_told.append(job_id)

    async with life(engine, story):
        delivered = a_job(JobState.DELIVERED)
        stuck = a_job()
        for job in (delivered, stuck):
            await stored(database, job)
            await engine.submit(job.id)
            await reaches(engine, job.id, "done")
        hours = Hours(time.time() + WORKFLOWS_LAST + 60)
        recovery = a_recovery(database, hours, cast("Book", engine), courier, cast("ToAPIs", Book()))
        await recovery.old_workflows()
        assert [await engine.status(job.id) for job in (delivered, stuck)] == [None, "done"]
        await recovery.accepted()
        await recovery.broken()
        assert jobs_told == [delivered.id, stuck.id]  # nobody's story is told a second time
        assert courier.sorry == [(stuck.id, "error-unknown")]


async def test_stories_are_remembered_no_longer_than_the_operator_keeps_anything(database: Database) -> None:
    hours = Hours()
    book = Book()
    recovery = a_recovery(database, hours, book, workflows_last=DAY)
    await recovery.old_workflows()
    assert book.purged == [(studio.NOW - DAY, set())]


@pytest.mark.parametrize("finds", [True, False])
async def test_what_may_be_bought_and_has_no_story_is_never_called_unbought(database: Database, finds: bool) -> None:
    book = Book(finds=finds)
    recovery, jobs, job = await _swept(database, book, JobState.ACCEPTED)
    recovery._clock = lambda: NOW + IN_HAND
    assert await Claims(database).claim(job.id, 1, "whoever is dead by now", fence=None) == "mine"
    await recovery.accepted()
    stored_job = await jobs.get(job.id)
    assert stored_job is not None
    if finds:
        assert (stored_job.state, stored_job.task_id) == (JobState.SUBMITTED, f"task of {job.id}")
        assert book.submitted == [(job.id, "found")]
    else:  # and no card was shown: it can't be told on
        assert stored_job.state is JobState.UNKNOWN
        assert book.sorry == [job.id]
    assert await Ledger(database).held() == [job.id]
