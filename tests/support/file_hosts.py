"""File hosts on this machine, the names that lead to them, and downloads from them."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import RetouchError
from bot.memory import PictureMemory, Portion
from bot.toapis.download import Downloader, DownloadLimits
from bot.toapis.url_guard import loopback_of

AGENT = "Retouch/test"
QUICK = DownloadLimits(connect=2, idle=2, total=5, size=100_000)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names(AbstractResolver):
    """A resolver that a test writes: each name and where it leads. A list of lists answers differently each time."""

    def __init__(self, **names: list[str]) -> None:
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.names[host]
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve a file host on this machine, and yield its base URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def portion() -> Portion:
    """Open a portion with room for any picture."""
    return await PictureMemory().open().portion(1)


async def fetch(base: str, path: str = "/a.png", limits: DownloadLimits = QUICK, until: float | None = None) -> bytes:
    async with Downloader.open(user_agent=AGENT, loopback=loopback_of(base), limits=limits) as downloader:
        return (await downloader.fetch(base + path, await portion(), until)).data


async def refused(base: str, kind: type[RetouchError], path: str = "/a.png", limits: DownloadLimits = QUICK) -> str:
    with pytest.raises(RetouchError) as caught:
        await fetch(base, path, limits)
    assert type(caught.value) is kind, caught.value.detail
    return caught.value.detail
