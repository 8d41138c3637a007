"""The Recovery: what a crash left lying is taken up once, and nobody waits in silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.database import Database
from bot.errors import RetouchError, Undeliverable
from bot.jobs.claim import Claims
from bot.jobs.courier import Courier
from bot.jobs.engine import Engine, EngineState
from bot.jobs.intake import Intake
from bot.jobs.job import Destination, Job, JobState, new_id
from bot.jobs.lookup import Lookup
from bot.jobs.recovery import ABANDONED_FOR, DAY, EVERY, IN_HAND, SOON, WORKFLOWS_LAST, Recovery
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from bot.ledger import Ledger
from bot.money import Micros
from bot.orders import Order
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Queued
from tests.support import studio
from tests.support.engine_runs import life, reaches
from tests.support.studio import PRICE, Hours, RecordingCourier, a_job, bought, entries, one_account, state_of, stored
from tests.unit.bot.jobs.test_intake import MANY

NOW = 1_700_000_000.0


class Book:
    """An engine that only knows what it was told, a ToAPIs that finds a task, a courier that keeps a list."""

    def __init__(self, *, finds: bool = True, denied: bool = False) -> None:
        self.finds = finds
        self.denied = denied
        self.told: dict[tuple[str, str], EngineState] = {}
        self.submitted: list[tuple[str, str]] = []
        self.sorry: list[str] = []
        self.stuck: list[str] = []
        self.resumed: list[str] = []
        self.purged: list[tuple[float, set[str]]] = []

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        return self.told.get((job_id, phase))

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint") -> None:
        self.submitted.append((job_id, phase))

    async def abandoned(self) -> list[str]:
        return self.stuck

    async def resume(self, story_id: str) -> None:
        self.resumed.append(story_id)

    async def purge(self, *, before: float, keep: Collection[str]) -> int:
        self.purged.append((before, set(keep)))
        return 0

    async def find(self, job_id: str) -> Queued | None:
        return Queued(f"task of {job_id}") if self.finds else None

    async def denies(self, job_id: str, *, accepted_at: float, lost_at: float) -> bool:
        assert accepted_at < lost_at == NOW
        return self.denied

    async def apologise(self, job: Job, error: RetouchError) -> None:
        self.sorry.append(job.id)

    async def warn_operator(self, job: Job, error: RetouchError) -> None:
        assert error.key

    async def find_card(self, _: Job) -> int | None:
        return None


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


@pytest.mark.parametrize("told", ["broken", "done", None])
async def test_what_was_bought_is_waited_for_anew(database: Database, told: EngineState | None) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    if told:
        book.told[job.id, "paint"] = told
    await recovery.broken()
    assert book.submitted == [(job.id, "found")]
    assert not book.sorry


@pytest.mark.parametrize("phase", ["paint", "found"])
async def test_a_story_that_is_being_told_is_left_alone(database: Database, phase: str) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    book.told[job.id, "paint"] = "broken"
    book.told[job.id, phase] = "running"
    await recovery.broken()
    assert not book.submitted
    assert not book.sorry


async def test_a_second_chapter_that_broke_too_is_told_once(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.PAINTED, "task")
    book.told[job.id, "paint"] = book.told[job.id, "found"] = "broken"
    await recovery.broken()
    await recovery.broken()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN
    assert book.sorry == [job.id]


async def test_a_lost_create_that_is_found_goes_on_once(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert (known.state, known.task_id) == (JobState.SUBMITTED, f"task of {job.id}")
    assert book.submitted == [(job.id, "found")]


async def test_job_with_a_running_workflow_is_not_looked_for_yet(database: Database) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.UNKNOWN)
    book.told[job.id, "paint"] = "running"
    await recovery.unknown()
    assert not book.submitted
    book.told[job.id, "paint"] = "done"
    await recovery.unknown()
    assert book.submitted == [(job.id, "found")]


async def test_task_found_once_and_lost_again_is_not_taken_up(database: Database) -> None:
    book = Book()
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    book.told[job.id, "found"] = "done"
    await recovery.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN


async def test_lost_create_that_bought_nothing_is_refunded_with_a_message(database: Database) -> None:
    book = Book(finds=False, denied=True)
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    await recovery.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.FAILED
    assert book.sorry == [job.id]
    assert not await Ledger(database).held()


async def test_a_lost_create_of_which_nothing_is_proved_keeps_its_money_held(database: Database) -> None:
    book = Book(finds=False)
    recovery, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await recovery.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN
    assert not book.sorry


def a_recovery(
    database: Database,
    hours: Hours,
    book: Book,
    courier: RecordingCourier | None = None,
    toapis: ToAPIs | None = None,
    **more: Any,
) -> Recovery:
    """Build a recovery over real rows and real money. ``hours.now`` is the moment of its start."""
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    engine = cast("Engine", book)
    accounts = one_account(cast("ToAPIs", toapis or book), cast("Lookup", book))
    return Recovery(
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        intake=Intake(database=database, jobs=jobs, ledger=ledger, engine=engine, limits=MANY, clock=hours),
        settlement=Settlement(accounts, ledger, hours),
        accounts=accounts,
        courier=cast("Courier", courier or book),
        look_on=3600.0,
        clock=hours,
        elapsed=hours,
        sleep=hours.sleep,
        **more,
    )


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
    known = await jobs.get(job.id)
    assert known is not None
    assert known.destination.card_id == 55
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
    book.told[job.id, "paint"] = "waiting"
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


@pytest.mark.parametrize("told", ["broken", "done", "cancelled"])
async def test_workflow_broken_before_the_purchase_ends_unknown_with_a_message(
    database: Database, told: EngineState
) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier()
    job = a_job()
    jobs, _ = await stored(database, job)
    book.told[job.id, "paint"] = told
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
    book.told[job.id, "paint"] = book.told[job.id, phase] = "done"
    await a_recovery(database, hours, book, courier).broken()
    assert (courier.sorry, courier.warned, book.submitted) == ([], [], [])
    assert await state_of(jobs, job) is JobState.DELIVERED


async def test_member_of_a_broken_workflow_is_notified_despite_a_crash(database: Database) -> None:
    hours = Hours()
    book = Book()
    courier = RecordingCourier(trouble=[OSError("we died here")])
    job = a_job()
    jobs, _ = await stored(database, job)
    book.told[job.id, "paint"] = "broken"
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
    book.told[job.id, "paint"] = "broken"
    await a_recovery(database, hours, book, courier).broken()
    assert courier.warned == [(job.id, "error-unknown")]
    assert await state_of(jobs, job) is JobState.UNKNOWN


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
    known = await jobs.get(job.id)
    assert known is not None
    assert (known.state, known.task_id, known.submitted_at) == (JobState.SUBMITTED, task.task_id, hours.now)
    assert book.submitted == [(job.id, "found")]


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


async def test_a_forgotten_story_of_a_job_that_ended_is_not_missed(database: Database, engine_url: str) -> None:
    engine = Engine()
    courier = RecordingCourier()
    jobs_told = []

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        jobs_told.append(job_id)

    async with life(engine, engine_url, story):
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


async def test_a_story_that_nobody_tells_is_resumed_at_the_second_look(database: Database) -> None:
    book = Book()
    recovery, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    now = [NOW]
    recovery._elapsed = lambda: now[0]
    book.stuck = [job.id]
    for seconds, resumed in ((0, []), (ABANDONED_FOR - 1, []), (1, [job.id]), (1, [job.id])):
        now[0] += seconds
        await recovery.abandoned()
        assert book.resumed == resumed
    book.stuck = []
    await recovery.abandoned()
    book.stuck = [job.id]  # abandoned anew: it had run meanwhile
    await recovery.abandoned()
    assert book.resumed == [job.id]


@pytest.mark.parametrize("finds", [True, False])
async def test_what_may_be_bought_and_has_no_story_is_never_called_unbought(database: Database, finds: bool) -> None:
    book = Book(finds=finds)
    recovery, jobs, job = await _swept(database, book, JobState.ACCEPTED)
    recovery._clock = lambda: NOW + IN_HAND
    assert await Claims(database).claim(job.id, 1, "whoever is dead by now", fence=None) == "mine"
    await recovery.accepted()
    known = await jobs.get(job.id)
    assert known is not None
    if finds:
        assert (known.state, known.task_id) == (JobState.SUBMITTED, f"task of {job.id}")
        assert book.submitted == [(job.id, "found")]
    else:  # and no card was shown: it can't be told on
        assert known.state is JobState.UNKNOWN
        assert book.sorry == [job.id]
    assert await Ledger(database).held() == [job.id]
