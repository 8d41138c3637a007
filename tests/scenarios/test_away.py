"""Outages of Discord, the database and ToAPIs: the bot waits, says so, and delivers what was bought."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.discord.absence import Manner
from playground.stage import Stage
from tests.scenarios.conftest import settings
from tests.scenarios.support.away import (
    WAITING,
    check_delivered_once,
    discord_away,
    go_by,
    says,
    says_done_everywhere,
    until,
    until_delivered,
    with_clock,
)
from tests.scenarios.support.server import CREATE, DOWNLOAD, LOOK, MESSAGE, THREAD, UPLOAD, Server, once, says_done
from tests.support.databases import postgresql_database
from tests.support.relay import Relay

pytestmark = pytest.mark.timeout(400)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""


@on_sqlite
@pytest.mark.parametrize("manner", ["refused", "502"])
@pytest.mark.parametrize("route", [UPLOAD, CREATE, LOOK, DOWNLOAD])
async def test_forty_seconds_without_discord_cost_no_picture(clocked_stage: Stage, route: str, manner: Manner) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    reached = asyncio.Event()
    once(server.painter.hooks, "before", route, reached.set)
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 20)
    await discord_away(clocked_stage, 40, manner)
    await until_delivered(server)
    check_delivered_once(server)
    await says_done_everywhere(server, order)


@on_sqlite
@pytest.mark.parametrize("route", [THREAD, MESSAGE, UPLOAD, CREATE, LOOK, DOWNLOAD])
async def test_five_minutes_without_discord_cost_no_picture(clocked_stage: Stage, route: str) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    reached = asyncio.Event()
    callee = clocked_stage.discord if route in (THREAD, MESSAGE) else clocked_stage.painter
    once(callee.hooks, "before", route, reached.set)
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 20)
    await discord_away(clocked_stage, 300, "reset")
    await until_delivered(server)
    check_delivered_once(server)
    await says_done_everywhere(server, order)


@on_sqlite
async def test_unpurchased_order_is_given_up_after_ten_minutes_and_costs_nothing(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    clocked_stage.discord.fault(THREAD, status=503, times=10_000)
    order = await server.order()
    await until(clocked_stage, lambda: says(server, "Waiting for Discord"))  # only the thread can't be opened
    await until(clocked_stage, lambda: order.message is not None and "No picture this time" in order.message.text)
    assert order.message is not None
    assert "Discord" in order.message.text
    assert not says(server, WAITING)
    assert server.charges == server.creates == 0


@pytest.fixture
def relayed(postgresql: str, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the address of a database, and a folder whose path is short enough for a socket."""
    with postgresql_database(postgresql) as url, tempfile.TemporaryDirectory() as folder:
        yield url, Path(folder)


@pytest.mark.parametrize("route", [UPLOAD, CREATE, LOOK, DOWNLOAD])
async def test_a_minute_without_the_database_costs_no_picture(
    relayed: tuple[str, Path], tmp_path: Path, route: str
) -> None:
    url, folder = relayed
    async with (
        Relay.open(url, folder) as relay,
        Stage.open(settings(tmp_path, relay.url), seconds=(0.2, 0.4), rate_limits=False) as stage,
    ):
        await with_clock(stage, tmp_path).start()
        server = Server(stage)
        server.database_url = url
        cut = asyncio.Event()

        async def away() -> None:
            await relay.cut()
            cut.set()

        once(server.painter.hooks, "after", route, away)
        order = await server.order()
        await asyncio.wait_for(cut.wait(), 20)
        await go_by(stage, 60)
        if route in (CREATE, LOOK):  # elsewhere the engine waits to save a finished step, and the card is unchanged
            await until(stage, lambda: says(server, "Waiting for my own database"))
        await relay.mend()
        await until_delivered(server)
        check_delivered_once(server)
        words = "Waiting for my own database"
        await until(stage, lambda: says_done(order, server.thread.seen[-1]) and not says(server, words))


async def test_stop_without_the_database_ends_the_process(relayed: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = relayed
    async with (
        Relay.open(url, folder) as relay,
        Stage.open(settings(tmp_path, relay.url), seconds=(0.2, 0.4), rate_limits=False) as stage,
    ):
        await with_clock(stage, tmp_path).start()
        server = Server(stage)
        server.database_url = url
        cut = asyncio.Event()

        async def away() -> None:
            await relay.cut()
            cut.set()

        once(server.painter.hooks, "after", UPLOAD, away)  # the engine tries to save the step, again and again
        await server.order()
        await asyncio.wait_for(cut.wait(), 20)
        assert await stage.stop() == 0
        await relay.mend()
        await stage.start()
        await until_delivered(server)
        check_delivered_once(server)


@on_sqlite
async def test_unresponsive_toapis_is_named_on_the_card_until_it_answers(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    server.painter.fault("bad-gateway", on=("status",))
    order = await server.order()
    await until(clocked_stage, lambda: says(server, "Waiting for the painting service"))
    server.painter.calm()
    await until_delivered(server)
    check_delivered_once(server)
    await says_done_everywhere(server, order)
