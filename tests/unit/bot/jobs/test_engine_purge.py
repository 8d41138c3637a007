"""What the Engine forgets: stories that ended long ago, and those of forgotten jobs."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import get_args

from bot.database import Database
from bot.errors import Undeliverable
from bot.jobs.engine import Engine, EngineState
from bot.jobs.workflows import WorkflowPhase
from tests.support.engine_runs import life, reaches
from tests.support.workflow_record import WorkflowRecord


async def test_finished_stories_are_purged_and_others_never(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    go_on = asyncio.Event()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        record.steps.append(job_id)
        if job_id == "breaks":
            raise OSError
        if job_id == "runs":
            await go_on.wait()

    async with life(engine, story, at_once=6):
        ended: dict[str, EngineState] = {
            "ends": "done",
            "breaks": "broken",
            "open": "done",
        }
        for job_id in (*ended, "runs"):
            await engine.submit(job_id)
        await engine.submit("ends", "found")
        await engine.submit("open", "found")
        for job_id, state in ended.items():
            await reaches(engine, job_id, state)
        await reaches(engine, "ends", "done", "found")
        await reaches(engine, "open", "done", "found")
        await reaches(engine, "runs", "running")
        assert await engine.purge(before=time.time() - 60, keep=set()) == 0
        assert await engine.purge(before=time.time() + 60, keep={"open"}) == 3
        assert [await engine.status(job_id) for job_id in ended] == [None, None, "done"]
        assert await engine.status("ends", "found") is None
        assert await engine.status("open", "found") == "done"
        assert await engine.status("runs") == "running"
        go_on.set()
        await reaches(engine, "runs", "done")


async def test_a_purge_goes_through_more_stories_than_it_takes_at_a_time(database: Database) -> None:
    engine = Engine(database)

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        return

    async with life(engine, story):
        jobs = [f"job{number}" for number in range(7)]
        for job_id in jobs:
            await engine.submit(job_id)
        for job_id in jobs:
            await reaches(engine, job_id, "done")
        assert await engine.purge(before=time.time() + 60, keep={"job0", "job3"}, at_a_time=2) == 5
        assert [job_id for job_id in jobs if await engine.status(job_id)] == ["job0", "job3"]


async def test_workflows_of_forgotten_jobs_go_with_all_that_their_steps_saved(
    database: Database, database_url: str
) -> None:
    engine = Engine(database)
    go_on, reached, over = (asyncio.Event() for _ in range(3))

    async def fails(job_id: str) -> None:
        raise Undeliverable(f"https://toapis.example/secret-{job_id}")

    async def lasts(job_id: str) -> None:
        reached.set()
        await go_on.wait()
        raise Undeliverable(f"https://toapis.example/secret-last-{job_id}")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        with suppress(Undeliverable):
            await engine.run("fails", fails, job_id)
        if job_id == "runs":
            try:
                await engine.run("lasts", lasts, job_id)
            finally:
                over.set()

    async with life(engine, story):
        for job_id in ("one", "two", "runs"):
            await engine.submit(job_id)
        await engine.submit("one", "found")
        for phase in get_args(WorkflowPhase):
            await reaches(engine, "one", "done", phase)
        await reaches(engine, "two", "done")
        await reached.wait()
        await engine.forget(["one", "runs", "nobody"], at_a_time=1)
        assert await engine.status("one") is None
        assert await engine.status("one", "found") is None
        assert (await engine.status("two"), await engine.status("runs")) == ("done", None)
        go_on.set()
        await over.wait()  # its step came to an end, and nothing was kept of it
        assert await engine.status("runs") is None
        await database.scrub()
        if database_url.startswith("sqlite:///"):
            left = await asyncio.to_thread(Path(database_url.removeprefix("sqlite:///")).read_bytes)
            assert b"secret-two" in left
            assert b"secret-one" not in left
            assert b"secret-runs" not in left
            assert b"secret-last-runs" not in left
