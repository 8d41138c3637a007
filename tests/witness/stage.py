"""The second stage: the real bot inside simcord's Discord, with our stand-in ToAPIs.

simcord simulates Discord in this very process and was written by other authors, so it shares none of our assumptions.
https://simcord.readthedocs.io/
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

import discord
import pytest
import simcord
from aiohttp import web
from simcord.backend import cdn

from bot.client import Retouch
from bot.settings import read
from bot.wiring import Wiring, build_recovery, build_services
from cogs import open_on
from playground.toapis.server import Painter
from tests.support.engine_runs import life

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds after which a scenario's wait fails: a bound for what never comes, not a measurement."""

TOKEN: Final = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Witness.abcdefghijklmnopqrstuvwxyz0123456789AB"
"""Has a token's three parts. simcord accepts any."""


class WitnessStage:
    """Use ``open``. ``env`` is simcord's Discord; it and the ``painter`` survive each restart of the bot.

    ``operator`` runs the bot; ``mallory`` is blocked by its settings.
    """

    def __init__(self, env: simcord.Env, painter: Painter, settings: dict[str, str]) -> None:
        self.env = env
        self.painter = painter
        self.operator = env.create_user("operator")
        self.mallory = env.create_user("mallory")
        people = {"OPERATOR_IDS": str(self.operator.id), "BLOCKED_IDS": str(self.mallory.id)}
        keys = {"DISCORD_TOKEN": TOKEN, "TOAPIS_API_KEY": painter.key, "TOAPIS_BASE_URL": painter.url}
        self._settings = read(settings | people | keys, dotenv=None)
        self._life: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self.app: Retouch

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: dict[str, str]) -> AsyncIterator[WitnessStage]:
        """Run Discord, a stand-in ToAPIs and the bot until the block ends. ``settings`` are the bot's variables."""
        painter = Painter(seconds=(0.02, 0.05), seed=1)
        painter.edge = 64
        nobody = discord.AutoShardedClient(intents=discord.Intents.none(), shard_count=1)
        env = simcord.Env(nobody, shard_count=1, settle_timeout=PATIENCE)
        async with painter.serve(), _files_of(env):
            await env.start()
            stage = cls(env, painter, settings)
            try:
                await stage.begin()
                yield stage
            finally:
                await stage.end()
                await env.shutdown()

    async def begin(self) -> None:
        """Start the bot. Raises whatever kept it from starting."""
        started = asyncio.Event()
        self._stop = asyncio.Event()
        self._life = asyncio.create_task(self._live(started, self._stop))
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({self._life, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._life.done():
            self._life.result()

    async def end(self) -> None:
        """Stop the bot: running steps may finish, the rest waits for the next start."""
        life = self._life
        self._life = None
        if life is not None and not life.done():
            self._stop.set()
            await life

    async def _live(self, started: asyncio.Event, stop: asyncio.Event) -> None:
        """Run the parts that ``bot.__main__`` runs, in the same order, in a task with a context of its own."""
        async with contextlib.AsyncExitStack() as opened:
            wiring = await Wiring.open(self._settings, opened)
            self.app = Retouch(build_services(wiring, opened))
            await self.env.restart_bot(self.app)
            # Without this the engine would send what it sends by an interaction's token to the internet.
            opened.enter_context(self.env.time_context())
            await open_on(self.app)
            await self.app.sync_commands()
            pipeline, recovery = build_recovery(wiring, self.app)
            engine = life(
                wiring.engine,
                pipeline.workflow,
                at_once=self._settings.running_in_all,
                drain=10.0,
                endure=pipeline.endure,
            )
            await opened.enter_async_context(engine)
            await opened.enter_async_context(_beside(recovery.forever()))
            opened.callback(self.app.services.intake.close)
            started.set()
            await stop.wait()

    async def restart(self) -> None:
        """Stop the bot and start it again on the same data."""
        await self.end()
        await self.begin()

    def lose_answer(self, wanted: Callable[[Mapping[str, Any]], bool]) -> None:
        """Break the connection of the call that posts the first ``wanted`` message, after the message is there."""
        subscribers = self.env.backend.subscribers

        def hear(event: str, payload: Mapping[str, Any]) -> None:
            if event == "MESSAGE_CREATE" and wanted(payload):
                subscribers.remove(hear)
                raise ConnectionResetError("the answer was lost on its way")

        subscribers.append(hear)

    async def until(self, look: Callable[[], T | None], what: str = "") -> T:
        """Wait until ``look`` returns something true, and return it. Raises AssertionError after ``PATIENCE``."""
        given_up = time.monotonic() + PATIENCE
        while True:
            seen = look()
            if seen:
                return seen
            assert time.monotonic() < given_up, f"this never came: {what}\n{self.env.transcript()[-6000:]}"
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def _files_of(env: simcord.Env) -> AsyncIterator[None]:
    """Serve simcord's files over a socket until the block ends: the bot reads attachments with a client of its own."""

    async def answer(request: web.Request) -> web.Response:
        data = env.backend.cdn.get(str(request.url))
        return web.Response(status=404) if data is None else web.Response(body=data)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        listener = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cdn, "CDN_BASE", f"http://127.0.0.1:{listener.getsockname()[1]}")
            yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a coroutine until the block ends. Whatever it raised by itself is raised here."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
