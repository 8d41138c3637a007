"""The web server: few connections, small errors, a port that may be taken, and an end that ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.web.server import CONNECTIONS, WebServer


async def greet(request: web.Request) -> web.Response:
    return web.Response(text=(await request.read()).decode())


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    opened = WebServer("127.0.0.1", 0, {"/hello": greet})
    assert await opened.open()
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/hello", 200), ("GET", "/hello", 405), ("POST", "/", 404)]
)
async def test_only_what_has_a_handler_is_answered(server: WebServer, method: str, path: str, status: int) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{server.port}{path}", data=b"hi") as response,
    ):
        assert response.status == status
        assert status != 200 or await response.text() == "hi"


async def test_port_that_is_taken_is_told_and_tried_again_later(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = WebServer("127.0.0.1", port, {"/hello": greet})
        assert not await server.open()
        assert not await server.open()
        said = f"PORT {port} can't be listened at (another program has it): the bot runs on, without webhooks"
        assert caplog.text.count(said) == 1
    assert await server.open()
    assert await server.open()  # nothing happens
    assert server.port == port
    await server.close()
    await server.close()


async def test_connections_beyond_the_most_are_closed_at_once(server: WebServer) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            stack.callback(writer.close)
        async with asyncio.timeout(30):
            while True:  # those before are accepted a moment after they are open
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                stack.callback(writer.close)
                writer.write(b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                with contextlib.suppress(ConnectionError):
                    if await reader.read(1) == b"":
                        break


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"x" * 20_000 + b"\r\n\r\n"]
)
async def test_garbage_is_refused_without_a_word_in_the_log(
    server: WebServer, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(garbage)
        with contextlib.suppress(ConnectionError):
            assert b" 400 " in await reader.readline()
        writer.close()
    assert caplog.records == []


async def test_broken_handler_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("broken")

    server = WebServer("127.0.0.1", 0, {"/broken": broken})
    await server.open()
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{server.port}/broken") as response,
    ):
        assert response.status == 500
    await server.close()
    assert "RuntimeError: broken" in caplog.text


async def test_request_under_way_is_answered_before_the_end() -> None:
    begun = asyncio.Event()
    go = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        begun.set()
        await go.wait()
        return web.Response(text="done")

    server = WebServer("127.0.0.1", 0, {"/slow": slow})
    await server.open()
    async with aiohttp.ClientSession() as session:
        asking = asyncio.create_task(session.post(f"http://127.0.0.1:{server.port}/slow"))
        await begun.wait()
        closing = asyncio.create_task(server.close())
        await asyncio.sleep(0)
        go.set()
        async with await asking as response:
            assert await response.text() == "done"
        await closing
