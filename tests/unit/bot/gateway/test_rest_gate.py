"""The RestGate: what only the slot's holder posts is not sent before that is certain; calls keep to their part."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway.rest_gate import CALLS_A_SECOND, RestGate, only_with_slot
from bot.jobs.slot import Slot


class Heard:
    """A server that keeps the paths that it was asked for."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        return web.Response()

    def server(self) -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        return TestServer(app)


@pytest.mark.parametrize("marked", [True, False])
async def test_marked_call_waits_until_the_slot_is_certain(marked: bool) -> None:
    heard = Heard()
    asked = asyncio.Event()
    certain = asyncio.Event()
    slot = Slot()

    async def ask() -> bool:
        asked.set()
        await certain.wait()
        return True

    slot.ask = ask
    async with heard.server() as server, aiohttp.ClientSession(trace_configs=[RestGate(slot).trace()]) as session:
        with only_with_slot() if marked else nullcontext():
            posting = asyncio.create_task(session.post(server.make_url("/api/v10/channels/1/messages")))
        if marked:
            await asyncio.wait_for(asked.wait(), 10)
            assert heard.paths == []
            certain.set()
        await asyncio.wait_for(posting, 10)
    assert heard.paths == ["/api/v10/channels/1/messages"]
    assert asked.is_set() == marked


async def test_process_that_was_fenced_off_never_posts() -> None:
    heard = Heard()
    slot = Slot()
    refused = asyncio.Event()

    async def ask() -> bool:
        refused.set()
        return False

    slot.ask = ask
    async with heard.server() as server, aiohttp.ClientSession(trace_configs=[RestGate(slot).trace()]) as session:
        with only_with_slot():
            posting = asyncio.create_task(session.post(server.make_url("/api/v10/channels/1/messages")))
        await asyncio.wait_for(refused.wait(), 10)
        await asyncio.wait_for(slot.doubted.wait(), 10)  # the keeper of the lock looks at once
        assert heard.paths == []
        posting.cancel()


async def test_calls_keep_to_their_part_and_answers_do_not_count() -> None:
    heard = Heard()
    slot = Slot(in_all=25)  # two calls a second are left
    async with heard.server() as server, aiohttp.ClientSession(trace_configs=[RestGate(slot).trace()]) as session:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(3):
            await session.get(server.make_url("/api/v10/users/@me"))
        took = loop.time() - began
        assert took >= (3 - 1) / (CALLS_A_SECOND / slot.in_all) - 0.1  # it can't be sooner, whatever the machine does
        answers = [
            session.post(server.make_url(f"/api/v10/interactions/{number}/token/callback")) for number in range(50)
        ]
        await asyncio.gather(*answers)
    assert len(heard.paths) == 53
