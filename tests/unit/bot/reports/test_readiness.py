"""The Readiness: each phase and each missing part has its state and its reason, and a silent database hangs nobody."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from bot.database import Database
from bot.jobs.engine import Engine
from bot.jobs.maintenance import Maintenance
from bot.jobs.slot import Slot
from bot.reports.readiness import FRESH, Parts, Phase, Readiness
from tests.support.studio import Hours

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Life:
    """A process that works: its readiness, and what may be changed of it."""

    readiness: Readiness
    hours: Hours
    shards: dict[int, float | None] = field(default_factory=lambda: {0: 0.1, 1: 0.2})


async def working(database: Database, stack: AsyncExitStack) -> Life:
    """Return a process at work, in which nothing is missing."""
    hours = Hours(0.0)
    life = Life(Readiness(database, Slot(), elapsed=hours), hours)
    engine = Engine(database)

    async def no_workflow(*_: object) -> None:
        """Do nothing."""

    await stack.enter_async_context(engine.running(no_workflow, at_once=1, drain=0.0))
    nothing: Any = SimpleNamespace()
    life.readiness.parts = Parts(
        engine=engine,
        toapis=nothing,
        maintenance=Maintenance(database),
        overviews=nothing,
        balance_monitor=nothing,
        shards=lambda: life.shards,
    )
    life.readiness.phase = "working"
    return life


async def test_process_that_misses_nothing_is_ready_also_in_maintenance(database: Database) -> None:
    async with AsyncExitStack() as stack:
        life = await working(database, stack)
        condition = await life.readiness.look()
        assert (condition.state, condition.reasons, condition.is_ready) == ("ready", (), True)
        async with database.write() as write:
            await Maintenance(database).begin(write, "")
        life.hours.now += FRESH
        condition = await life.readiness.look()
        assert (condition.state, condition.is_ready) == ("maintenance", True)


async def test_each_missing_part_is_a_reason(database: Database) -> None:
    async with AsyncExitStack() as stack:
        life = await working(database, stack)
        life.shards[1] = None
        life.readiness.slot.doubt()
        condition = await life.readiness.look()
        assert (condition.state, condition.is_ready) == ("broken", False)
        assert condition.reasons == (
            "Discord is not connected on 1 of 2 shards",
            "the lock on the database is not held, so nothing is bought or delivered",
        )
        life.shards[0] = None
        life.hours.now += FRESH
        assert "Discord is not connected" in (await life.readiness.look()).reasons
    life.hours.now += FRESH
    assert "the engine does not run" in (await life.readiness.look()).reasons


@pytest.mark.parametrize(
    ("phase", "state"), [("starting", "starting"), ("waiting", "standby"), ("stopping", "stopping")]
)
async def test_process_that_does_not_work_is_not_ready(database: Database, phase: Phase, state: str) -> None:
    readiness = Readiness(database, Slot())
    readiness.phase = phase
    condition = await readiness.look()
    assert (condition.state, condition.is_ready, condition.round_trip is not None) == (state, False, True)


async def test_answer_is_given_again_for_a_second_and_not_in_another_phase(database: Database) -> None:
    async with AsyncExitStack() as stack:
        life = await working(database, stack)
        await life.readiness.look()
        life.shards.clear()
        assert (await life.readiness.look()).is_ready
        life.readiness.phase = "stopping"
        assert (await life.readiness.look()).state == "stopping"
        life.readiness.phase = "working"
        assert (await life.readiness.look()).reasons == ("Discord is not connected",)


async def test_silent_database_is_a_reason_after_the_patience(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> float:
        await asyncio.Event().wait()
        return 0.0

    monkeypatch.setattr(database, "round_trip", silent)
    readiness = Readiness(database, Slot(), patience=0.01)
    readiness.phase = "waiting"
    condition = await readiness.look()
    assert (condition.state, condition.round_trip) == ("starting", None)
    assert condition.reasons == ("the database does not answer",)
