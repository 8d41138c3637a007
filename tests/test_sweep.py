"""The Sweep: what a crash left lying is taken up once, and nobody waits in silence."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.database import Database
from bot.errors import RetouchError
from bot.jobs.courier import Courier
from bot.jobs.engine import Chapter, Engine, EngineState
from bot.jobs.intake import Intake
from bot.jobs.job import Destination, Job, JobState, new_id
from bot.jobs.lookup import Lookup
from bot.jobs.settle import Settlement
from bot.jobs.store import Jobs
from bot.jobs.sweep import Sweep
from bot.ledger import Ledger
from bot.money import Micros
from bot.toapis.client import ToAPIs
from bot.toapis.models import Order, Queued

NOW = 1_700_000_000.0


class Book:
    """An engine that only knows what it was told, a ToAPIs that finds a task, a courier that keeps a list."""

    def __init__(self, *, finds: bool = True, denied: bool = False) -> None:
        self.finds = finds
        self.denied = denied
        self.told: dict[tuple[str, str], EngineState] = {}
        self.submitted: list[tuple[str, str]] = []
        self.sorry: list[str] = []

    async def status(self, job_id: str, chapter: Chapter = "paint") -> EngineState | None:
        return self.told.get((job_id, chapter))

    async def submit(self, job_id: str, chapter: Chapter = "paint") -> None:
        self.submitted.append((job_id, chapter))

    async def find(self, job_id: str) -> Queued | None:
        return Queued(f"task of {job_id}") if self.finds else None

    async def denies(self, job_id: str, *, since: float) -> bool:
        return self.denied

    async def apologise(self, job: Job, error: RetouchError) -> None:
        self.sorry.append(job.id)

    async def warn_operator(self, job: Job, error: RetouchError) -> None:
        assert error.key


async def _swept(
    database: Database, book: Book, state: JobState, task_id: str | None = None
) -> tuple[Sweep, Jobs, Job]:
    jobs, ledger = Jobs(database, lambda: NOW), Ledger(database)
    job = Job(new_id(), Order("x", "m"), Destination(1, 2, 3), JobState.ACCEPTED, Micros(1), NOW - 100)
    async with database.write() as write:
        await jobs.add(write, job)
        await ledger.reserve(write, job.id, job.price, member_id=1, guild_id=None)
    if task_id is not None:
        await jobs.move(job.id, JobState.SUBMITTED, task_id=task_id)
    await jobs.move(job.id, state)
    unused: Any = None
    sweep = Sweep(
        jobs=jobs,
        ledger=ledger,
        engine=cast("Engine", book),
        intake=cast("Intake", unused),
        settlement=Settlement(cast("ToAPIs", book), ledger),
        toapis=cast("ToAPIs", book),
        lookup=cast("Lookup", book),
        courier=cast("Courier", book),
        look_on=3600.0,
        clock=lambda: NOW,
    )
    return sweep, jobs, job


@pytest.mark.parametrize("told", ["broken", "done", None])
async def test_what_was_bought_is_waited_for_anew(database: Database, told: EngineState | None) -> None:
    book = Book()
    sweep, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    if told:
        book.told[job.id, "paint"] = told
    await sweep.broken()
    assert book.submitted == [(job.id, "found")]
    assert not book.sorry


@pytest.mark.parametrize("chapter", ["paint", "found"])
async def test_a_story_that_is_being_told_is_left_alone(database: Database, chapter: str) -> None:
    book = Book()
    sweep, _, job = await _swept(database, book, JobState.SUBMITTED, "task")
    book.told[job.id, "paint"] = "broken"
    book.told[job.id, chapter] = "running"
    await sweep.broken()
    assert not book.submitted
    assert not book.sorry


async def test_a_second_chapter_that_broke_too_is_told_once(database: Database) -> None:
    book = Book()
    sweep, jobs, job = await _swept(database, book, JobState.PAINTED, "task")
    book.told[job.id, "paint"] = book.told[job.id, "found"] = "broken"
    await sweep.broken()
    await sweep.broken()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN
    assert book.sorry == [job.id]


async def test_a_lost_create_that_is_found_goes_on_once(database: Database) -> None:
    book = Book()
    sweep, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await sweep.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert (known.state, known.task_id) == (JobState.SUBMITTED, f"task of {job.id}")
    assert book.submitted == [(job.id, "found")]


async def test_what_was_found_once_and_lost_again_is_not_taken_up_in_silence(database: Database) -> None:
    book = Book()
    sweep, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    book.told[job.id, "found"] = "done"
    await sweep.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN


async def test_a_lost_create_that_bought_nothing_gives_the_money_back_and_says_so(database: Database) -> None:
    book = Book(finds=False, denied=True)
    sweep, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await sweep.unknown()
    await sweep.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.FAILED
    assert book.sorry == [job.id]
    assert not await Ledger(database).held()


async def test_a_lost_create_of_which_nothing_is_proved_keeps_its_money_held(database: Database) -> None:
    book = Book(finds=False)
    sweep, jobs, job = await _swept(database, book, JobState.UNKNOWN)
    await sweep.unknown()
    known = await jobs.get(job.id)
    assert known is not None
    assert known.state is JobState.UNKNOWN
    assert not book.sorry
