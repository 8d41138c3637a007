"""Jobs in flight: a withdrawn model, a wrong clock, a day of downtime or a temporary refusal loses no picture."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.stage import Stage
from tests.scenarios.conftest import QUICK
from tests.scenarios.support.away import check_delivered_once, go_by, says, until, until_delivered
from tests.scenarios.support.server import CREATE, DOWNLOAD, LOOK, UPLOAD, Server, once, says_done

pytestmark = pytest.mark.timeout(400)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""

DAY = 24 * 3600.0
MODELS = "GET /v1/models"


@on_sqlite
async def test_model_removed_from_offer_after_purchase_still_delivers_the_picture(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)

    async def leaves() -> None:
        """Remove the model from ToAPIs' list, and wait until the bot has read that, before it hears of its task."""
        server.painter.delisted.add("gemini-3-pro-image-preview")
        earlier = sum(call.route == MODELS for call in server.painter.requests)
        await until(
            clocked_stage,
            lambda: sum(call.route == MODELS and call.status == 200 for call in server.painter.requests) > earlier,
            within=4000,
        )

    once(server.painter.hooks, "after", CREATE, leaves)
    order = await server.order(model="gemini-3-pro-image-preview")
    await until_delivered(server)
    check_delivered_once(server)
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
    clocked_stage: Stage, tmp_path: Path
) -> None:
    clocked_stage.settings["CATALOGUE_FILE"] = _catalogue(tmp_path, QUICK + OWN_MODEL)
    await clocked_stage.start()
    server = Server(clocked_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=60 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order(model="gpt-image-2.5-flare")
    await asyncio.wait_for(polled.wait(), 20)
    await clocked_stage.kill()
    clocked_stage.settings["CATALOGUE_FILE"] = _catalogue(tmp_path, QUICK)
    await clocked_stage.start()
    await until_delivered(server)
    check_delivered_once(server)
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
@pytest.mark.parametrize("seconds", [3 * DAY, -3 * DAY], ids=["ahead", "behind"])
@pytest.mark.parametrize("route", [UPLOAD, CREATE, "GET /v1/images/generations/{id}", DOWNLOAD])
async def test_clock_step_neither_ends_nor_delays_a_job(clocked_stage: Stage, seconds: float, route: str) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    assert clocked_stage.bot_clock is not None  # given above
    once(server.painter.hooks, "after", route, lambda clock=clocked_stage.bot_clock: clock.step(seconds))  # type: ignore[misc]  # a default binds it
    order = await server.order()
    await until_delivered(server)
    check_delivered_once(server)
    assert not server.count_messages("longer than usual")
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_after_a_day_stopped_the_bot_asks_before_giving_up(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=20)  # two hours
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order()
    await asyncio.wait_for(polled.wait(), 20)
    await clocked_stage.kill()
    clocked_stage.advance(25 * 3600)
    await clocked_stage.start()
    await until_delivered(server)
    assert len(server.pictures) == server.charges == server.creates == 1
    assert not server.count_messages("never finished")
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_result_that_expired_is_reported_as_gone_and_charged(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    polled = asyncio.Event()
    server.painter.fault("slow", times=1, scale=60 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    order = await server.order()
    await asyncio.wait_for(polled.wait(), 20)
    await clocked_stage.kill()
    clocked_stage.advance(25 * 3600)
    await clocked_stage.start()
    gone = "painted, but"
    await until(clocked_stage, lambda: server.count_messages(gone))
    operator = clocked_stage.world.dm(clocked_stage.world.application.owner)
    await until(clocked_stage, lambda: any(gone in message.content for message in operator.seen))
    assert order.message is not None
    assert gone in order.message.text
    assert "not charged" not in str(server.world.transcript)
    assert server.charges == server.creates == 1
    assert not server.pictures


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "word"), [("unauthorized", "key"), ("insufficient-quota", "balance"), ("forbidden", "may not")]
)
async def test_refused_key_is_reported_within_a_minute_and_jobs_resume_once_fixed(
    clocked_stage: Stage, fault: str, word: str
) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    operator = clocked_stage.world.dm(clocked_stage.world.application.owner)
    server.painter.fault(fault, on=("status",))
    warnings: list[int] = []
    # The first poll proves the look-up.
    once(server.painter.hooks, "before", LOOK, lambda: warnings.append(len(operator.seen)), number=3)
    order = await server.order()
    await until(clocked_stage, lambda: warnings)
    assert warnings == [1]  # at once, before the second poll
    await until(clocked_stage, lambda: any(word in message.text for message in server.thread.seen))
    assert not any("free painter" in message.text for message in server.thread.seen)
    server.painter.calm()
    await until_delivered(server)
    check_delivered_once(server)
    assert says_done(order, server.thread.seen[-1])


@on_sqlite
async def test_model_briefly_without_a_channel_is_retried(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    server.painter.fault("no-channel", times=2)
    order = await server.order()
    await until_delivered(server)
    assert len(server.pictures) == server.charges == 1
    assert server.creates == 3
    await until(clocked_stage, lambda: says_done(order, server.thread.seen[-1]) and not says(server, "Nobody paints"))


@on_sqlite
async def test_cancelling_while_waiting_for_toapis_buys_nothing(clocked_stage: Stage) -> None:
    await clocked_stage.start()
    server = Server(clocked_stage)
    server.painter.fault("no-channel")
    order = await server.order()
    await until(clocked_stage, lambda: says(server, "Nobody paints with this model right now"))
    assert server.creates
    assert order.message is not None
    await server.ana.press(order.message, "Cancel")
    server.painter.calm()
    await until(clocked_stage, lambda: "nothing was bought" in order.message.text)  # type: ignore[union-attr]  # asserted above
    await until(clocked_stage, lambda: not says(server, "Nobody paints"))  # the line in the thread is edited last
    await go_by(clocked_stage, 120)
    assert server.charges == 0
    assert not server.pictures
