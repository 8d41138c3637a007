"""The stage: the two stand-ins, and the real bot between them, in a process of its own that may be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from playground.bot_clock import BotClock
from playground.discord import Discord
from playground.lateness import Lateness, waited_for_processor
from playground.toapis.server import Painter
from playground.world.world import World, studio

PATIENCE: Final = 120.0
"""Seconds that the bot may take to come online or to stop."""


class Process(Protocol):
    """A started bot, as ``asyncio.subprocess.Process`` shows one."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self) -> Awaitable[int]: ...


Launch = Callable[[Sequence[str], Mapping[str, str], Path, Path | None], Awaitable[Process]]
"""Starts ``python -m MODULE ARGUMENT …`` with an environment, in a folder; a log gets what it writes."""


async def launch(module: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path | None) -> Process:
    """Start a Python of its own; it inherits our output where there is no log."""
    with contextlib.ExitStack() as files:
        out = files.enter_context(log.open("ab")) if log else None
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, cwd=folder, env=environment, stdout=out, stderr=out
        )


class Stage:
    """Use ``open``. ``world``, ``discord`` and ``painter`` outlive each process of the bot.

    ``settings`` are the bot's variables, read at each start; ``log`` is a file that gets what the bot writes.
    ``bot_clock``, given before a start, lets a test move the clocks that the bot's process goes by.
    """

    launch: ClassVar[Launch] = staticmethod(launch)

    def __init__(self, world: World, discord: Discord, painter: Painter, settings: Mapping[str, str]) -> None:
        self.world = world
        self.discord = discord
        self.painter = painter
        self.settings = dict(settings)
        self.log: Path | None = None
        self.bot_clock: BotClock | None = None
        self._process: Process | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        settings: Mapping[str, str],
        *,
        seconds: tuple[float, float] = (6.0, 12.0),
        rate_limits: bool = True,
        tier: str = "default",
        seed: int | None = None,
        discord: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Stage]:
        """Open a stage. ``settings`` are the bot's variables beside the two keys and addresses, which the stage adds.

        ``rate_limits`` are Discord's; ``tier`` is the account's group at ToAPIs, which the bot has in its settings.
        With a ``seed`` the stand-in ToAPIs paints the same every time. ``discord``: further options of the stand-in
        Discord, such as the number of its shards.
        """
        world = studio()
        painter = Painter(seconds=seconds, tier=tier, seed=seed, clock=world.clock)
        async with (
            Discord(world, rate_limits=rate_limits, **discord or {}) as there,
            painter.serve(),
            Lateness().watching() as lateness,
        ):
            stage = cls(world, there, painter, settings)
            world.held_up = lambda: (lateness.total(), stage.waited_for_processor)
            try:
                yield stage
            finally:
                await stage.kill()

    @property
    def offences(self) -> list[str]:
        """Return the foreseeable refusals so far, by Discord and by ToAPIs."""
        hasty = [f"shard {shard} identified too soon" for shard, _ in self.discord.gateway.limit.hasty]
        return [*self.world.offences, *hasty, *self.painter.offences]

    @property
    def waited_for_processor(self) -> float:
        """Return for how many seconds the bot was ready to run, and others were running; 0 before a start."""
        return waited_for_processor(self._process.pid) if self._process is not None else 0.0

    @property
    def pid(self) -> int:
        """Return the id of the bot's process."""
        assert self._process is not None  # known from the first start on
        return self._process.pid

    def advance(self, seconds: float) -> None:
        """Move the time of everybody forward: Discord, ToAPIs, and the bot's process, whether it runs or not."""
        assert self.bot_clock is not None  # given before the start
        self.bot_clock.advance(seconds)
        self.world.clock.advance(seconds)

    async def start(self, *module: str) -> None:
        """Start the bot and wait until it is online. ``module``: another one in its place, and its arguments."""
        await self.begin(*module)
        await asyncio.wait_for(self.discord.online(), PATIENCE)

    async def begin(self, *module: str) -> None:
        """Start the bot as ``start`` does, and wait for nothing."""
        keys = {
            "PLAYGROUND_DISCORD": self.discord.url,
            "DISCORD_TOKEN": self.world.application.token,
            "TOAPIS_API_KEY": self.painter.key,
            "TOAPIS_BASE_URL": self.painter.url,
        }
        command = ("playground.redirect", *(module or ("bot",)))
        if self.bot_clock is not None:
            keys["PLAYGROUND_CLOCK"] = str(self.bot_clock.file)
        environment = {**os.environ, **self.settings, **keys}
        self._process = await Stage.launch(command, environment, Path(__file__).parent.parent, self.log)

    async def stop(self) -> int:
        """Send SIGTERM, and return the exit code. A process that does not end logs the stack of each thread."""
        assert self._process is not None  # stopped after a start
        self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), PATIENCE)
        except TimeoutError:
            os.kill(self._process.pid, signal.SIGABRT)
            await self._process.wait()
            raise

    async def kill(self) -> None:
        """Send SIGKILL, as a host does. Nothing happens where the bot is not running."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
