"""What a monitor sees of a bot: at its start, at work, waiting, in maintenance, and without its database or port."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from functools import partial
from pathlib import Path

import pytest

from bot.database import Database
from bot.jobs.maintenance import Maintenance
from playground.stage import Stage
from tests.scenarios.conftest import settings
from tests.scenarios.support.monitor import Monitor
from tests.scenarios.support.server import Server, once
from tests.support.databases import postgresql_database
from tests.support.relay import Relay

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""


@on_sqlite
async def test_monitor_sees_start_work_maintenance_and_lost_gateway(idle_stage: Stage, database_url: str) -> None:
    monitor = Monitor(idle_stage)
    released = asyncio.Event()
    once(idle_stage.discord.hooks, "before", "GET /users/@me", partial(_passed, released))
    await idle_stage.begin()
    await monitor.says(503, '"starting"')
    assert await monitor.ask("/healthz") == (200, "ok\n")
    assert (await monitor.samples())["retouch_ready", ""] == 0
    released.set()
    await monitor.says(200, '"ready"')
    async with Database.open(database_url) as database, database.write() as write:
        await Maintenance(database).begin(write, "a new disk")
    await monitor.says(200, '"maintenance"')
    await idle_stage.discord.leave("refused")
    await monitor.says(503, "Discord is not connected")
    assert await monitor.ask("/healthz") == (200, "ok\n")
    await idle_stage.discord.come_back()
    await monitor.says(200, '"maintenance"')
    assert await idle_stage.stop() == 0


@on_sqlite
async def test_metrics_tell_of_job_and_money_and_of_nobody(idle_stage: Stage) -> None:
    monitor = Monitor(idle_stage)
    idle_stage.settings["MONEY_PER_DAY"] = "12.50"
    await idle_stage.start()
    server = Server(idle_stage)
    held = asyncio.Event()
    once(server.painter.hooks, "before", "GET /files/…", partial(_passed, held))
    await server.order()
    await server.world.until(lambda: server.charges == 1, timeout=30)
    during = await monitor.samples()
    assert sum(value for (name, _), value in during.items() if name == "retouch_jobs") == 1
    assert during["retouch_workflows", "running"] == 1
    assert during["retouch_held_dollars", ""] > 0
    held.set()
    await server.settled()
    after = await monitor.samples()
    assert sum(value for (name, _), value in after.items() if name == "retouch_jobs") == 0
    assert after["retouch_spent_dollars", "day"] > after["retouch_held_dollars", ""] == 0
    assert after["retouch_spending_limit_dollars", "day"] == 12.5
    assert after["retouch_discord_shards_connected", ""] == after["retouch_discord_shards", ""] == 1
    assert after["retouch_toapis_last_answer_timestamp_seconds", ""] > 0
    _, text = await monitor.ask("/metrics")
    names = (str(server.guild.id), str(server.ana.user.id), str(server.channel.id), *server.jobs)
    assert not [name for name in names if name in text]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_process_that_stands_by_is_healthy_and_not_ready(idle_stage: Stage) -> None:
    working = Monitor(idle_stage)
    await idle_stage.start()
    spare = Stage(idle_stage.world, idle_stage.discord, idle_stage.painter, idle_stage.settings)
    standing_by = Monitor(spare)
    await spare.begin()
    try:
        await standing_by.says(503, '"standby"')
        assert await standing_by.ask("/healthz") == (200, "ok\n")
        samples = await standing_by.samples()
        assert (samples["retouch_state", "standby"], samples["retouch_slot_held", ""]) == (1, 0)
        assert ("retouch_spent_dollars", "day") not in samples  # the process at work tells it
        await working.says(200, '"ready"')
        assert await idle_stage.stop() == 0
        await standing_by.says(200, '"ready"')
    finally:
        await spare.kill()


async def test_outage_of_the_database_is_told_until_it_ends(postgresql: str, tmp_path: Path) -> None:
    with postgresql_database(postgresql) as url, tempfile.TemporaryDirectory() as folder:
        async with (
            Relay.open(url, Path(folder)) as relay,
            Stage.open(settings(tmp_path, relay.url), rate_limits=False) as stage,
        ):
            monitor = Monitor(stage)
            await stage.start()
            await monitor.says(200, '"ready"')
            await relay.cut()
            await monitor.says(503, "the database does not answer")
            assert await monitor.ask("/healthz") == (200, "ok\n")
            samples = await monitor.samples()
            assert (samples["retouch_database_up", ""], samples["retouch_state", "broken"]) == (0, 1)
            await relay.mend()
            await monitor.says(200, '"ready"')


@on_sqlite
async def test_bot_whose_port_is_taken_says_so_and_works(idle_stage: Stage, tmp_path: Path) -> None:
    monitor = Monitor(idle_stage)
    idle_stage.log = tmp_path / "bot.log"
    with socket.create_server(("", monitor.port)):
        await idle_stage.start()
        await Server(idle_stage).result()
    said = f"PORT {monitor.port} can't be listened at (another program has it): the bot runs on"
    assert idle_stage.log.read_text().count(said) == 1
    assert "Traceback" not in idle_stage.log.read_text()


@on_sqlite
async def test_metrics_want_the_token_that_is_set(idle_stage: Stage) -> None:
    monitor = Monitor(idle_stage)
    idle_stage.settings["METRICS_TOKEN"] = "a token of some length"
    await idle_stage.start()
    assert (await monitor.ask("/metrics"))[0] == 401
    assert (await monitor.ask("/metrics", Authorization="Bearer a guess"))[0] == 401
    status, text = await monitor.ask("/metrics", Authorization="Bearer a token of some length")
    assert (status, "retouch_ready 1.0" in text) == (200, True)


@on_sqlite
async def test_systemd_is_told_ready_alive_and_stopping(idle_stage: Stage) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"{folder}/notify")
        listener.setblocking(False)
        idle_stage.settings |= {"NOTIFY_SOCKET": f"{folder}/notify", "WATCHDOG_USEC": "300000"}
        await idle_stage.start()
        heard: list[str] = []
        while "STATUS=working" not in "\n".join(heard):
            heard.append(await _message(listener))
        assert heard[0].splitlines()[:2] == ["READY=1", "WATCHDOG=1"]
        assert all("WATCHDOG=1" in message for message in heard)
        assert await idle_stage.stop() == 0
        while "STOPPING=1" not in heard[-1]:
            heard.append(await _message(listener))
        assert "STATUS=stopping" in heard[-1]


async def _passed(gate: asyncio.Event) -> None:
    await gate.wait()


async def _message(listener: socket.socket) -> str:
    async with asyncio.timeout(60):
        return (await asyncio.get_running_loop().sock_recv(listener, 4096)).decode()
