"""Two processes on one PostgreSQL: the second says why it waits and takes over; nothing is bought or posted twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest

from playground.stage import Stage
from tests.scenarios.support.processes import SETTINGS, Pair
from tests.scenarios.support.server import CREATE, LOOK, Server, once

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

SEED = 20261130
"""The seed of the small round; ``make prove ONLY=unlocked`` draws others."""

WAITS = "waiting for another Retouch process on this database"
LOST = "the lock on the database was lost"
AGAIN = "the lock on the database is held again"
STANDS_BY = "another Retouch process has taken over"


@pytest.fixture
async def second(idle_stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """Yield another process of the same bot, not started; each writes its own log."""
    idle_stage.log = tmp_path / "first.log"
    other = Stage(idle_stage.world, idle_stage.discord, idle_stage.painter, idle_stage.settings)
    other.log = tmp_path / "second.log"
    yield other
    await other.kill()


async def says(stage: Stage, words: str, times: int = 1) -> None:
    """Wait until the process has logged the words so many times."""
    log = stage.log
    assert log is not None
    async with asyncio.timeout(60):
        while not log.exists() or log.read_text().count(words) < times:  # noqa: ASYNC110 - a file sends no event
            await asyncio.sleep(0.05)


async def end_the_locks_session(database_url: str) -> None:
    """End the lock's session, as an administrator or a failing network does."""
    address = database_url.replace("+psycopg", "", 1)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as admin:
        cursor = await admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity JOIN pg_locks USING (pid) "
            "WHERE application_name LIKE 'retouch %' AND locktype = 'advisory' AND granted"
        )
        assert await cursor.fetchone() == (1,)


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_second_process_says_why_it_waits_and_takes_over_running_jobs(
    idle_stage: Stage, second: Stage, way: str
) -> None:
    await idle_stage.start()
    server = Server(idle_stage)
    polled = asyncio.Event()
    await second.start()
    await says(second, WAITS)
    assert len(server.stage.discord.gateway.identifies) == 1  # the second has not connected yet
    server.painter.fault("slow", scale=8 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    await server.order()
    await asyncio.wait_for(polled.wait(), 30)
    if way == "stop":
        assert await idle_stage.stop() == 0
    else:
        await idle_stage.kill()
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1
    await server.result()
    assert second.log is not None
    assert second.log.read_text().count(WAITS) == 1
    assert await second.stop() == 0


async def test_waiting_process_stops_at_once(idle_stage: Stage, second: Stage) -> None:
    await idle_stage.start()
    await second.start()
    await says(second, WAITS)
    assert await second.stop() == 0
    await Server(idle_stage).result()


async def test_lock_lost_under_load_is_taken_again_by_the_same_process(
    idle_stage: Stage, second: Stage, database_url: str
) -> None:
    await idle_stage.start()
    server = Server(idle_stage)
    reached = asyncio.Event()
    go = asyncio.Event()
    pid = idle_stage.pid

    async def hold() -> None:
        reached.set()
        await go.wait()

    once(server.painter.hooks, "after", CREATE, hold)
    for number in range(6):
        place = server.world.add_channel(server.guild, f"place-{number}")
        await server.order(place, by=server.ana if number % 2 else server.ben)
    await asyncio.wait_for(reached.wait(), 30)
    await end_the_locks_session(database_url)
    await says(idle_stage, LOST)
    go.set()
    await says(idle_stage, AGAIN)
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 6
    assert idle_stage.pid == pid
    assert await idle_stage.stop() == 0


async def test_process_that_lost_its_lock_stands_by_until_the_other_ends(
    idle_stage: Stage, second: Stage, database_url: str
) -> None:
    await idle_stage.start()
    server = Server(idle_stage)
    polled = asyncio.Event()
    await second.start()
    await says(second, WAITS)
    server.painter.fault("slow", scale=8 / 360)
    once(server.painter.hooks, "after", LOOK, polled.set)
    await server.order()
    await asyncio.wait_for(polled.wait(), 30)
    os.kill(idle_stage.pid, signal.SIGSTOP)  # so that the second is first
    await end_the_locks_session(database_url)
    await server.world.until(lambda: len(server.stage.discord.gateway.identifies) == 2, timeout=60)
    os.kill(idle_stage.pid, signal.SIGCONT)
    await says(idle_stage, STANDS_BY)
    await says(idle_stage, WAITS)
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1
    server.painter.calm()
    await server.result()
    await second.stop()
    await server.world.until(lambda: len(server.stage.discord.gateway.identifies) == 3, timeout=60)
    await server.result()
    assert await idle_stage.stop() == 0


async def test_frozen_process_loses_the_lock_and_buys_nothing_when_it_wakes(idle_stage: Stage, second: Stage) -> None:
    await idle_stage.start()
    server = Server(idle_stage)
    sent = asyncio.Event()
    go = asyncio.Event()

    async def hold() -> None:
        sent.set()
        await go.wait()

    once(server.painter.hooks, "after", CREATE, hold)
    await second.start()
    await says(second, WAITS)
    await server.order()
    await asyncio.wait_for(sent.wait(), 30)
    os.kill(idle_stage.pid, signal.SIGSTOP)
    await server.world.until(lambda: len(server.stage.discord.gateway.identifies) == 2, timeout=60)
    os.kill(idle_stage.pid, signal.SIGCONT)
    go.set()
    await server.settled(60)
    assert server.creates == server.charges == len(server.pictures) == 1
    await says(idle_stage, STANDS_BY)


async def test_with_the_lock_forced_open_two_processes_send_no_create_twice(
    idle_stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    idle_stage.settings |= SETTINGS
    pair = Pair(idle_stage, random.Random(SEED))
    try:
        await pair.start()
        ends = await pair.run(orders=24, kills=2)
    finally:
        await pair.close()
    record_property("ends", str(ends))
    assert ends.pictures + ends.told == 24
