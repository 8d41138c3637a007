"""What the Engine saves, and what of it stands: saves that fail, that come twice, and that nobody goes on from."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.database import Database
from bot.errors import Undeliverable, freeze
from bot.jobs.engine import Engine
from bot.jobs.slot import FIRST
from bot.jobs.workflows import SavedStep, Workflow, WorkflowPhase, Workflows
from tests.support.engine_runs import life, reaches
from tests.support.workflow_record import WorkflowRecord


async def test_steps_of_an_earlier_version_do_not_stand_in_the_way(database: Database) -> None:
    workflows = Workflows(database, FIRST)
    kept = Workflow("job", "job", "paint")
    await workflows.add(kept)
    for name in ("fetch", "open", "late"):
        await workflows.save(kept, SavedStep(name, {"value": None}))
    engine = Engine(database)
    record = WorkflowRecord()

    async def step(name: str) -> None:
        record.steps.append(name)

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("prepare", step, "prepare")
        await engine.run_once("late", step, "late")

    async with life(engine, workflow):
        await reaches(engine, "job", "done")
    assert record.steps == ["prepare"]


async def test_errors_of_an_earlier_life_are_met_again_in_their_order(database: Database) -> None:
    workflows = Workflows(database, FIRST)
    kept = Workflow("job", "job", "paint")
    await workflows.add(kept)
    for detail in ("no picture", "no place"):
        await workflows.save(kept, SavedStep("step", {"error": freeze(Undeliverable(detail))}))
    engine = Engine(database)
    record = WorkflowRecord()

    async def step() -> None:
        record.steps.append("run")

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        details = []
        for _ in range(3):
            try:
                await engine.run("step", step)
            except Undeliverable as error:
                details.append(error.detail)
        await record.end(job_id, details)

    async with life(engine, workflow):
        await reaches(engine, "job", "done")
    assert (record.ends, record.steps) == ({"job": ["no picture", "no place"]}, ["run"])


async def test_save_that_fails_is_tried_again_and_the_step_is_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    save = Workflows.save
    failures = [OSError("of the moment")]

    async def fail_once(*arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return await save(*arguments)

    async def step(name: str) -> None:
        record.steps.append(name)

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run_once("step", step, "step")
        await record.end(job_id, None)

    monkeypatch.setattr(Workflows, "save", fail_once)
    async with life(engine, workflow):
        await engine.submit("job")
        await record.until("job")
    assert (record.steps, failures) == (["step"], [])


async def test_open_workflow_that_no_process_runs_is_taken_up(database: Database) -> None:
    engine = Engine(database)
    record = WorkflowRecord()
    go_on = asyncio.Event()
    others = Workflows(database, FIRST)

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        record.steps.append(job_id)
        await go_on.wait()
        await record.end(job_id, None)

    async with life(engine, workflow, at_once=2):
        for job_id in ("runs", "waits its turn", "waits"):
            await engine.submit(job_id)
        await others.add(Workflow("stray", "stray", "paint"))
        await engine.take_up_strays()
        assert record.steps == ["runs", "waits its turn"]  # it may only just have been added
        await others.add(Workflow("young", "young", "paint"))
        await engine.take_up_strays()
        go_on.set()
        await record.until("runs", "waits", "stray")
        await reaches(engine, "stray", "done")
        assert await engine.status("young") == "waiting"
    assert sorted(record.steps) == ["runs", "stray", "waits", "waits its turn"]


async def test_workflow_goes_on_after_the_clock_was_set_back(database: Database) -> None:
    tomorrow = Workflows(database, FIRST, lambda: time.time() + 3 * 24 * 3600)
    await tomorrow.add(Workflow("job", "job", "paint"))
    engine = Engine(database)

    async def workflow(job_id: str, phase: WorkflowPhase) -> None: ...

    async with life(engine, workflow):
        await reaches(engine, "job", "done")
