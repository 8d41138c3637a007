"""The long rounds of a quota: orders at once, in every way and from two processes; so many are taken, no more."""

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
from tests.scenarios.support.quota_rush import SETTINGS, CommandPriority, command_priority
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database
from tests.support.rival_process import race
from tests.support.studio import WHERE

ORDERS = 200
QUOTA = 10


async def prove(record: Record, rounds: int, only: str) -> None:
    """Raises AssertionError with the first round that took more, or fewer."""
    with postgresql_server() as server:
        for number in range(rounds):
            for kind in ("sqlite", "postgresql", "two processes"):
                batch = f"quota / {kind} / {number}"
                if only not in batch or record.has(batch):
                    continue
                with tempfile.TemporaryDirectory(prefix="retouch-") as folder:
                    taken = await _round(Path(folder), kind, server)
                record.add(batch, orders=ORDERS, taken=taken)
                print(f"{batch}: {taken} of {ORDERS} taken", flush=True)


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
        found = await command_priority(stage, ORDERS, QUOTA)
        assert found == CommandPriority(
            accepted=QUOTA, refused=ORDERS - QUOTA, asked=QUOTA, charges=QUOTA, pictures=QUOTA
        ), found
        return found.charges


async def _by_two(url: str) -> int:
    async with Database.open(url) as database:
        await Rules(database).change(WHERE.guild_id or 0, 9, {"server_day": QUOTA})
        said = await asyncio.to_thread(race, url, ORDERS // 2)
        assert sum(one["taken"] for one in said) == QUOTA == len(await Ledger(database).held()), said
        return QUOTA
