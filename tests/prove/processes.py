"""The long round of two processes without their lock: orders through both, kills in between, no create sent twice."""

from __future__ import annotations

import random
import tempfile
from dataclasses import astuple
from pathlib import Path
from typing import Final

from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.conftest import settings
from tests.scenarios.support.processes import SETTINGS, Pair, PairCounts
from tests.support.databases import postgresql_database, postgresql_server

ORDERS: Final = 50
"""The orders of one round, through both processes: 20 rounds are 2 × 500."""

KILLS: Final = 4


async def prove(record: Record, seed: int, rounds: int, only: str) -> None:
    """Run all rounds. Raises AssertionError with the first create that was sent twice."""
    sums = [0, 0, 0, 0, 0]
    with postgresql_server() as server:
        for number in range(rounds):
            batch = f"unlocked / {number}"
            if only not in batch or record.has(batch):
                continue
            with tempfile.TemporaryDirectory(prefix="retouch-") as folder, postgresql_database(server) as url:
                ends = await _round(Path(folder), url, random.Random(f"{seed} {batch}"))
            record.add(batch, ends=astuple(ends))
            print(f"{batch}: {ends}", flush=True)
            sums = [a + b for a, b in zip(sums, astuple(ends), strict=True)]
    if sums[0]:
        print(f"unlocked: {PairCounts(*sums)}, no create sent twice", flush=True)


async def _round(folder: Path, url: str, rng: random.Random) -> PairCounts:
    async with Stage.open(settings(folder, url) | SETTINGS, seconds=(0.2, 1.5), rate_limits=False) as stage:
        stage.log = folder / "bot.log"
        pair = Pair(stage, rng)
        try:
            await pair.start()
            return await pair.run(ORDERS, KILLS)
        except BaseException:
            print(stage.world.transcript, stage.log.read_text()[-20_000:], sep="\n\n", flush=True)
            raise
        finally:
            await pair.close()
