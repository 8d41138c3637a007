"""Which workflow begins next: servers take turns, and few are prepared for the paid call at a time."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from dataclasses import replace

from bot.database import Database
from bot.jobs.courier import QueuePlace
from bot.jobs.engine import Engine
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from tests.support.engine_runs import life, reaches
from tests.support.studio import a_job, stored

FLOOD = 3


async def in_server(database: Database, guild_id: int) -> Job:
    """Return a stored job that was ordered in that server."""
    job = a_job()
    job = replace(job, destination=replace(job.destination, guild_id=guild_id))
    await stored(database, job)
    return job


async def test_flooding_server_lets_another_begin_in_between(database: Database) -> None:
    engine = Engine(database)
    begun: list[int | None] = []
    jobs = [await in_server(database, guild_id) for guild_id in (1,) * FLOOD + (2,)]
    servers = {job.id: job.destination.guild_id for job in jobs}
    go_on = asyncio.Event()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(servers[job_id])
        await go_on.wait()

    async with life(engine, workflow, at_once=1):
        for job in jobs:
            await engine.submit(job.id)
        go_on.set()
        for job in jobs:
            await reaches(engine, job.id, "done")
    assert begun == [1, 1, 2, 1]  # the first began when nobody else was there


async def test_next_begins_once_one_is_prepared_or_meets_trouble(database: Database) -> None:
    engine = Engine(database)
    begun: list[str] = []
    go_on = asyncio.Event()

    async def trouble() -> None:
        if not go_on.is_set():
            raise OSError("of the moment")

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(job_id)
        if job_id == "prepared":
            engine.prepared()
        elif job_id == "troubled":
            await engine.run("open", trouble)
        await go_on.wait()

    async with life(engine, workflow, prepare_at_once=1):
        for job_id in ("prepared", "troubled", "busy", "waits"):
            await engine.submit(job_id)
        await reaches(engine, "busy", "running")
        assert await engine.status("waits") == "waiting"
        assert begun == ["prepared", "troubled", "busy"]
        go_on.set()
        await reaches(engine, "waits", "done")


async def test_queue_keeps_its_turns_across_a_restart(database: Database) -> None:
    jobs = [await in_server(database, guild_id) for guild_id in (1, 1, 2)]
    servers = {job.id: job.destination.guild_id for job in jobs}
    begun: list[int | None] = []

    async def never(job_id: str, phase: WorkflowPhase) -> None:
        await asyncio.Event().wait()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(servers[job_id])

    first = Engine(database)
    async with life(first, never, at_once=1):
        for job in jobs:
            await first.submit(job.id)
    heir = Engine(database)
    async with life(heir, workflow, at_once=1):
        for job in jobs:
            await reaches(heir, job.id, "done")
    assert begun == [1, 2, 1]


async def test_cancelled_job_that_waits_costs_no_turn(database: Database) -> None:
    engine = Engine(database)
    begun: list[str] = []
    go_on = asyncio.Event()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(job_id)
        await go_on.wait()

    async with life(engine, workflow, at_once=1):
        for job_id in ("runs", "cancelled", "waits"):
            await engine.submit(job_id)
        await reaches(engine, "runs", "running")
        await engine.drop("cancelled")
        await engine.drop("runs")  # it has begun, and ends by itself
        assert await engine.status("cancelled") == "done"
        assert await engine.status("runs") == "running"
        assert [workflow.id for workflow in engine.line.in_order()] == ["waits"]
        go_on.set()
        await reaches(engine, "waits", "done")
    assert begun == ["runs", "waits"]


async def test_order_keeps_the_place_that_its_answer_told(database: Database) -> None:
    engine = Engine(database)
    begun: list[str] = []
    go_on = asyncio.Event()
    jobs = [await in_server(database, guild_id) for guild_id in (1, 2, 3)]

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(job_id)
        await go_on.wait()

    async with life(engine, workflow, at_once=1):
        with ExitStack() as answers:
            places = [answers.enter_context(engine.line.expecting(job)) for job in jobs]
            for job in (jobs[0], jobs[2], jobs[1]):  # the answer to the second took longest
                await engine.submit(job.id)
        assert places == [None, QueuePlace(1), QueuePlace(2)]
        assert [(waiting.id, waiting.waits) for waiting in engine.line.in_order()] == [
            (jobs[1].id, True),
            (jobs[2].id, True),
        ]
        go_on.set()
        await reaches(engine, jobs[2].id, "done")
    assert begun == [job.id for job in jobs]


async def test_pace_is_the_usual_one_only_while_the_purchase_holds_up(database: Database) -> None:
    engine = Engine(database)
    go_on = asyncio.Event()
    is_bought = asyncio.Event()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        await is_bought.wait()
        engine.prepared()
        await go_on.wait()

    async with life(engine, workflow, at_once=2, prepare_at_once=1, creates_a_second=5.0):
        for job_id in ("first", "second", "third"):
            await engine.submit(job_id)
        assert engine.line.a_second == 5.0
        is_bought.set()
        await reaches(engine, "second", "running")
        assert engine.line.a_second is None
        go_on.set()


async def test_restart_goes_on_first_with_what_had_begun(database: Database) -> None:
    jobs = [await in_server(database, guild_id) for guild_id in (1, 1, 1, 2, 2)]
    store = Jobs(database)
    first = Engine(database)
    begun: list[str] = []
    both = asyncio.Event()

    async def never(job_id: str, phase: WorkflowPhase) -> None:
        await asyncio.Event().wait()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.append(job_id)
        if len(begun) == 2:
            both.set()
        await asyncio.Event().wait()

    async with life(first, never, at_once=2):
        for job in jobs:
            await first.submit(job.id)
    for number in (0, 1):  # both of the first server's, before the second ordered
        await store.move(jobs[number].id, JobState.SUBMITTED, task_id=f"task {number}", submitted_at=time.time())
    heir = Engine(database)
    async with life(heir, workflow, at_once=2):
        await asyncio.wait_for(both.wait(), 60)
        waiting = [waiting.id for waiting in heir.line.in_order()]
    assert begun == [jobs[0].id, jobs[1].id]
    assert waiting == [jobs[3].id, jobs[2].id, jobs[4].id]  # the first server had the last turn


async def test_failed_answer_lets_the_next_begin(database: Database) -> None:
    engine = Engine(database)
    begun = asyncio.Event()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        begun.set()

    async with life(engine, workflow, at_once=1):
        with engine.line.expecting(await in_server(database, 1)):
            await engine.submit("waits")
            assert await engine.status("waits") == "waiting"
        await asyncio.wait_for(begun.wait(), 60)
