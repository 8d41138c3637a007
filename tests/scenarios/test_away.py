"""Outages and wrong clocks: what was bought is delivered, and nobody is told anything untrue."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.discord.absence import Manner
from playground.stage import Stage
from playground.world.interactions import Interaction
from tests.scenarios.conftest import QUICK, settings
from tests.scenarios.support.away import comes, discord_away, go_by, says, until, with_clock
from tests.scenarios.support.server import (
    CREATE,
    DOWNLOAD,
    LOOK,
    MESSAGE,
    THREAD,
    UPLOAD,
    Server,
    once,
    says_done,
)
from tests.support.databases import postgresql_database
from tests.support.relay import Relay

pytestmark = pytest.mark.timeout(400)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""

DAY = 24 * 3600.0
MODELS = "GET /v1/models"


@pytest.fixture
def away_stage(dark_stage: Stage, tmp_path: Path) -> Stage:
    """Return a stage that is not started; its bot goes by a clock that the scenario moves."""
    dark_stage.settings["OPERATOR_IDS"] = str(dark_stage.world.application.owner.id)
    return with_clock(dark_stage, tmp_path)


WAITING = "Waiting for"


async def says_done_everywhere(server: Server, order: Interaction) -> None:
    """Wait until the card links to the picture, and no message waits for anything any more."""
    await until(server.stage, lambda: says_done(order, server.thread.seen[-1]) and not says(server, WAITING))


def arrived(server: Server, pictures: int = 1) -> None:
    """Check that each picture came once and was bought once, and its member was pinged once."""
    assert len(server.pictures) == server.charges == server.creates == pictures, server.world.transcript
    assert server.pings.count("Ana") == pictures


# Running jobs use the whole catalogue, not only the offer


@on_sqlite
async def test_model_removed_from_offer_after_purchase_still_delivers_the_picture(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)

    async def leaves() -> None:
        """Remove the model from ToAPIs' list, and wait until the bot has read that, before it hears of its task."""
        server.painter.delisted.add("gemini-3-pro-image-preview")
        earlier = sum(call.route == MODELS for call in server.painter.requests)
        await until(
            away_stage,
            lambda: sum(call.route == MODELS and call.status == 200 for call in server.painter.requests) > earlier,
            within=4000,
        )

    once(server.painter.hooks, "after", CREATE, leaves)
    order = await server.order(model="gemini-3-pro-image-preview")
    await comes(server)
    arrived(server)
    assert says_done(order, server.thread.seen[-1])


OWN_MODEL = """
[models."gpt-image-2.5-flare"]
name = "Flare"
square = true
ratios = ["1:1", "3:2"]
resolutions = ["1K"]
default_resolution = "1K"
resolution_field = "top-lower"
references = 3
reference_field = "image_urls"
prompt_limit = 1000
prices = { "1K" = "0.05" }
seconds = [0.2, 2]
"""


def _catalogue(folder: Path, text: str) -> str:
    file = folder / "operators.toml"
    file.write_text(text)
    return str(file)


@on_sqlite
async def test_model_disabled_by_operator_after_purchase_still_delivers_the_picture(
    away_stage: Stage, tmp_path: Path
) -> None:
    away_stage.settings["CATALOGUE_FILE"] = _catalogue(tmp_path, QUICK + OWN_MODEL)
    await away_stage.start()
    server = Server(away_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=60 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order(model="gpt-image-2.5-flare")
    await asyncio.wait_for(polled.wait(), 20)
    await away_stage.kill()
    away_stage.settings["CATALOGUE_FILE"] = _catalogue(tmp_path, QUICK)
    await away_stage.start()
    await comes(server)
    arrived(server)
    assert says_done(order, server.thread.seen[-1])


# Only ToAPIs ends a job: neither a clock nor a night of downtime does


@on_sqlite
@pytest.mark.parametrize("seconds", [3 * DAY, -3 * DAY], ids=["ahead", "behind"])
@pytest.mark.parametrize("route", [UPLOAD, CREATE, "GET /v1/images/generations/{id}", DOWNLOAD])
async def test_clock_step_neither_ends_nor_delays_a_job(away_stage: Stage, seconds: float, route: str) -> None:
    await away_stage.start()
    server = Server(away_stage)
    assert away_stage.bot_clock is not None  # given above
    once(server.painter.hooks, "after", route, lambda clock=away_stage.bot_clock: clock.step(seconds))  # type: ignore[misc]  # a default binds it
    order = await server.order()
    await comes(server)
    arrived(server)
    assert not server.count_messages("longer than usual")
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_after_a_day_stopped_the_bot_asks_before_giving_up(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=20)  # two hours
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order()
    await asyncio.wait_for(polled.wait(), 20)
    await away_stage.kill()
    away_stage.advance(25 * 3600)
    await away_stage.start()
    await comes(server)
    assert len(server.pictures) == server.charges == server.creates == 1
    assert not server.count_messages("never finished")
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_result_that_expired_is_reported_as_gone_and_charged(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=60 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order()
    await asyncio.wait_for(polled.wait(), 20)
    await away_stage.kill()
    away_stage.advance(25 * 3600)
    await away_stage.start()
    gone = "painted, but"
    await until(away_stage, lambda: server.count_messages(gone))
    operator = away_stage.world.dm(away_stage.world.application.owner)
    await until(away_stage, lambda: any(gone in message.content for message in operator.seen))
    assert order.message is not None
    assert gone in order.message.text
    assert "not charged" not in str(server.world.transcript)
    assert server.charges == server.creates == 1
    assert not server.pictures


# The bot waits for outages to end


@on_sqlite
@pytest.mark.parametrize("manner", ["refused", "502"])
@pytest.mark.parametrize("route", [UPLOAD, CREATE, LOOK, DOWNLOAD])
async def test_forty_seconds_without_discord_cost_no_picture(away_stage: Stage, route: str, manner: Manner) -> None:
    await away_stage.start()
    server = Server(away_stage)
    reached = asyncio.Event()
    once(server.painter.hooks, "before", route, reached.set)
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 20)
    await discord_away(away_stage, 40, manner)
    await comes(server)
    arrived(server)
    await says_done_everywhere(server, order)


@on_sqlite
@pytest.mark.parametrize("route", [THREAD, MESSAGE, UPLOAD, CREATE, LOOK, DOWNLOAD])
async def test_five_minutes_without_discord_cost_no_picture(away_stage: Stage, route: str) -> None:
    await away_stage.start()
    server = Server(away_stage)
    reached = asyncio.Event()
    callee = away_stage.discord if route in (THREAD, MESSAGE) else away_stage.painter
    once(callee.hooks, "before", route, reached.set)
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 20)
    await discord_away(away_stage, 300, "reset")
    await comes(server)
    arrived(server)
    await says_done_everywhere(server, order)


@on_sqlite
async def test_unpurchased_order_is_given_up_after_ten_minutes_and_costs_nothing(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    away_stage.discord.fault(THREAD, status=503, times=10_000)
    order = await server.order()
    await until(away_stage, lambda: says(server, "Waiting for Discord"))  # only the thread can't be opened
    await until(away_stage, lambda: order.message is not None and "No picture this time" in order.message.text)
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
        await comes(server)
        arrived(server)
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
        await comes(server)
        arrived(server)


@on_sqlite
async def test_unresponsive_toapis_is_named_on_the_card_until_it_answers(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    server.painter.fault("bad-gateway", on=("status",))
    order = await server.order()
    await until(away_stage, lambda: says(server, "Waiting for the painting service"))
    server.painter.calm()
    await comes(server)
    arrived(server)
    await says_done_everywhere(server, order)


# Temporary refusals by ToAPIs


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "word"), [("unauthorized", "key"), ("insufficient-quota", "balance"), ("forbidden", "may not")]
)
async def test_refused_key_is_reported_within_a_minute_and_jobs_resume_once_fixed(
    away_stage: Stage, fault: str, word: str
) -> None:
    await away_stage.start()
    server = Server(away_stage)
    operator = away_stage.world.dm(away_stage.world.application.owner)
    server.painter.fault(fault, on=("status",))
    warnings: list[int] = []
    # The first poll proves the look-up.
    once(server.painter.hooks, "before", LOOK, lambda: warnings.append(len(operator.seen)), number=3)
    order = await server.order()
    await until(away_stage, lambda: warnings)
    assert warnings == [1]  # at once, before the second poll
    await until(away_stage, lambda: any(word in message.text for message in server.thread.seen))
    assert not any("free painter" in message.text for message in server.thread.seen)
    server.painter.calm()
    await comes(server)
    arrived(server)
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_model_briefly_without_a_channel_is_retried(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    server.painter.fault("no-channel", times=2)
    order = await server.order()
    await comes(server)
    assert len(server.pictures) == server.charges == 1
    assert server.creates == 3
    assert says_done(order, server.thread.seen[-1])
    assert not says(server, "Nobody paints")


@on_sqlite
async def test_cancelling_while_waiting_for_toapis_buys_nothing(away_stage: Stage) -> None:
    await away_stage.start()
    server = Server(away_stage)
    server.painter.fault("no-channel")
    order = await server.order()
    await until(away_stage, lambda: says(server, "Nobody paints with this model right now"))
    assert server.creates
    assert order.message is not None
    await server.ana.press(order.message, "Cancel")
    server.painter.calm()
    await until(away_stage, lambda: "nothing was bought" in order.message.text)  # type: ignore[union-attr]  # asserted above
    assert not says(server, "Nobody paints")
    await go_by(away_stage, 120)
    assert server.charges == 0
    assert not server.pictures
