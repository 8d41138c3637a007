"""The long rounds of many machines: three processes for two slots, killed, frozen, rolled out, without their database.

The database is a real PostgreSQL server, which is really stopped. Charges are counted by ToAPIs' ledger, pictures by
what the world shows.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.conftest import settings
from tests.scenarios.support import slot_rounds
from tests.scenarios.support.kills import OrderCounts
from tests.scenarios.support.slot_rounds import RoundCounts
from tests.scenarios.support.slots import DISCORD, SETTINGS, Fleet
from tests.support.databases import PostgresqlServer, postgresql_database

BATCH: Final = 5
"""Rounds of one kind with the same processes, one after the other."""

TAKEN_WITHIN: Final = 15.0
"""Seconds after which the slot of a frozen process has another holder."""

WAITS_WITHIN: Final = 5.0
"""Seconds after the lock is taken within which the jobs of its earlier holder are asked about again."""

KINDS: Final = ("kill", "freeze", "stop", "roll-out")


async def prove(record: Record, seed: int, rounds: int, only: str) -> None:
    """Run all rounds of each kind. Raises AssertionError with the first broken promise."""
    with PostgresqlServer.running() as server:
        for kind in KINDS:
            for first in range(0, rounds if only in f"slots / {kind}" else 0, BATCH):
                batch = f"slots / {kind} / {first}"
                if record.has(batch):
                    continue
                counts = await _batch(server, kind, min(BATCH, rounds - first), random.Random(f"{seed} {batch}"))
                assert all(played.taken <= TAKEN_WITHIN and played.waits <= WAITS_WITHIN for played in counts), counts
                facts = {"taken": [played.taken for played in counts], "waits": [played.waits for played in counts]}
                record.add(batch, kind=kind, rounds=len(counts), ends=counts[-1].ends.as_row(), **facts)
                print(f"{batch}: {len(counts)} rounds, {counts[-1].ends}, {facts}", flush=True)


async def _batch(server: PostgresqlServer, kind: str, rounds: int, rng: random.Random) -> list[RoundCounts]:
    with tempfile.TemporaryDirectory(prefix="retouch-") as name, postgresql_database(server.address) as url:
        folder = Path(name)
        variables = settings(folder, url) | SETTINGS
        async with Stage.open(variables, seconds=(0.2, 1.5), rate_limits=False, discord=DISCORD) as stage:
            fleet = Fleet(stage, rng, folder, url)
            try:
                await fleet.start()
                return [await _play(kind, server)(fleet) for _ in range(rounds)]
            except BaseException:
                print(
                    stage.world.transcript, *(log.read_text()[-20_000:] for log in fleet.logs), sep="\n\n", flush=True
                )
                raise
            finally:
                await fleet.close()


def _play(kind: str, server: PostgresqlServer) -> Callable[[Fleet], Awaitable[RoundCounts]]:
    async def stop_database(fleet: Fleet) -> RoundCounts:
        return await slot_rounds.stop_database(fleet, server.stop, server.begin)

    plays = {
        "kill": slot_rounds.kill,
        "freeze": slot_rounds.freeze,
        "stop": stop_database,
        "roll-out": slot_rounds.roll_out,
    }
    return plays[kind]


def table(record: Record) -> str:
    """Return the counts by kind, as Markdown, with the longest times in seconds."""
    lines = [
        "| kind | rounds | orders | pictures | told | unheard | charges | taken over | waits again |",
        "|---" * 9 + "|",
    ]
    for kind in KINDS:
        rows = [row for row in record.rows() if row["batch"].startswith(f"slots / {kind} /")]
        ends = sum((OrderCounts(*row["ends"]) for row in rows), OrderCounts())
        cells = (ends.orders, ends.results, ends.told, ends.unheard, ends.charges)
        times = [max((time for row in rows for time in row[name]), default=0.0) for name in ("taken", "waits")]
        rounds = sum(row["rounds"] for row in rows)
        lines.append(f"| {kind} | {rounds} | {' | '.join(map(str, cells))} | {times[0]:.1f} | {times[1]:.1f} |")
    return "\n".join(lines)
