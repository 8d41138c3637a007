"""The long round of a lost database: a copy made under load, process and disk gone, the copy restored, and a start."""

from __future__ import annotations

import random
import tempfile
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from typing import Final

from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.conftest import settings
from tests.scenarios.support.copies import CopyCounts, lose_and_restore
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database

ORDERS: Final = 12
"""The orders of a round, half of them before the copy."""


async def prove(record: Record, seed: int, rounds: int, only: str) -> None:
    """Run all rounds on both databases. Raises AssertionError with the first job that was bought or delivered twice."""
    with postgresql_server() as server:
        for kind in ("sqlite", "postgresql"):
            for number in range(rounds):
                batch = f"copies / {kind} / {number}"
                if only not in batch or record.has(batch):
                    continue
                with tempfile.TemporaryDirectory(prefix="retouch-") as folder, ExitStack() as stack:
                    place = sqlite_database(Path(folder)) if kind == "sqlite" else postgresql_database(server)
                    url = stack.enter_context(place)
                    counts = await _round(Path(folder), url, random.Random(f"{seed} {batch}"))
                record.add(batch, ends=astuple(counts))
                print(f"{batch}: {counts}, nothing bought or delivered twice", flush=True)


async def _round(folder: Path, url: str, rng: random.Random) -> CopyCounts:
    async with Stage.open(settings(folder, url), seconds=(0.2, 1.5), rate_limits=False) as stage:
        stage.log = folder / "bot.log"
        try:
            await stage.start()
            counts = await lose_and_restore(stage, url, folder / "copy", rng, ORDERS)
            assert await stage.stop() == 0
            return counts
        except BaseException:
            print(stage.world.transcript, stage.log.read_text()[-20_000:], sep="\n\n", flush=True)
            raise
