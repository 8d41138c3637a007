"""Reconcile: after a healthy run nothing differs; what ToAPIs tells otherwise is found, each in its own words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.i18n import Phrases
from bot.jobs.job import JobState
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.reports.reconcile import CREDIT, SAMPLE, Reconcile
from tests.support.reconcile_shop import PRICE, shop
from tests.support.studio import NOW, a_job, bought


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
