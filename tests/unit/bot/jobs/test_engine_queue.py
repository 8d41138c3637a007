"""Which workflow begins next: servers take turns, and few are prepared for the paid call at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.database import Database
from bot.jobs.engine import Engine
from bot.jobs.job import Job
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
