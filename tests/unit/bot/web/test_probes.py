"""The probes over real sockets: who gets metrics, and what is answered where nothing can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.database import Database
from bot.jobs.slot import Slot
from bot.reports.readiness import Readiness
from bot.web.probes import PROXIED, Probes, pages
from bot.web.server import WebServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TOKEN = "a token of some length"


@asynccontextmanager
async def opened(database: Database, token: str | None = None, *, is_public: bool = False) -> AsyncIterator[WebServer]:
    probes = Probes(Readiness(database, Slot()), token, is_public=is_public)
    server = WebServer("127.0.0.1", 0, {}, pages(probes))
    assert await server.open()
    try:
        yield server
    finally:
        await server.close()


async def status(server: WebServer, path: str = "/metrics", *, method: str = "GET", **headers: str) -> int:
    url = f"http://127.0.0.1:{server.port}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers) as response:
        assert method != "GET" or response.headers.get("Cache-Control") == "no-store" or response.status > 400
        return response.status


async def test_metrics_are_for_programs_of_this_machine_alone(database: Database) -> None:
    async with opened(database) as server:
        assert await status(server) == 200
        assert await status(server, Host="localhost:1") == 200
        assert await status(server, Host="[::1]") == 200
        assert await status(server, Host="bot.example.com") == 403  # a browser that was sent to this machine
        assert await status(server, Host="") == 403
        assert {await status(server, **{header: "203.0.113.7"}) for header in PROXIED} == {403}


async def test_behind_a_public_address_nobody_gets_metrics_without_token(database: Database) -> None:
    async with opened(database, is_public=True) as server:
        assert await status(server) == 403
    async with opened(database, TOKEN, is_public=True) as server:
        assert await status(server) == 401
        assert await status(server, Authorization=f"Bearer {TOKEN}") == 200
        assert await status(server, Authorization=f"bearer {TOKEN}", Host="bot.example.com") == 200
        assert await status(server, Authorization=f"Basic {TOKEN}") == 401
        assert await status(server, Authorization="Bearer gu\u00e9ss") == 401


async def test_only_get_and_head_are_answered(database: Database) -> None:
    async with opened(database) as server:
        assert await status(server, "/healthz", method="HEAD") == 200
        assert await status(server, "/healthz", method="POST") == 405
        assert await status(server, "/readyz") == 503
        assert await status(server, "/") == 404
