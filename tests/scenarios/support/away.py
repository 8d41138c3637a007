"""Outages, and time that passes faster than in life, equally for everybody."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path

from playground.bot_clock import BotClock
from playground.discord.absence import Manner
from playground.stage import Stage
from playground.world.interactions import Interaction
from tests.scenarios.support.server import Server, says_done

REAL: float = 0.02
"""Real seconds in which ``STRIDE`` seconds pass."""

STRIDE: float = 1.0

SLOWLY: float = 0.1
"""Real seconds in which a stride passes while something is awaited: the bot must keep up."""

PATIENCE: float = 200.0
"""Real seconds after which a wait fails. The engine's threads sleep in real seconds."""


def with_clock(stage: Stage, folder: Path) -> Stage:
    """Return the stage, with a clock for its next bot that the scenario moves."""
    stage.bot_clock = BotClock(folder / "clock")
    return stage


async def go_by(stage: Stage, seconds: float, real: float = REAL) -> None:
    """Let so many seconds pass in small strides, so that whatever is due comes in its order.

    A bot that had to wait for the processor meanwhile gets that time back before the next stride.
    """
    gone = 0.0
    while gone < seconds:
        stage.advance(min(STRIDE, seconds - gone))
        gone += STRIDE
        before = stage.waited_for_processor
        await asyncio.sleep(real)
        await asyncio.sleep(max(0.0, stage.waited_for_processor - before))


async def until(stage: Stage, there: Callable[[], object], *, within: float = math.inf) -> None:
    """Let time pass until the condition holds, for at most so many seconds of the bot's time.

    Raises AssertionError, with the whole transcript, if it does not.
    """
    gone = 0.0
    began = time.monotonic()
    while not there():
        assert gone < within, f"not within {within} s\n{stage.world.transcript}"
        assert time.monotonic() - began < PATIENCE, f"never\n{stage.world.transcript}"
        await go_by(stage, STRIDE, SLOWLY)
        gone += STRIDE


async def discord_away(stage: Stage, seconds: float, manner: Manner = "refused") -> None:
    """Take Discord away for so many seconds. The bot comes online again in its own time."""
    await stage.discord.leave(manner)
    await go_by(stage, seconds)
    await stage.discord.come_back()


def says(server: Server, words: str) -> bool:
    """Return whether any message of this server (its card, or the line under the source) contains the words now."""
    return any(words in message.text for place in server.places for message in place.seen)


async def until_delivered(server: Server, *, pictures: int = 1) -> None:
    """Let time pass until every picture of the server was delivered, and the bot has nothing left to do."""
    await until(server.stage, lambda: len(server.pictures) >= pictures)
    await until(server.stage, server.is_over)


WAITING = "Waiting for"


async def says_done_everywhere(server: Server, order: Interaction) -> None:
    """Wait until the card links to the picture, and no message waits for anything any more."""
    await until(server.stage, lambda: says_done(order, server.thread.seen[-1]) and not says(server, WAITING))


def check_delivered_once(server: Server, pictures: int = 1) -> None:
    """Check that each picture came once and was bought once, and its member was pinged once."""
    assert len(server.pictures) == server.charges == server.creates == pictures, server.world.transcript
    assert server.pings.count("Ana") == pictures
