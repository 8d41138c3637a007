"""The long rounds of a quota: simultaneous orders in every way and by two processes; only the quota is accepted."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.database import Database
from bot.guilds.rules import Rules
from bot.ledger import Ledger
from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.conftest import settings
from tests.scenarios.support.simultaneous_orders import SETTINGS, Counts, order_simultaneously
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database
from tests.support.rival_process import race
from tests.support.studio import WHERE

ORDERS = 200
QUOTA = 10


async def prove(record: Record, rounds: int, only: str) -> None:
    """Run all rounds. Raises AssertionError with the first round that accepted more or fewer."""
    with postgresql_server() as server:
        for number in range(rounds):
            for kind in ("sqlite", "postgresql", "two processes"):
                batch = f"quota / {kind} / {number}"
                if only not in batch or record.has(batch):
                    continue
                with tempfile.TemporaryDirectory(prefix="retouch-") as folder:
                    accepted = await _round(Path(folder), kind, server)
                record.add(batch, orders=ORDERS, taken=accepted)
                print(f"{batch}: {accepted} of {ORDERS} taken", flush=True)


async def _round(folder: Path, kind: str, server: str) -> int:
    if kind == "sqlite":
        with sqlite_database(folder) as url:
            return await _in_every_way(folder, url)
    with postgresql_database(server) as url:
        return await (_in_every_way(folder, url) if kind == "postgresql" else _by_two(url))


async def _in_every_way(folder: Path, url: str) -> int:
    async with Stage.open(
        settings(folder, url) | SETTINGS, seconds=(0.1, 0.2), rate_limits=False, tier="svip"
    ) as stage:
        stage.painter.edge = 64
        await stage.start()
        counts = await order_simultaneously(stage, ORDERS, QUOTA)
        assert counts == Counts(accepted=QUOTA, refused=ORDERS - QUOTA, creates=QUOTA, charges=QUOTA, pictures=QUOTA), (
            counts
        )
        return counts.charges


async def _by_two(url: str) -> int:
    async with Database.open(url) as database:
        await Rules(database).change(WHERE.guild_id or 0, 9, {"server_day": QUOTA})
        answers = await asyncio.to_thread(race, url, ORDERS // 2)
        assert sum(answer["taken"] for answer in answers) == QUOTA == len(await Ledger(database).held()), answers
        return QUOTA
