"""SIGKILL at each point, many times, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from bot.database import Database
from bot.ledger import Ledger
from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.conftest import QUICK
from tests.scenarios.support.kills import POINTS, MemberOrder, OrderCounts, Point, count, kill_once, order
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database

BATCH: Final = 5
"""Rounds on one world and one database: as many kills in a row as one job may have to survive."""

LATE: Final = 20.0
"""Seconds after which a late task is shown."""

COLUMNS: Final = ("orders", "pictures", "unknown", "told", "unheard", "charges")


async def prove(record: Record, seed: int, rounds: int, only: str) -> None:
    """Run both databases at once, each point in turn. Raises AssertionError with the first broken promise."""
    with postgresql_server() as server:
        async with asyncio.TaskGroup() as lanes:
            for kind in ("sqlite", "postgresql"):
                lanes.create_task(_lane(record, seed, rounds, only, kind, server))


async def _lane(record: Record, seed: int, rounds: int, only: str, kind: str, server: str) -> None:
    for name, point in POINTS.items():
        for first in range(0, rounds if only in name else 0, BATCH):
            batch = f"kill / {kind} / {name} / {first}"
            if record.has(batch):
                continue
            wanted = min(BATCH, rounds - first)
            with tempfile.TemporaryDirectory(prefix="retouch-") as folder, _database(kind, server, folder) as url:
                ends, markers = await run_batch(Path(folder), url, point, random.Random(f"{seed} {batch}"), wanted)
            assert len(markers) == wanted
            record.add(batch, database=kind, point=name, kills=len(markers), markers=markers, ends=ends.as_row())
            print(f"{batch}: {len(markers)} kills, {dict(zip(COLUMNS, ends.as_row(), strict=True))}", flush=True)


@contextmanager
def _database(kind: str, server: str, folder: str) -> Iterator[str]:
    with ExitStack() as stack:
        yield stack.enter_context(sqlite_database(Path(folder)) if kind == "sqlite" else postgresql_database(server))


async def run_batch(
    folder: Path, url: str, point: Point, rng: random.Random, rounds: int
) -> tuple[OrderCounts, list[str]]:
    """Kill a bot at one point for so many rounds. Return how its orders ended, and the marker of each kill."""
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(QUICK)
    settings = {
        "DATABASE_URL": url,
        "CATALOGUE_FILE": str(catalogue),
        "LOOK_UP_SECONDS": str(LATE + 15 if point.lost == "late" else 4),
    }
    async with Stage.open(settings, seconds=(0.2, 0.6), rate_limits=False) as stage:
        stage.log = folder / "bot.log"
        try:
            return await _lives(stage, point, rng, rounds, url)
        except BaseException:
            log = stage.log.read_text() if stage.log.exists() else ""
            print(stage.world.transcript, log[-20_000:], sep="\n\n", flush=True)
            raise


async def _lives(
    stage: Stage, point: Point, rng: random.Random, rounds: int, url: str
) -> tuple[OrderCounts, list[str]]:
    operator = stage.world.application.owner
    stage.settings["OPERATOR_IDS"] = str(operator.id)
    await stage.start()
    orders = [order(stage, rng)]  # its create is answered, which proves the look-up
    await stage.world.until(lambda: orders[0].ended(stage), timeout=60)
    markers = []
    for _ in range(rounds):
        killed, marker = await kill_once(stage, point, rng, most=3, late=LATE)
        orders += killed
        markers.append(marker)
    if point.lost == "absent":
        await _find_again(stage, orders, rounds, operator.id)
    await asyncio.sleep(2)  # so that whatever would come twice has come
    assert await stage.stop() == 0
    ends = count(stage, orders)
    await _own_books(stage, url, orders, ends)
    return ends, markers


async def _find_again(stage: Stage, orders: list[MemberOrder], rounds: int, operator_id: int) -> None:
    """Check that each killed job is unknown and reported while look-ups fail, and that all are found afterwards."""
    lost = count(stage, orders)
    assert lost.unknown >= rounds, lost
    direct = stage.world.dm(stage.world.users[operator_id])
    await stage.world.until(lambda: sum("needs your eyes" in m.content for m in direct.seen) >= rounds, timeout=10)
    stage.painter.calm()
    assert await stage.stop() == 0
    await stage.start()
    # An order whose create was never sent stays unknown: nothing can be found, and a "no" is not believed so late.
    await stage.world.until(lambda: count(stage, orders).results == len(stage.painter.ledger), timeout=90)


async def _own_books(stage: Stage, url: str, orders: list[MemberOrder], ends: OrderCounts) -> None:
    """Check our own tables: no row of an order never answered, no money held for a job that ended."""
    async with Database.open(url) as database:
        held = await Ledger(database).held()
        async with database.read() as read:
            rows = (await read.execute(sa.text("SELECT count(*) FROM jobs"))).scalar_one()
    assert rows == ends.orders - ends.unheard, (rows, ends)
    assert len(held) == ends.unknown, (held, ends)
    assert len(stage.painter.ledger) == ends.charges == ends.results, ends


def table(record: Record) -> str:
    """Return the counts by database and point, as Markdown."""
    sums: dict[tuple[str, str], tuple[int, OrderCounts]] = defaultdict(lambda: (0, OrderCounts()))
    for row in record.rows():
        if row["batch"].startswith("kill"):
            kills, ends = sums[row["database"], row["point"]]
            sums[row["database"], row["point"]] = (kills + row["kills"], ends + OrderCounts(*row["ends"]))
    lines = ["| database | killed | kills hit | " + " | ".join(COLUMNS) + " |", "|---" * (3 + len(COLUMNS)) + "|"]
    for (database, point), (kills, ends) in sums.items():
        lines.append(f"| {database} | {point} | {kills} | " + " | ".join(map(str, ends.as_row())) + " |")
    return "\n".join(lines)
