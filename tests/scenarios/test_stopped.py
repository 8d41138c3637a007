"""The bot is stopped for a day, or its clock is set while it is stopped, at each state of a job."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.stage import Stage
from playground.world.interactions import Interaction
from tests.scenarios.support.away import says, until, until_delivered, with_clock
from tests.scenarios.support.kills import Point, trapped
from tests.scenarios.support.server import CREATE, DOWNLOAD, LOOK, MESSAGE, THREAD, Server, says_done

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),  # the database plays no part
]

HOUR = 3600.0
DAY = 24 * HOUR
GONE = "keeps a picture for a day at most"

UNBOUGHT = {
    "accepted": Point("discord", "before", THREAD),
    "opened": Point("discord", "before", MESSAGE),
    "about to be bought": Point("painter", "before", CREATE),
}
BOUGHT = {
    "bought": Point("painter", "after", CREATE),
    "asked for": Point("painter", "after", LOOK),
}
PAINTED = {
    "painted": Point("painter", "before", DOWNLOAD),
    "fetched": Point("painter", "after", DOWNLOAD),
    "being brought": Point("discord", "before", MESSAGE, file="retouch-"),
}
STATES = UNBOUGHT | BOUGHT | PAINTED


@pytest.fixture
async def server(idle_stage: Stage, tmp_path: Path) -> Server:
    """Start a bot that goes by a clock that the scenario moves, and return a server on it."""
    idle_stage.settings["OPERATOR_IDS"] = str(idle_stage.world.application.owner.id)
    await with_clock(idle_stage, tmp_path).start()
    return Server(idle_stage)


async def proved(stage: Stage) -> None:
    """Let somebody else have a picture first, by which the bot learns that a task is found by its business id.

    Otherwise it could not tell whether a create that it was about to send had been sent.
    """
    other = Server(stage)
    await other.order()
    await other.settled(60)


async def stopped(server: Server, point: Point, *, seconds: float = 0.0, step: float = 0.0) -> Interaction:
    """Let Ana order; kill the bot at the point, keep it away for so long, and step its clock by ``step`` seconds."""
    stage = server.stage
    if point == UNBOUGHT["about to be bought"]:
        await proved(stage)
    with trapped(stage, point, 0.0) as trap:
        order = await server.order()
        await trap.until_dead()
    stage.advance(seconds)
    assert stage.bot_clock is not None  # given by the fixture
    stage.bot_clock.step(step)
    await stage.start()
    return order


def check_delivered_once(server: Server, order: Interaction) -> None:
    """Check that the picture came once and was bought once, and its member was pinged once."""
    assert len(server.pictures) == server.charges == 1, str(server.world.transcript)
    assert server.pings.count("Ana") == 1
    assert says_done(order, server.thread.seen[-1])


async def check_reported_gone(server: Server, order: Interaction) -> None:
    """Check that member and operator are told, nobody has a dead link, and the job is settled at its cost."""
    operator = server.world.dm(server.world.application.owner)
    await until(server.stage, lambda: any("could not fetch it" in message.content for message in operator.seen))
    assert order.message is not None
    assert GONE in order.message.text
    assert "not charged" not in str(server.world.transcript)
    assert "/files/generated/" not in str(server.world.transcript)
    assert server.charges == 1
    assert not server.pictures


@pytest.mark.parametrize("state", ["accepted", "opened"])
async def test_source_expired_after_a_day_of_downtime_is_reported_and_unbought(server: Server, state: str) -> None:
    order = await stopped(server, UNBOUGHT[state], seconds=25 * HOUR)  # before the picture was in the thread
    await until(server.stage, lambda: says(server, "I can't read your picture any more"))
    assert order.message is not None
    assert "you were not charged" in order.message.text
    assert server.charges == server.creates == 0


async def test_a_day_of_downtime_before_the_purchase_costs_no_picture(server: Server) -> None:
    order = await stopped(server, UNBOUGHT["about to be bought"], seconds=25 * HOUR)
    await until_delivered(server)
    check_delivered_once(server, order)


@pytest.mark.parametrize("state", PAINTED)
async def test_a_picture_that_is_still_handed_out_after_the_downtime_arrives(server: Server, state: str) -> None:
    order = await stopped(server, PAINTED[state], seconds=23 * HOUR)
    await until_delivered(server)
    check_delivered_once(server, order)


@pytest.mark.parametrize("state", PAINTED)
async def test_result_that_expired_during_a_day_of_downtime_is_reported_gone(server: Server, state: str) -> None:
    order = await stopped(server, PAINTED[state], seconds=25 * HOUR)
    await check_reported_gone(server, order)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("accepted", 3 * DAY),
        ("opened", -3 * DAY),
        ("about to be bought", 3 * DAY),
        ("bought", -3 * DAY),
        ("asked for", 3 * DAY),
        ("asked for", -3 * DAY),
        ("painted", 3 * DAY),
        ("being brought", -3 * DAY),
    ],
)
async def test_clock_set_while_the_bot_is_stopped_loses_no_picture(server: Server, state: str, step: float) -> None:
    order = await stopped(server, STATES[state], seconds=5.0, step=step)  # painted meanwhile, if it was bought
    await until_delivered(server)
    check_delivered_once(server, order)


async def test_bot_with_a_slow_clock_reports_an_expired_result_as_gone(server: Server) -> None:
    order = await stopped(server, PAINTED["painted"], seconds=25 * HOUR, step=-3 * DAY)
    await check_reported_gone(server, order)
