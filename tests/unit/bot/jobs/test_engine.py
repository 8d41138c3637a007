"""The Engine: what a step brought outlives the process, an error that we understand is an outcome, twice is once."""

from __future__ import annotations

import asyncio

from bot.database import Database
from bot.errors import PolicyRefused, RateLimited, RetouchError
from bot.jobs.engine import Engine
from bot.jobs.workflows import WorkflowPhase
from tests.support.engine_runs import life, reaches
from tests.support.workflow_record import WorkflowRecord


async def test_a_story_is_told_to_its_end_with_what_its_steps_brought(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()

    async def double(number: int) -> dict[str, int]:
        return {"twice": 2 * number}

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await record.end(job_id, (phase, await engine.run("double", double, 21)))

    async with life(engine, story):
        assert await engine.status("job") is None
        await engine.submit("job")
        await record.until("job")
        await reaches(engine, "job", "done")
        assert await engine.status("job", "found") is None
    assert record.ends == {"job": ("paint", {"twice": 42})}


async def test_step_that_is_run_once_is_not_repeated_by_the_next_process(database: Database) -> None:
    record = WorkflowRecord()
    dead = asyncio.Event()

    async def step(name: str) -> None:
        record.steps.append(name)

    async def last(life: int) -> None:
        if life == 1:
            dead.set()
            await asyncio.Event().wait()

    for number in (1, 2):
        engine = Engine(database)

        async def story(job_id: str, phase: WorkflowPhase, engine: Engine = engine, number: int = number) -> None:
            await engine.run("safe to repeat", step, "repeated")
            await engine.run_once("once", step, "once")
            await engine.run("last", last, number)
            await record.end(job_id, number)

        async with life(engine, story):
            if number == 1:
                await engine.submit("job")
                await asyncio.wait_for(dead.wait(), 60)
            else:
                await record.until("job")
    assert record.steps == ["repeated", "once", "repeated"]
    assert record.ends == {"job": 2}


async def test_an_error_that_we_understand_is_an_outcome_and_not_tried_again(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()

    async def refused() -> None:
        record.steps.append("refused")
        raise RateLimited("no", retry_after=3.5, request_id="id-7", limit=2)

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        try:
            await engine.run("refused", refused)
        except RetouchError as error:
            await record.end(job_id, error)

    async with life(engine, story):
        await engine.submit("job")
        await record.until("job")
        await reaches(engine, "job", "done")
    error = record.ends["job"]
    assert isinstance(error, RateLimited)
    assert (error.detail, error.facts, error.retry_after, error.request_id) == ("no", {"limit": 2}, 3.5, "id-7")
    assert record.steps == ["refused"]


async def test_an_outcome_that_is_an_error_outlives_the_process_too(database: Database) -> None:
    record = WorkflowRecord()
    dead = asyncio.Event()

    async def refused() -> None:
        record.steps.append("refused")
        raise PolicyRefused("no")

    async def sleep() -> None:
        dead.set()
        await asyncio.Event().wait()

    for number in (1, 2):
        engine = Engine(database)

        async def story(job_id: str, phase: WorkflowPhase, engine: Engine = engine, number: int = number) -> None:
            try:
                await engine.run("refused", refused)
            except PolicyRefused as error:
                if number == 1:
                    await engine.run("sleep", sleep)
                await record.end(job_id, error.detail)

        async with life(engine, story):
            if number == 1:
                await engine.submit("job")
                await asyncio.wait_for(dead.wait(), 60)
            else:
                await record.until("job")
    assert record.steps == ["refused"]
    assert record.ends == {"job": "no"}


async def test_trouble_that_nobody_foresaw_is_tried_again_and_then_raised(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()

    async def passing() -> str:
        record.steps.append("passing")
        if record.steps.count("passing") == 1:
            raise OSError("of the moment")
        return "well"

    async def lasting() -> None:
        record.steps.append("lasting")
        raise OSError("for ever")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        if job_id == "passes":
            await record.end(job_id, await engine.run("passing", passing))
            return
        try:
            await engine.run("lasting", lasting, attempts=2)
        except Exception as error:
            await record.end(job_id, error)
            raise

    async with life(engine, story):
        for job_id in ("passes", "lasts"):
            await engine.submit(job_id)
        await record.until("passes", "lasts")
        await reaches(engine, "passes", "done")
        await reaches(engine, "lasts", "broken")
    assert sorted(record.steps) == ["lasting", "lasting", "passing", "passing"]
    assert record.ends["passes"] == "well"
    assert "for ever" in str(record.ends["lasts"]) + str(vars(record.ends["lasts"]))


async def test_submitting_twice_tells_a_story_once_and_each_chapter_is_one(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        record.steps.append(phase)
        await record.end(f"{job_id} {phase}", None)

    async with life(engine, story):
        await asyncio.gather(*(engine.submit("job") for _ in range(3)))
        await record.until("job paint")
        await reaches(engine, "job", "done")
        await engine.submit("job")
        await engine.submit("job", "found")
        await record.until("job found")
        await reaches(engine, "job", "done", "found")
    assert record.steps == ["paint", "found"]


async def test_forgotten_workflow_takes_no_further_step(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    begun = asyncio.Event()
    go_on = asyncio.Event()

    async def first() -> None:
        begun.set()
        await go_on.wait()

    async def second() -> None:
        record.steps.append("second")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        try:
            await engine.run("first", first)
            await engine.run("second", second)
        finally:
            await record.end(job_id, None)

    async with life(engine, story):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        assert await engine.status("job") == "running"
        await engine.forget(["job"])
        assert await engine.status("job") is None
        go_on.set()
        await record.until("job")
    assert record.steps == []


async def test_only_at_once_jobs_run_and_the_rest_wait_in_order(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    go_on = asyncio.Event()
    running: list[str] = []

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        running.append(job_id)
        await go_on.wait()
        await record.end(job_id, None)

    async with life(engine, story, at_once=2):
        for number in range(4):
            await engine.submit(f"job {number}")
        await reaches(engine, "job 1", "running")
        assert await engine.status("job 2") == await engine.status("job 3") == "waiting"
        go_on.set()
        await record.until(*(f"job {number}" for number in range(4)))
    assert sorted(running[:2]) == ["job 0", "job 1"]
