"""Sequences in great number: orders and failures in random order; then money and limits must be right."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playground.stage import Stage
from tests.prove.record import Record
from tests.scenarios.support.sequence_plan import PLAN, SAVE
from tests.scenarios.support.sequences import group
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database
from tests.support.fork_server import AVAILABLE, ForkServer

SEQUENCES: Final = 300
STEPS: Final = 12
TOGETHER: Final = 10
"""Sequences that share one bot and its restarts."""

AT_LEAST: Final = 100
"""How often each kind of event must happen in a whole run."""

COUNTED: Final = ("orders", "refused", "charges", "refunded", "unknown")


async def prove(record: Record, seed: int, only: str) -> None:
    """Run all groups, two at a time, one on each database. Raises AssertionError with the first broken promise."""
    with ExitStack() as open_:
        if AVAILABLE:
            server = open_.enter_context(ForkServer.running("bot", "cogs"))
            Stage.launch = staticmethod(server.launch)
        postgresql = open_.enter_context(postgresql_server())
        async with asyncio.TaskGroup() as lanes:
            for kind in ("sqlite", "postgresql"):
                lanes.create_task(_lane(record, seed, only, kind, postgresql))
    rows = [row for row in record.rows() if row["batch"].startswith("sequences")]
    if sum(row["sequences"] for row in rows) >= SEQUENCES:
        events = _events(record)
        rare = {kind: events[kind] for kind in (*PLAN, SAVE) if events[kind] < AT_LEAST}
        assert not rare, f"happened too seldom: {rare}"


async def _lane(record: Record, seed: int, only: str, kind: str, server: str) -> None:
    for number in range(SEQUENCES // TOGETHER // 2):
        batch = f"sequences / {kind} / {number}"
        if only not in batch or record.has(batch):
            continue
        with tempfile.TemporaryDirectory(prefix="retouch-") as folder, ExitStack() as open_:
            database = sqlite_database(Path(folder)) if kind == "sqlite" else postgresql_database(server)
            url = open_.enter_context(database)
            ends = await group(Path(folder), url, random.Random(f"{seed} {batch}"), sequences=TOGETHER, steps=STEPS)
        counts = {name: getattr(ends, name) for name in COUNTED}
        record.add(batch, sequences=TOGETHER, steps=STEPS, events=dict(ends.events), **counts)
        print(f"{batch}: {counts}, {dict(ends.events)}", flush=True)


def _events(record: Record) -> Counter[str]:
    events: Counter[str] = Counter()
    for row in record.rows():
        if row["batch"].startswith("sequences"):
            events.update(row["events"])
    return events


def table(record: Record) -> str:
    """Return as Markdown how many sequences were run, what happened in them, and how often."""
    rows = [row for row in record.rows() if row["batch"].startswith("sequences")]
    sums = {name: sum(row[name] for row in rows) for name in COUNTED}
    lines = [f"{sum(row['sequences'] for row in rows)} sequences of {STEPS} steps: {sums}", "", "| event | times |"]
    return "\n".join([*lines, "|---|---|", *(f"| {kind} | {times} |" for kind, times in _events(record).most_common())])
