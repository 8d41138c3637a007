"""The contenders, each on a stage of its own with its own stand-ins: Retouch, the sample loop, and an answering bot."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.prepared import Prepared
from playground.stage import Stage
from playground.world.members import Member

MODEL: Final = "gemini-3-pro-image-preview"


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot to measure. ``module`` runs in the bot's place, with its arguments; empty: the bot itself."""

    key: str
    module: tuple[str, ...] = ()


RETOUCH: Final = Contender("retouch")
LOOP: Final = Contender("loop", ("bench.bare", "paint"))
ANSWER: Final = Contender("answer", ("bench.bare", "answer"))

COLUMNS: Final = ("figure", "Retouch", "sample loop", "ratio")


@asynccontextmanager
async def on_stage(
    folder: Path,
    *,
    seconds: Sequence[float] = (),
    stated: tuple[float, float] | None = None,
    edge: int = 1024,
    orders: int = 0,
    database_url: str | None = None,
    rate_limits: bool = False,
    tier: str = "svip",
) -> AsyncIterator[Stage]:
    """Open a stage for ``orders`` orders, whose paintings of ``edge`` pixels take so many ``seconds`` each, in turn.

    Retouch's catalogue is the shipped one, or states the ``stated`` seconds. Usually without Discord's rate limits, so
    that the bot is measured and not these. What the process writes goes into ``folder``.
    """
    settings = _settings(folder, stated, orders, database_url) | {"TOAPIS_TIER": tier}
    async with Stage.open(settings, rate_limits=rate_limits, tier=tier) as stage:
        if seconds:
            stage.painter.hooks.append(Prepared(stage.painter, seconds, edge))
        stage.painter.edge = edge
        stage.log = folder / "log"
        try:
            yield stage
        except Exception as error:
            error.add_note(f"What the process wrote last:\n{_last_words(stage.log)}")
            raise
    gc.collect()  # a world holds itself, and with it a gigabyte of pictures that the next stage would be beside


def _settings(
    folder: Path, stated: tuple[float, float] | None, orders: int, database_url: str | None
) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"DATABASE_URL": database_url or f"sqlite:///{folder}/retouch.db"}
    if stated is not None:
        catalogue = folder / "catalogue.toml"
        catalogue.write_text(f'[models."{MODEL}"]\nseconds = [{stated[0]}, {stated[1]}]\n')
        settings["CATALOGUE_FILE"] = str(catalogue)
    if orders:
        settings |= {
            "PICTURES_PER_DAY": str(max(50, orders)),
            "RUNNING_PER_MEMBER": str(max(3, orders)),
            "RUNNING_IN_ALL": str(max(200, orders)),
            "QUEUE_LIMIT": str(max(5000, orders)),
        }
    return settings


async def start(stage: Stage, contender: Contender) -> float:
    """Start the contender's process, and return the seconds until READY."""
    began = time.perf_counter()
    await stage.start(*contender.module)
    return time.perf_counter() - began


async def stop(stage: Stage) -> None:
    """End the process, and wait until the world has noticed; otherwise the next start would seem instantaneous."""
    await stage.stop()
    await stage.discord.offline()


def _last_words(log: Path) -> str:
    return log.read_text()[-2000:] if log.exists() else "nothing"


def guests(stage: Stage, count: int) -> list[Member]:
    """Return so many new members of the server with the channel #photos."""
    guild = stage.world.channel("photos").guild
    assert guild is not None  # a server's channel
    members = [Member(stage.world, stage.world.add_user(f"Guest {number}")) for number in range(1, count + 1)]
    for member in members:
        stage.world.join(member.user, guild)
    return members
