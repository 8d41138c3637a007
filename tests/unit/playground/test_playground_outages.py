"""Outages that the stand-ins play: of Discord, the database and a model; and a bot with a moved clock."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from playground.bot_clock import BotClock
from playground.discord import Discord
from playground.discord.absence import Manner
from playground.world.world import studio
from tests.support.databases import postgresql_database
from tests.support.relay import Relay
from tests.support.small_bot import bot_online
from tests.support.toapis_caller import MODEL, only_url, visiting

ROOT = Path(__file__).parents[3]

_SLEEPER = """
import asyncio, time
async def main():
    began, wall = time.monotonic(), time.time()
    asyncio.get_running_loop().call_soon(lambda: print("asleep", flush=True))
    await asyncio.sleep(3600)
    print(round(time.monotonic() - began), round(time.time() - wall), flush=True)
asyncio.run(main())
"""


async def test_a_bots_clocks_are_moved_and_what_sleeps_wakes_up(tmp_path: Path) -> None:
    clock = BotClock(tmp_path / "clock")
    install = (
        f"from pathlib import Path; from playground import bot_clock; bot_clock.install(Path({str(clock.file)!r}))"
    )
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", install + _SLEEPER, cwd=ROOT, env={**os.environ}, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None  # asked for
    assert await bot.stdout.readline() == b"asleep\n"
    clock.step(-86_400)
    clock.advance(3600)
    monotonic, wall = (await bot.stdout.readline()).split()
    assert await bot.wait() == 0
    assert 3600 <= int(monotonic) < 3900
    assert 3600 <= int(wall) + 86_400 < 3900


@pytest.mark.parametrize("manner", ["refused", "reset", "502"])
async def test_a_discord_that_was_away_is_there_again_with_everything(manner: Manner) -> None:
    async with bot_online() as stage:
        await stage.discord.leave(manner)
        assert not stage.discord.gateway.connected
        if manner != "refused":  # else nobody gets as far as a request
            await stage.world.until(lambda: stage.discord.absence.knocks, timeout=30)
        await stage.discord.come_back()
        assert await stage.discord.online()


async def test_a_discord_that_is_away_before_anybody_came_takes_no_connection() -> None:
    async with Discord(studio()) as discord:
        await discord.leave()
        with pytest.raises(OSError):
            await asyncio.open_connection(discord.host, discord.port)
        await discord.come_back()
        _, writer = await asyncio.open_connection(discord.host, discord.port)
        writer.close()
        await writer.wait_closed()


async def test_a_relay_cuts_the_connections_and_mends(postgresql: str) -> None:
    with tempfile.TemporaryDirectory() as folder, postgresql_database(postgresql) as url:
        async with Relay.open(url, Path(folder)) as relay:
            plain = make_url(relay.url).set(drivername="postgresql").render_as_string(hide_password=False)
            async with await psycopg.AsyncConnection.connect(plain) as connection:
                await connection.execute("SELECT 1")
                await relay.cut()
                with pytest.raises(psycopg.OperationalError):
                    await connection.execute("SELECT 1")
            with pytest.raises(psycopg.OperationalError):
                await psycopg.AsyncConnection.connect(plain)
            await relay.mend()
            async with await psycopg.AsyncConnection.connect(plain) as connection:
                await connection.execute("SELECT 1")


async def test_a_delisted_model_is_not_listed_and_refused_without_a_charge() -> None:
    async with visiting() as visitor:
        task = (await visitor.create()).json
        visitor.painter.delisted.add(MODEL)
        listed = (await visitor.ask("GET", "/v1/models?type=image")).json["data"]
        assert listed
        assert MODEL not in {row["id"] for row in listed}
        refused = await visitor.create()
        assert (refused.status, refused.json["error"]["code"]) == (503, "model_not_found")
        assert len(visitor.painter.ledger) == 1
        visitor.clock.advance(60)
        assert (await visitor.look(task["id"])).json["status"] == "completed"  # what was bought is painted all the same


async def test_a_result_expires_after_a_day_but_its_task_is_still_found() -> None:
    async with visiting() as visitor:
        task = (await visitor.create()).json
        visitor.clock.advance(23 * 3600)
        url = only_url((await visitor.look(task["id"])).json)
        assert (await visitor.download(url)).status == 200
        visitor.clock.advance(3600 + 8)  # a day after it was finished
        assert (await visitor.download(url)).status == 404
        assert (await visitor.look(task["id"])).json["status"] == "completed"
