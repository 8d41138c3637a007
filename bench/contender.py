"""The contenders: Retouch and the bare bot, each on a stage of its own, with the same pictures and stand-in ToAPIs."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from playground.stage import Stage
from playground.world.messages import Upload, upload

MODEL: Final = "gemini-3-pro-image-preview"
PROMPT: Final = "as a watercolour at night"


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot to measure. ``module`` runs in the bot's place, with its arguments; empty: the bot itself."""

    key: str
    module: tuple[str, ...] = ()


RETOUCH: Final = Contender("retouch")
BARE: Final = Contender("bare", ("bench.bare", "paint"))
BARE_ANSWERS: Final = Contender("bare", ("bench.bare", "answer"))

COLUMNS: Final = ("figure", "Retouch", "bare discord.py", "ratio")


@asynccontextmanager
async def on_stage(
    folder: Path,
    *,
    seconds: tuple[float, float] = (3.0, 6.0),
    stated: tuple[float, float] | None = None,
    edge: int = 1024,
    orders: int = 0,
    database_url: str | None = None,
    rate_limits: bool = False,
) -> AsyncIterator[Stage]:
    """Open a stage for ``orders`` orders, on which painting ``edge`` pixels takes so many ``seconds``.

    Retouch's catalogue states these seconds, or ``stated`` instead. Usually without rate limits, so that the bot is
    measured and not Discord's limits. What the process writes goes into ``folder``.
    """
    settings = _settings(folder, stated or seconds, orders, database_url)
    async with Stage.open(settings, seconds=seconds, rate_limits=rate_limits) as stage:
        stage.painter.account.tier = "svip"
        stage.painter.edge = edge
        stage.log = folder / "log"
        try:
            yield stage
        except Exception as error:
            error.add_note(f"What the process wrote last:\n{_last_words(stage.log)}")
            raise


def _settings(folder: Path, seconds: tuple[float, float], orders: int, database_url: str | None) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(f'[models."{MODEL}"]\nseconds = [{seconds[0]}, {seconds[1]}]\n')
    return {
        "DATABASE_URL": database_url or f"sqlite:///{folder}/retouch.db",
        "CATALOGUE_FILE": str(catalogue),
        "TOAPIS_TIER": "svip",
        "PICTURES_PER_DAY": str(max(50, orders)),
        "RUNNING_PER_MEMBER": str(max(3, orders)),
        "RUNNING_IN_ALL": str(max(200, orders)),
    }


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


def photo(width: int, height: int) -> Upload:
    """Return a JPEG with as much detail as a photo: soft light, and grain."""
    light = Image.radial_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), 24)
    buffer = io.BytesIO()
    Image.merge("RGB", (light, Image.blend(light, grain, 0.4), grain)).save(buffer, "JPEG", quality=88)
    return upload("photo.jpg", buffer.getvalue())
