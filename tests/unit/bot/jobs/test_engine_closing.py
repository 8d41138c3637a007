"""An Engine whose process stops: what is let finish, what is left to the next process."""

from __future__ import annotations

import asyncio
import time

from bot.database import Database
from bot.jobs.engine import Engine
from bot.jobs.workflows import WorkflowPhase
from tests.support.engine_runs import life, reaches
from tests.support.workflow_record import WorkflowRecord


async def test_a_closing_process_lets_a_step_finish_and_begins_no_other(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    begun = asyncio.Event()
    closing = asyncio.Event()

    async def paid() -> str:
        begun.set()
        await closing.wait()
        record.steps.append("paid")
        return "kept"

    async def after() -> None:
        record.steps.append("after")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("paid", paid)
        await engine.run("after", after)

    async with life(engine, story, drain=60.0):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        # The step goes on only once the engine is closing, which the end of this block begins.
        asyncio.get_running_loop().call_later(0.05, closing.set)
        before = time.monotonic()
    assert record.steps == ["paid"]
    assert time.monotonic() - before < 30  # nor does it wait for the step that it did not begin

    heir = Engine(database)

    async def again(job_id: str, phase: WorkflowPhase) -> None:
        await heir.run("after", after)
        await record.end(job_id, None)

    async with life(heir, again):
        await record.until("job")
    assert record.steps == ["paid", "after"]


async def test_a_closing_process_does_not_wait_for_a_step_that_only_looks(database: Database) -> None:
    engine = Engine(database)
    begun = asyncio.Event()

    async def watch() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("watch", watch, drained=False)

    async with life(engine, story, drain=60.0):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        before = time.monotonic()
    assert time.monotonic() - before < 30


async def test_job_submitted_to_a_closing_engine_is_left_to_the_next_process(database: Database) -> None:
    engine = Engine(database)

    async def story(job_id: str, phase: WorkflowPhase) -> None: ...

    async with life(engine, story):
        pass
    await engine.submit("job")  # an answer that came while we stopped: nobody must be told that it went wrong
    heir = Engine(database)
    async with life(heir, story):
        await reaches(heir, "job", "done")
