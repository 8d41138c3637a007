"""Reconcile: after a healthy run nothing differs; what ToAPIs tells otherwise is found, each in its own words."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.i18n import Phrases
from bot.jobs.job import Job, JobState
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.reports.reconcile import CREDIT, SAMPLE, Reconcile, Reconciliation
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.databases import sqlite_database
from tests.support.studio import CATALOGUE, NOW, ORDER, Hours, a_job, bought, one_account, stored, studio

ROOT = Path(__file__).parents[4]
PRICE = CATALOGUE.price(ORDER)
"""The catalogue's own, which is the painter's too: 4 cents."""


@dataclass
class Shop:
    """A painter, our books, and whoever compares them."""

    database: Database
    hours: Hours
    painter: Painter
    toapis: ToAPIs
    reconcile: Reconcile

    async def takes(self) -> Job:
        """Accept an order, not bought yet."""
        job = replace(a_job(), price=PRICE, created_at=self.hours.now)
        await stored(self.database, job, self.hours)
        return job

    async def buys(self, job: Job | None = None) -> Job:
        """Buy and charge an order; its money is held."""
        job = job or await self.takes()
        task = await bought(self.toapis, Ledger(self.database, self.hours), job)
        jobs = Jobs(self.database, self.hours)
        await jobs.move(job.id, JobState.SUBMITTED, task_id=task.task_id, submitted_at=self.hours.now)
        return replace(job, task_id=task.task_id, submitted_at=self.hours.now)

    async def ends(self, job: Job, state: JobState = JobState.DELIVERED) -> Job:
        """End the job, and settle it as in operation."""
        jobs = Jobs(self.database, self.hours)
        if state is JobState.DELIVERED:
            await jobs.move(job.id, JobState.PAINTED, painted_at=self.hours.now)
        await jobs.move(job.id, state)
        job = replace(job, state=state)
        await Settlement(one_account(self.toapis), Ledger(self.database, self.hours), self.hours).settle(job)
        return job

    async def paints(self) -> Job:
        return await self.ends(await self.buys())

    async def look(self) -> Reconciliation:
        self.hours.now += 1
        audit = await self.reconcile.look()
        self.hours.now += 1
        return audit

    async def agrees(self) -> None:
        audit = await self.look()
        assert audit.differences == (), audit.lines(Phrases())
        assert audit.is_whole

    async def cost(self, job: Job, amount: int) -> None:
        """Write another cost into the ledger."""
        table = sa.text("UPDATE ledger SET amount = :amount WHERE job_id = :id AND phase = 'close'")
        async with self.database.write() as write:
            await write.execute(table, {"amount": amount, "id": job.id})


@asynccontextmanager
async def shop(database: Database, billing: str = "settled", *, seconds: float = 0.0) -> AsyncIterator[Shop]:
    hours = Hours()
    async with studio(hours, seconds=seconds) as (painter, toapis):
        painter.billing = billing  # type: ignore[assignment]  # one of its words
        reconcile = Reconcile(
            database=database, toapis=toapis, key_values=KeyValueStore(database), key=painter.key, clock=hours
        )
        yield Shop(database, hours, painter, toapis, reconcile)


@pytest.mark.parametrize("billing", ["settled", "off"])
@pytest.mark.proves("books-agree")
async def test_a_healthy_run_differs_in_nothing_wherever_it_is_looked_at(database: Database, billing: str) -> None:
    async with shop(database, billing) as s:
        await s.agrees()
        taken = await s.takes()
        await s.agrees()
        under_way = [await s.buys(taken), await s.buys(), await s.buys()]
        await s.agrees()
        await s.ends(under_way[0])
        s.painter.fault("failed:generation_failed")
        failing = await s.buys()
        s.painter.calm()
        await s.agrees()
        await s.ends(failing, JobState.FAILED)
        await s.agrees()
        await s.ends(under_way[1])
        await s.ends(under_way[2], JobState.CANCELLED)
        await s.paints()
        await s.agrees()
        await s.agrees()
        assert len([charge for charge in s.painter.ledger if not charge.refunded]) == 4


async def test_what_was_reserved_before_the_last_look_may_be_charged_after_it(database: Database) -> None:
    async with shop(database) as s:
        taken = [await s.takes(), await s.takes()]
        await s.agrees()
        for job in taken:
            await s.ends(await s.buys(job))
        await s.agrees()


async def test_charge_before_the_last_check_may_be_returned_after_it(database: Database) -> None:
    async with shop(database, seconds=100.0) as s:
        s.painter.fault("failed:generation_failed")
        failing = [await s.buys(), await s.buys()]
        await s.agrees()
        s.hours.now += 200
        for job in failing:
            await s.ends(job, JobState.FAILED)
        await s.agrees()


async def test_a_pending_bill_is_no_difference(database: Database) -> None:
    async with shop(database, "pending-then-settled") as s:
        await s.agrees()
        job = await s.buys()
        s.painter.tasks[str(job.task_id)].looks = 0
        await s.ends(job)
        await s.agrees()
        await s.ends(job)
        await s.agrees()


async def test_the_first_time_there_is_nothing_to_compare_the_spending_with(database: Database) -> None:
    async with shop(database) as s:
        await s.paints()
        audit = await s.look()
        assert (audit.spending, audit.since, audit.asked) == ("first", None, 1)
        audit = await s.look()
        assert (audit.spending, audit.since) == ("since", NOW + 1)
        other = Reconcile(
            database=database, toapis=s.toapis, key_values=KeyValueStore(database), key="sk-other", clock=s.hours
        )
        assert (await other.look()).spending == "first"  # what another key had used is not compared


async def test_spending_of_own_keys_is_not_expected_on_the_operators_key(database: Database) -> None:
    async with shop(database) as s:
        await s.look()
        theirs = replace(a_job(), price=PRICE, created_at=s.hours.now, key_id="a server's")
        jobs = Jobs(database, s.hours)
        ledger = Ledger(database, s.hours)
        async with database.write() as write:
            await jobs.add(write, theirs, None)
            await ledger.reserve(write, theirs.id, PRICE, member_id=1, guild_id=4, key_id=theirs.key_id)
        await jobs.move(theirs.id, JobState.SUBMITTED, task_id="unknown to the operator's key")
        for state in (JobState.PAINTED, JobState.DELIVERED):
            await jobs.move(theirs.id, state)
        await ledger.settle(theirs.id, PRICE)
        await s.agrees()
        s.hours.now += 1
        await s.paints()
        await s.agrees()


async def test_what_the_key_used_beside_us_is_named(database: Database) -> None:
    async with shop(database) as s:
        await s.agrees()
        await s.paints()
        job = await s.takes()
        await bought(s.toapis, Ledger(database, s.hours), job)  # charged, and then our books lose it
        async with database.write() as write:
            for table in ("jobs", "ledger"):
                column = "id" if table == "jobs" else "job_id"
                await write.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": job.id})
        audit = await s.look()
        (difference,) = audit.differences
        assert difference.key == "used-more"
        gap = f"{(PRICE - CREDIT) / 1_000_000:.3f}"
        assert difference.facts["gap"] == gap
        (line,) = [line for line in audit.lines(Phrases()) if "nobody here knows of" in line]
        assert line == (
            f"By ToAPIs the key used $0.08 in that time. The ledger settled $0.04, and $0.00 is open: "
            f"${gap} was used that nobody here knows of."
        )
        await s.agrees()  # it was told once; from now on it is as it is


async def test_what_we_settled_and_the_key_never_paid_is_named(database: Database) -> None:
    async with shop(database) as s:
        await s.agrees()
        job = await s.paints()
        charge = s.painter.ledger[0]
        charge.refunded = True  # as if it had never been charged
        audit = await s.look()
        assert [difference.key for difference in audit.differences if difference.job_id is None] == ["used-less"]
        assert job.task_id == charge.task_id


async def test_bill_that_differs_from_the_ledger_is_reported_with_its_job(database: Database) -> None:
    async with shop(database) as s:
        jobs = [await s.paints() for _ in range(3)]
        await s.agrees()
        await s.cost(jobs[1], 10_000)
        audit = await s.look()
        assert [(difference.key, difference.job_id) for difference in audit.differences] == [("bill", jobs[1].id)]
        assert audit.asked == 3
        assert f"job {jobs[1].id}: ToAPIs billed $0.04, and the ledger says $0.01." in audit.lines(Phrases())


async def test_a_failed_task_that_we_paid_for_by_our_books_is_named(database: Database) -> None:
    async with shop(database) as s:
        s.painter.fault("failed:generation_failed")
        job = await s.buys()
        jobs = Jobs(database, s.hours)
        ledger = Ledger(database, s.hours)
        await jobs.move(job.id, JobState.CANCELLED)
        await ledger.settle(job.id, PRICE)
        assert [(difference.key, difference.job_id) for difference in (await s.look()).differences] == [
            ("bill", job.id)
        ]


async def test_only_the_newest_are_asked_and_a_forgotten_task_proves_nothing(database: Database) -> None:
    async with shop(database) as s:
        oldest = await s.paints()
        await s.cost(oldest, 1)
        for _ in range(SAMPLE):
            s.hours.now += 1
            await s.paints()
        await s.agrees()
        s.painter.fault("not-found", on=("status",))
        audit = await s.look()
        assert (audit.differences, audit.asked, audit.is_whole) == ((), 0, True)


async def test_without_toapis_own_books_are_compared_and_the_snapshot_stays(database: Database) -> None:
    async with shop(database) as s:
        await s.agrees()
        job = await s.paints()
        async with database.write() as write:
            await write.execute(sa.text("UPDATE jobs SET price = 1 WHERE id = :id"), {"id": job.id})
        s.painter.fault("unauthorized")
        audit = await s.look()
        assert ([difference.key for difference in audit.differences], audit.is_whole) == (["other-price"], False)
        assert "ToAPIs could not be asked" in audit.lines(Phrases())[1]
        s.painter.calm()
        assert (await s.look()).since == NOW + 1


def audited(url: str, painter: str, key: str) -> tuple[int, str]:
    """Return what ``python -m bot reconcile`` prints, and its exit code."""
    environment = {
        "DISCORD_TOKEN": "a.b.c",
        "TOAPIS_API_KEY": key,
        "TOAPIS_BASE_URL": painter,
        "DATABASE_URL": url,
        "LOG_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "reconcile"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


async def test_the_command_prints_it_and_its_exit_code_tells_whether_anything_differs(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as url:
        async with Database.open(url) as database, shop(database) as s:
            job = await s.paints()
            code, said = await asyncio.to_thread(audited, url, s.painter.url, s.painter.key)
            assert (code, said.splitlines()[-1]) == (0, "Nothing differs.")
            assert said.startswith("In the ledger: $0.04 was reserved. Of that $0.04 was settled (and cost $0.04)")
            await s.cost(job, 1)
            code, said = await asyncio.to_thread(audited, url, s.painter.url, s.painter.key)
            assert (code, said.splitlines()[-1]) == (1, "One thing differs.")
            assert job.id in said
            await s.cost(job, PRICE)
            code, said = await asyncio.to_thread(audited, url, "http://127.0.0.1:9", s.painter.key)
            assert (code, said.splitlines()[-1]) == (2, "Nothing differs.")


async def test_the_command_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    for file in (tmp_path / "no" / "such.db", tmp_path / "none.db"):
        code, said = audited(f"sqlite:///{file}", "http://127.0.0.1:9", "sk-1")
        assert (code, said) == (2, f"DATABASE_URL: there is no file {file}, so nothing to compare\n")
        assert not file.exists()
