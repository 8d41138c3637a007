"""The plans of our queries: those that people wait for, and those for one member's data, read no foreign jobs."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.guilds.gate import Limits
from bot.guilds.rules import Rules
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.migrations.migrate import migrate
from bot.orders import Source
from bot.privacy.personal_data import Privacy, Workflows
from tests.support.intake_parts import an_intake
from tests.support.studio import ORDER, PRICE, WHERE, Hours

ALL: Final = Limits(90, 90, 90, money_per_day=10**12, money_per_month=10**12)
SCAN: Final = re.compile(
    r"SCAN (?!CONSTANT ROW|used\b|busy\b|\(subquery|maintenance\b|\w+ USING (COVERING )?INDEX ledger_held\b)(\w+)"
)
"""A table is read whole. Tables with one row may be, and the index of what is held at this moment."""

Statement = tuple[str, Any]


class NoWorkflows:
    async def forget(self, _: object) -> None: ...


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make, once, a file with the tables and 500 orders of 50 members. Return its path."""
    file = tmp_path_factory.mktemp("plans") / "retouch.db"
    asyncio.run(fill(f"sqlite:///{file}"))
    return file


async def fill(url: str) -> None:
    await asyncio.to_thread(migrate, url)
    async with Database.open(url) as opened:
        intake = an_intake(opened, replace(ALL, running_in_all=10_000, running_per_member=90))
        hours = Hours()
        for number in range(500):
            where = replace(WHERE, requester_id=1 + number % 50, interaction_id=number)
            job = await intake.accept(ORDER, PRICE, where, within=0)
            await Jobs(opened, hours).move(job.id, JobState.FAILED)
            await Ledger(opened, hours).give_back(job.id)


@pytest.fixture
async def database(filled: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """Yield a copy of the filled file, opened."""
    shutil.copy(filled, tmp_path / "retouch.db")
    async with Database.open(f"sqlite:///{tmp_path}/retouch.db") as opened:
        yield opened


@contextmanager
def heard(database: Database) -> Iterator[list[Statement]]:
    """Record every statement that the database executes meanwhile."""
    statements: list[Statement] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        statements.append((statement, parameters[0] if many else parameters))

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


async def scans(database: Database, statements: list[Statement]) -> list[str]:
    """Return the statements that read a growing table whole, each with its plan."""
    plans = []
    async with database.read() as read:
        for statement, parameters in dict(statements).items():
            if not statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            rows = (await read.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            steps = [str(row[-1]) for row in rows]
            if any(map(SCAN.match, steps)):
                plans.append("\n".join([" ".join(statement.split()), *steps]))
    return plans


async def ordered(database: Database) -> Job:
    """Accept an order under every limit that there is, and take it up to its picture."""
    await Rules(database).change(4, 9, {"server_day": 90, "member_hour": 90, "cooldown": 1, "running_in_server": 90})
    jobs = Jobs(database, Hours())
    ledger = Ledger(database, Hours())
    hours = Hours()
    hours.now += 60
    source = Source("", "cat.jpg", "image/jpeg", 9, 2, 70, (1, 77))
    order = replace(ORDER, sources=(source,))
    job = await an_intake(database, ALL, hours=hours).accept(order, PRICE, WHERE, idempotency_key="message:1")
    assert await jobs.get(job.id)
    await jobs.place(job.id, card_id=31, place_id=32, source_id=33)
    await jobs.move(job.id, JobState.SUBMITTED, task_id="task", submitted_at=1.0)
    await jobs.move(job.id, JobState.PAINTED, painted_at=2.0)
    await jobs.move(job.id, JobState.DELIVERED, result_id=34)
    await ledger.reservation(job.id)
    await ledger.settle(job.id, PRICE)
    return job


async def looked_at(database: Database) -> None:
    jobs = Jobs(database, Hours())
    (job, *_) = await jobs.history(member_id=1, place_id=None, skip=0, most=6)
    await jobs.history(member_id=None, place_id=32, skip=0, most=6)
    await jobs.lineage(job.id)
    await jobs.last_in(32)
    await jobs.last_delivered(32)
    await jobs.made_from([70, 71])
    await jobs.lost_a_source(job)
    await jobs.is_cancelled(job.id)
    await jobs.cancel(job.id, 1)
    await jobs.in_state(JobState.ACCEPTED)
    await Ledger(database, Hours()).held()


async def formed(database: Database) -> None:
    await KeyValueStore(database).put("form1:menu:1:2", {"at": 5.0, "shown": []}, member_id=1, most=3)
    await KeyValueStore(database).get("form1:menu:1:2")
    await KeyValueStore(database).forget("form", before=3.0)


async def exported(database: Database) -> None:
    privacy = Privacy(database, cast("Workflows", NoWorkflows()), retention_days=90, guild_gone_days=30, clock=Hours())
    await privacy.export(1, io.StringIO())


@pytest.mark.parametrize("act", [ordered, looked_at, formed])
async def test_queries_that_people_wait_for_read_no_growing_table_whole(
    database: Database, act: Callable[[Database], Awaitable[object]]
) -> None:
    with heard(database) as statements:
        await act(database)
    assert statements
    assert await scans(database, statements) == []


async def test_export_reads_only_small_tables_whole(database: Database) -> None:
    with heard(database) as statements:
        await exported(database)
    whole = {match[2] for plan in await scans(database, statements) for match in SCAN.finditer(plan)}
    assert not whole & {"jobs", "ledger", "order_owners", "order_messages"}
