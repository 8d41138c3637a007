"""A round of a lost database: a copy is made under load, process and disk are gone, the copy is restored."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from playground.stage import Stage
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.kills import MemberOrder, order

ROOT: Final = Path(__file__).parents[3]
OPEN: Final = "SELECT count(*) FROM jobs WHERE state IN ('accepted', 'submitted', 'painted')"


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """How the orders of a round ended. ``known``: jobs that the restored database has; none may be bought twice."""

    orders: int
    known: int
    charges: int
    results: int


async def command(stage: Stage, *words: str) -> tuple[int, str]:
    """Run ``python -m bot WORDS`` with the settings of the stage's bot. Return the exit code and all output."""
    keys = {
        "PLAYGROUND_DISCORD": stage.discord.url,
        "DISCORD_TOKEN": stage.world.application.token,
        "TOAPIS_API_KEY": stage.painter.key,
        "TOAPIS_BASE_URL": stage.painter.url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playground.redirect", "bot", *words),
        cwd=ROOT,
        env={**os.environ, **keys, **stage.settings},  # a test may give another key
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def count_rows(url: str, query: str) -> int:
    """Return the number that a query of the bot's database yields."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.execute(sa.text(query)).scalar_one())
    finally:
        engine.dispose()


def lose_the_database(url: str) -> None:
    """Delete everything of the database, as a lost disk does."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        for path in file.parent.glob(file.name + "*"):
            path.unlink()
        return
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


async def lose_and_restore(stage: Stage, url: str, file: Path, rng: random.Random, orders: int) -> CopyCounts:
    """Order, copy in between, go on for a while, lose process and disk, restore, and wait until all jobs have ended.

    Raises AssertionError where a job was bought twice, or a picture delivered twice.
    """
    first = order(stage, rng)
    await stage.world.until(lambda: first.ended(stage), timeout=60)  # it proves the look-up
    placed = [first, *(order(stage, rng) for _ in range(orders // 2))]
    seen = len(stage.painter.ledger) + rng.randint(0, orders // 2)
    await stage.world.until(lambda: len(stage.painter.ledger) >= seen, timeout=60)
    code, output = await command(stage, "backup", str(file))
    assert code == 0, output
    placed += [order(stage, rng) for _ in range(orders - orders // 2)]
    after = min(orders + 1, len(stage.painter.ledger) + rng.randint(0, orders))
    await stage.world.until(lambda: len(stage.painter.ledger) >= after, timeout=60)
    await stage.kill()
    await asyncio.to_thread(lose_the_database, url)
    code, output = await command(stage, "restore", str(file))
    assert code == 0, output
    await stage.start()
    with closing(BotRecords(url)) as records:
        await records.until(lambda: count_rows(url, OPEN) == 0, 120)
    return counted(stage, url, placed)


def counted(stage: Stage, url: str, placed: list[MemberOrder]) -> CopyCounts:
    """Count how the orders ended. Raise AssertionError where something was bought or delivered twice."""
    bought = Counter(charge.business_id for charge in stage.painter.ledger)
    assert not [job for job, times in bought.items() if times > 1], bought
    files = [placed_order.files(stage) for placed_order in placed]
    assert all(len(names) <= 1 for names in files), files
    known = count_rows(url, "SELECT count(*) FROM jobs")
    unheld = count_rows(url, "SELECT count(*) FROM jobs WHERE state = 'delivered'")
    assert sum(map(len, files)) >= unheld, (files, unheld)
    return CopyCounts(len(placed), known, len(stage.painter.ledger), sum(map(len, files)))
