"""One purchase, whatever is lost, restored or not saved. Each picture is bought once, by ToAPIs' ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from playground.hooks import Drop
from playground.stage import Stage
from playground.world import conversation
from tests.scenarios.support.engine_rows import EngineRows, engine_rows, lose_the_engine, restore
from tests.scenarios.support.server import CREATE, LOOK, UPLOAD, Server, once

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def held(reached: asyncio.Event, dead: asyncio.Event) -> Callable[[], Awaitable[None]]:
    """Return a hook that holds a request until its sender is dead, and then drops the connection."""

    async def hold() -> None:
        reached.set()
        await dead.wait()
        raise Drop

    return hold


async def bought_and_killed(stage: Stage, server: Server) -> None:
    """Kill the bot in the middle of a create that ToAPIs has accepted."""
    reached = asyncio.Event()
    dead = asyncio.Event()
    once(stage.painter.hooks, "after", CREATE, held(reached, dead))
    await server.order()
    await asyncio.wait_for(reached.wait(), 30)
    await stage.kill()
    dead.set()


@pytest.mark.parametrize("source", ["there", "gone"])
async def test_purchased_picture_is_delivered_after_the_engine_lost_everything(
    stage: Stage, database_url: str, source: str
) -> None:
    server = Server(stage)
    await bought_and_killed(stage, server)
    lose_the_engine(database_url)
    if source == "gone":  # the order can't be run from its beginning any more
        conversation.delete(server.world, server.thread.seen[0], "Mod")
    await stage.start()
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1


@pytest.mark.parametrize("source", ["there", "gone"])
async def test_purchased_picture_is_delivered_after_the_engine_is_restored_from_backup(
    stage: Stage, database_url: str, source: str
) -> None:
    server = Server(stage)
    copies: list[EngineRows] = []

    def copy() -> None:
        copies.append(engine_rows(database_url))

    once(stage.painter.hooks, "before", UPLOAD, copy)
    await bought_and_killed(stage, server)
    restore(database_url, copies[0])
    if source == "gone":
        conversation.delete(server.world, server.thread.seen[0], "Mod")
    await stage.start("tests.support.failing_save", "no step")  # for its quick recovery
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1


@pytest.mark.parametrize("step", ["prepare", "submit", "wait", "deliver", "settle"])
async def test_workflow_whose_save_failed_continues_without_a_restart(idle_stage: Stage, step: str) -> None:
    await idle_stage.start("tests.support.failing_save", step)
    server = Server(idle_stage)
    await server.order()
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1


async def test_create_with_unsaved_step_is_looked_up_in_the_same_process(idle_stage: Stage) -> None:
    """Run the step again in the same process: remembering what was sent is no permission to send it again."""
    await idle_stage.start("tests.support.failing_save", "submit")
    server = Server(idle_stage)
    idle_stage.painter.fault("reset-after", times=1)
    await server.order()
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1
    assert any(call.route == LOOK for call in server.painter.requests)
