"""Stops, kills, delays and lost creates at bad moments: each picture is delivered once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.database import Database
from bot.ledger import Ledger
from playground.hooks import Drop, Phase
from playground.stage import Stage
from playground.world.members import Member
from playground.world.permissions import Permission
from tests.scenarios.support.server import (
    CREATE,
    DIRECT,
    DOWNLOAD,
    LOOK,
    MESSAGE,
    THREAD,
    UPLOAD,
    Server,
    finish,
    once,
    says_done,
)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""

UNKNOWN = "I can't tell yet whether it is being painted"
LATE = "This one takes longer than usual"


async def test_a_stop_while_painting_is_quick_and_the_next_life_delivers(idle_stage: Stage) -> None:
    stage = idle_stage
    await stage.start("tests.support.slow_stop")
    server = Server(stage)
    polled = asyncio.Event()
    stage.painter.fault("slow")  # for longer than the stage waits for a stop
    once(stage.painter.hooks, "after", LOOK, polled.set)
    order = await server.order()
    await asyncio.wait_for(polled.wait(), 60)
    assert await stage.stop() == 0
    assert not server.pictures
    finish(stage.painter)
    await stage.start()
    result = await server.delivered_to(lambda: server.thread)
    assert server.creates == 1
    assert says_done(order, result)


@pytest.mark.parametrize("route", [CREATE, MESSAGE])
async def test_a_stop_lets_the_running_step_finish_and_refuses_orders_kindly(idle_stage: Stage, route: str) -> None:
    stage = idle_stage
    await stage.start("tests.support.slow_stop")  # it stops because the step ends, or not in time
    server = Server(stage)
    reached = asyncio.Event()
    go = asyncio.Event()

    async def hold() -> None:
        reached.set()
        await go.wait()

    hooks = stage.painter.hooks if route == CREATE else stage.discord.hooks
    once(hooks, "after", route, hold, number=1 if route == CREATE else 2)  # the first message is the source
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 60)
    stop = asyncio.create_task(stage.stop())
    while not (last := await server.order(by=server.ben)).ephemeral:
        pass  # accepted at the last moment: then it must not be lost either
    assert last.message is not None
    assert "about to restart" in last.message.text
    go.set()
    assert await stop == 0
    await stage.start()
    await server.settled()
    assert server.creates == server.charges == len(server.pictures) == len(server.jobs)
    assert server.pings.count("Ana") == 1
    assert order.message is not None
    assert "Done" in order.message.text


@on_postgresql
async def test_a_late_picture_is_announced_once_and_comes_all_the_same(idle_stage: Stage) -> None:
    idle_stage.settings["DEADLINE_MINUTES"] = str(0.5 / 60)
    await idle_stage.start()
    server = Server(idle_stage)
    idle_stage.painter.fault("slow")
    order = await server.order()
    await server.world.until(lambda: server.count_messages(LATE), timeout=20)
    assert server.pings == ["Ana"]  # it pings the member
    finish(idle_stage.painter)
    await server.settled()
    assert server.count_messages(LATE) == 1
    assert len(server.pictures) == server.charges == 1
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_undeliverable_delay_notice_costs_no_picture(idle_stage: Stage) -> None:
    idle_stage.settings["DEADLINE_MINUTES"] = str(0.5 / 60)
    await idle_stage.start()
    server = Server(idle_stage)
    world = idle_stage.world
    idle_stage.painter.fault("slow")

    def shut() -> None:
        server.ana.user.dms_open = False
        world.overwrite(server.channel, world.bot, deny=int(Permission.VIEW_CHANNEL))

    once(idle_stage.painter.hooks, "before", LOOK, shut)

    def reopen() -> None:
        world.overwrite(server.channel, world.bot)
        finish(idle_stage.painter)

    # The direct message is tried last: after it the channel may be visible again.
    once(idle_stage.discord.hooks, "after", DIRECT, reopen)
    await server.order()
    await server.delivered_to(lambda: server.thread)
    assert not server.count_messages(LATE)


@on_sqlite
async def test_task_that_never_ends_is_given_up_and_its_reservation_kept(idle_stage: Stage, database_url: str) -> None:
    world = idle_stage.world
    idle_stage.settings |= {
        "DEADLINE_MINUTES": str(0.3 / 60),
        "GIVE_UP_HOURS": str(1.5 / 3600),
        "OPERATOR_IDS": str(world.application.owner.id),
    }
    await idle_stage.start()
    server = Server(idle_stage)
    idle_stage.painter.fault("never")
    order = await server.order()
    operator = world.dm(world.application.owner)
    await world.until(lambda: operator.seen and server.count_messages("never finished this picture"), timeout=20)
    assert server.count_messages(LATE) == 1
    assert order.message is not None
    assert "never finished this picture" in order.message.text
    async with Database.open(database_url) as database:
        assert set(await Ledger(database).held()) == server.jobs
    assert len(operator.seen) == server.charges == server.creates == 1


async def test_lost_create_is_reported_once_and_delivered_when_its_task_appears(
    idle_stage: Stage,
) -> None:
    world = idle_stage.world
    painter = idle_stage.painter
    idle_stage.settings |= {"LOOK_UP_SECONDS": "1", "OPERATOR_IDS": str(world.application.owner.id)}
    await idle_stage.start()
    server = Server(idle_stage)
    operator = world.dm(world.application.owner)
    painter.fault("reset-after", times=1)
    painter.fault("lookup-absent")
    order = await server.order()
    await world.until(lambda: operator.seen and server.count_messages(UNKNOWN), timeout=20)
    assert order.message is not None
    assert UNKNOWN in order.message.text
    painter.calm()
    await idle_stage.stop()
    await idle_stage.start()  # the recovery looks at the start, and then once a minute
    await server.settled()
    assert server.creates == server.charges == len(server.pictures) == 1
    assert server.count_messages(UNKNOWN) == 2  # the member and the operator, each once
    assert len(operator.seen) == 1
    assert says_done(order, server.thread.seen[-1])


async def test_lost_create_whose_task_appears_late_is_not_bought_again(stage: Stage) -> None:
    server = Server(stage)
    stage.painter.fault("late-task", times=1, seconds=1.5)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert server.creates == 1
    assert says_done(order, result)


POINTS: dict[str, tuple[str, Phase, str]] = {
    "opening the thread": ("discord", "before", THREAD),
    "uploading": ("painter", "before", UPLOAD),
    "buying": ("painter", "after", CREATE),
    "waiting": ("painter", "before", LOOK),
    "downloading": ("painter", "before", DOWNLOAD),
}


async def test_kill_with_jobs_in_five_phases_loses_none_and_repeats_none(stage: Stage) -> None:
    server = Server(stage)
    dead = asyncio.Event()
    cleo = Member(stage.world, stage.world.add_user("Cleo"))
    stage.world.join(cleo.user, server.guild)
    for member, point in zip((server.ana, server.ana, server.ben, server.ben, cleo), POINTS, strict=True):
        side, phase, route = POINTS[point]
        reached = asyncio.Event()
        hooks = stage.discord.hooks if side == "discord" else stage.painter.hooks
        once(hooks, phase, route, _held(reached, dead))
        place = stage.world.add_channel(server.guild, "own")  # discord.py sends to a channel one request at a time
        await server.order(place, by=member, prompt=point)
        await asyncio.wait_for(reached.wait(), 60)
    await stage.kill()
    dead.set()
    await stage.start()
    await server.settled()
    assert server.creates == server.charges == len(server.pictures) == len(set(server.pictures)) == 5
    assert sorted(server.pings) == ["Ana", "Ana", "Ben", "Ben", "Cleo"]


def _held(reached: asyncio.Event, dead: asyncio.Event) -> Callable[[], Awaitable[None]]:
    """Return a hook that holds a request until its sender is dead, and then drops the connection."""

    async def hold() -> None:
        reached.set()
        await dead.wait()
        raise Drop

    return hold
