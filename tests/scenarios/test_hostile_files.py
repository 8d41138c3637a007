"""Hostile files: they cost their sender a sentence, and nobody else a picture."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench import process
from playground.stage import Stage
from playground.world.messages import upload
from tests.scenarios.conftest import settings
from tests.scenarios.support.server import Server, job_in
from tests.support import hostile_files
from tests.support.databases import sqlite_database

REFUSED = ("takes too long to open", "takes too much memory", "unfolds to more than", "damaged and can't be opened")
"""The ends that a hostile file may have. Which of them is the matter of each reader's own tests."""

MOST = 512
"""MiB that a host must have for the bot and all its processes."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with sqlite_database(tmp_path) as url:
        own = settings(tmp_path, url) | {"RUNNING_PER_MEMBER": "20"}
        async with Stage.open(own, seconds=(0.02, 0.05), rate_limits=False) as stage:
            await stage.start()
            yield Server(stage)
            assert stage.offences == []


def refusals(server: Server) -> int:
    places = [server.channel, *server.channel.threads]
    texts = [str(message.embeds) + message.content for place in places for message in place.seen]
    return sum(any(words in text for words in REFUSED) for text in texts)


async def test_two_hostile_files_delay_nobody_and_stay_within_memory(server: Server) -> None:
    for name in ("runs.bmp", "directories.tif"):
        await server.order(image=upload(name, hostile_files.ALL[name]()))
    order = await server.order(by=server.ben)
    assert await server.picture(job_in(order.message))
    await server.world.until(lambda: refusals(server) >= 2, 60)
    assert process.peak(server.stage.pid) < MOST
    assert server.charges == 1


async def test_worker_that_is_killed_costs_no_picture(server: Server) -> None:
    await server.result()
    (worker,) = process.children(server.stage.pid)
    os.kill(worker, signal.SIGKILL)
    assert await server.result(by=server.ben)
    assert process.children(server.stage.pid) != [worker]


async def test_no_worker_outlives_a_bot_that_is_killed(server: Server) -> None:
    await server.result()
    (worker,) = process.children(server.stage.pid)
    handle = os.pidfd_open(worker)
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, gone.set)
    await server.stage.kill()
    await gone.wait()
    asyncio.get_running_loop().remove_reader(handle)
    os.close(handle)
    await server.stage.start()


async def test_bot_stops_while_a_worker_hangs_and_the_order_goes_on(server: Server) -> None:
    await server.result()
    (worker,) = process.children(server.stage.pid)
    os.kill(worker, signal.SIGSTOP)
    order = await server.order(by=server.ben)
    await server.stage.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    await server.stage.start()
    assert await server.picture(job_in(order.message))
