"""ToAPIs calls the bot when a picture is painted: it comes at once, and comes all the same where no call does."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from playground.stage import Stage
from tests.scenarios.support.server import finish
from tests.scenarios.support.webhooks import WebhookServer, with_webhooks
from tests.support.webhook_sender import delivery

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""


def logged(stage: Stage, words: str) -> int:
    assert stage.log is not None
    return stage.log.read_text().count(words)


@pytest.fixture
def called_stage(idle_stage: Stage, tmp_path: Path) -> Stage:
    """Return a stage, not started, whose bot ToAPIs can call and which expects no picture soon."""
    idle_stage.log = tmp_path / "bot.log"
    idle_stage.settings["OPERATOR_IDS"] = str(idle_stage.world.application.owner.id)
    with_webhooks(idle_stage)
    return idle_stage


async def test_picture_comes_with_the_webhook_after_a_single_question(called_stage: Stage) -> None:
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.proved()
    server.painter.fault("slow")
    job = await server.job()
    finish(server.painter)
    await server.picture(job)
    assert server.questions(job) == 1
    assert [delivery.status for delivery in server.deliveries(job)] == [200]
    assert server.addresses(job) == [f"{called_stage.settings['PUBLIC_URL']}/webhooks/toapis"]
    await server.settled()
    assert server.charges == server.creates == len(server.pictures) == 2


@on_sqlite
async def test_lost_webhook_costs_a_delay_and_no_picture(idle_stage: Stage, tmp_path: Path) -> None:
    idle_stage.log = tmp_path / "bot.log"
    with_webhooks(idle_stage, slow=False)
    await idle_stage.start()
    server = WebhookServer(idle_stage)
    await server.proved()
    server.painter.webhooks.faults.put_on("lost", 1)
    job = await server.job()
    await server.picture(job)
    assert server.deliveries(job) == []
    assert server.questions(job) == 1
    assert logged(idle_stage, "a task ended without a webhook") == 1
    await server.settled()
    assert server.charges == server.creates == len(server.pictures) == 2


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        ("late", [200]),
        ("twice", [200, 200]),
        ("wrong-signature", [401]),
        ("old", [401]),
        ("huge", [413]),
        ("before-answer", [200]),
    ],
)
async def test_faulty_webhook_brings_a_single_picture_for_one_price(
    called_stage: Stage, fault: str, answers: list[int]
) -> None:
    await called_stage.start()
    server = WebhookServer(called_stage)
    server.painter.webhooks.faults.put_on(fault, 1, seconds=1.0)
    job = await server.job()
    await server.picture(job)
    await server.world.until(lambda: len(server.deliveries(job)) >= len(answers), timeout=30)
    await server.world.until(lambda: server.deliveries(job)[len(answers) - 1].status is not None, timeout=30)
    assert [sent.status for sent in server.deliveries(job)][: len(answers)] == answers
    await server.settled()
    assert server.charges == server.creates == len(server.pictures) == 1


@on_sqlite
async def test_strangers_webhook_is_refused_and_nothing_is_asked(called_stage: Stage) -> None:
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.proved()
    server.painter.fault("slow")
    job = await server.job()
    headers, body = delivery(job, at=called_stage.world.clock(), secrets=["a guess of the secret"])
    async with aiohttp.ClientSession() as session:
        for sent in (headers, {}):
            url = f"{called_stage.settings['PUBLIC_URL']}/webhooks/toapis"
            async with session.post(url, data=body, headers=sent) as response:
                assert response.status == (401 if sent else 400)
    assert server.questions(job) == 0
    finish(server.painter)
    await server.picture(job)
    assert server.questions(job) == 1


async def test_key_without_webhook_buys_once_and_operators_are_told_once(called_stage: Stage) -> None:
    setting = called_stage.painter.keys[called_stage.painter.key].webhook
    assert setting is not None
    setting.enabled = False
    await called_stage.start()
    server = WebhookServer(called_stage)
    address = f"{called_stage.settings['PUBLIC_URL']}/webhooks/toapis"
    job = await server.job()
    await server.picture(job)
    assert server.addresses(job) == [address, None]
    assert server.charged(job) == 1
    told = server.world.dm(called_stage.world.application.owner)
    await server.world.until(lambda: told.seen, timeout=30)
    assert f"ToAPIs refuses to call {address}" in told.seen[0].content
    second = await server.job()
    await server.picture(second)
    assert server.addresses(second) == [None]
    assert await called_stage.stop() == 0
    await called_stage.start()
    third = await server.job()
    await server.picture(third)
    assert server.addresses(third) == [None]
    setting.enabled = True
    server.painter.webhooks.test(setting)
    await server.world.until(lambda: server.painter.webhooks.deliveries, timeout=30)
    assert len(told.seen) == 1


@on_sqlite
async def test_test_event_lets_the_next_create_name_the_address_again(called_stage: Stage) -> None:
    setting = called_stage.painter.keys[called_stage.painter.key].webhook
    assert setting is not None
    address = f"{called_stage.settings['PUBLIC_URL']}/webhooks/toapis"
    setting.enabled = False
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.picture(await server.job())
    setting.enabled = True
    setting.url = address
    server.painter.webhooks.test(setting)
    await server.world.until(lambda: [sent.status for sent in server.painter.webhooks.deliveries] == [200], timeout=30)
    job = await server.job()
    await server.picture(job)
    assert server.addresses(job) == [address]


@on_sqlite
async def test_secret_is_changed_without_a_lost_webhook(called_stage: Stage) -> None:
    setting = called_stage.painter.keys[called_stage.painter.key].webhook
    assert setting is not None
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.proved()
    new = setting.rotate()
    await server.proved()  # ToAPIs signs with both
    called_stage.settings["TOAPIS_WEBHOOK_SECRET"] += f", {new}"
    assert await called_stage.stop() == 0
    await called_stage.start()
    await server.proved()
    setting.secrets = [new]  # a day later
    await server.proved()
    called_stage.settings["TOAPIS_WEBHOOK_SECRET"] = new
    assert await called_stage.stop() == 0
    await called_stage.start()
    await server.proved()


@on_sqlite
async def test_bot_whose_port_is_taken_says_so_and_works_on(called_stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", int(called_stage.settings["PORT"]))):
        await called_stage.start()
        server = WebhookServer(called_stage)
        job = await server.job()
        await server.picture(job)
        assert server.addresses(job) == [None]
        assert logged(called_stage, "can't be listened at (another program has it): the bot runs on, without webhooks")
        assert await called_stage.stop() == 0


@pytest.mark.parametrize(
    ("database_url", "end"), [("sqlite", "kill"), ("postgresql", "stop")], indirect=["database_url"]
)
async def test_webhook_to_a_bot_that_is_down_is_made_good_by_asking(called_stage: Stage, end: str) -> None:
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.proved()
    server.painter.fault("slow")
    job = await server.job()
    if end == "stop":
        assert await called_stage.stop() == 0
    else:
        await called_stage.kill()
    finish(server.painter)
    await server.world.until(lambda: server.deliveries(job), timeout=30)
    server.world.clock.advance(60)  # ToAPIs sends it again
    await called_stage.start()
    await server.picture(job)
    await server.settled()
    assert server.charges == server.creates == len(server.pictures) == 2


@on_postgresql
async def test_webhook_that_another_process_takes_wakes_the_owner_of_the_job(
    called_stage: Stage, tmp_path: Path
) -> None:
    second = Stage(called_stage.world, called_stage.discord, called_stage.painter, called_stage.settings)
    with_webhooks(second)  # ToAPIs calls the second
    called_stage.settings |= {name: second.settings[name] for name in ("PUBLIC_URL", "TOAPIS_WEBHOOK_SECRET")}
    second.log = tmp_path / "second.log"
    await called_stage.start()
    await second.start()
    try:
        async with asyncio.timeout(60):
            while not second.log.exists() or not logged(second, "waiting for another Retouch process"):  # noqa: ASYNC110 - a file sends no event
                await asyncio.sleep(0.05)
        server = WebhookServer(called_stage)
        await server.proved()
        server.painter.fault("slow")
        job = await server.job()
        finish(server.painter)
        await server.picture(job)
        assert server.questions(job) == 1
        assert [sent.status for sent in server.deliveries(job)] == [200]
        await called_stage.kill()
        server.painter.fault("slow")
        await server.world.until(lambda: len(called_stage.discord.gateway.identifies) == 2, timeout=60)
        last = await server.job()
        finish(server.painter)
        await server.picture(last)
        assert server.questions(last) == 1
    finally:
        await second.kill()


@on_sqlite
async def test_failed_painting_is_told_with_the_webhook(called_stage: Stage) -> None:
    await called_stage.start()
    server = WebhookServer(called_stage)
    await server.proved()
    server.painter.fault("failed:generation_failed", times=1, seconds=360.0)
    job = await server.job()
    task = server.painter.tasks[server.task_of(job)]
    task.outcome = replace(task.outcome, seconds=0.0)
    await server.world.until(lambda: server.count_messages("could not finish this picture"), timeout=30)
    assert server.questions(job) >= 1
    assert [sent.status for sent in server.deliveries(job)] == [200]
    assert server.painter.ledger[-1].refunded
