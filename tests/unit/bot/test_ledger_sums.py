"""The Ledger against ToAPIs' charges, whatever is ordered, settled, returned, killed and restarted in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.database import Database, metadata
from bot.images.worker import ImageWorker
from bot.jobs.job import Job, JobState
from bot.jobs.settlement import Settlement
from bot.ledger import Ledger
from bot.money import Micros
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.random_events import MISFORTUNES, RandomEvents
from tests.support.studio import CATALOGUE, ORDER, Hours, a_job, bought, one_account, studio

DEEDS = ("order", "order a failing one", "killed while ordering", "buy", "wait", "settle", "return", "restart")
Deed = tuple[str, int]
"""What is done, and to which of the jobs so far (modulo)."""


class Till:
    """A ledger over several restarts, beside the stand-in's charges. ``jobs``: the oldest first."""

    def __init__(self, url: str, painter: Painter, toapis: ToAPIs, hours: Hours) -> None:
        self._url = url
        self.painter = painter
        self._toapis = toapis
        self._hours = hours
        self.jobs: list[Job] = []
        self._failing: set[str] = set()

    async def does(self, deeds: Sequence[Deed]) -> None:
        """Perform each deed and check the invariants after it; a restart begins a new process."""
        lives: list[list[Deed]] = [[]]
        for entry in deeds:
            lives.append([]) if entry[0] == "restart" else lives[-1].append(entry)
        for life in lives:
            async with Database.open(self._url) as database:
                for name, which in life:
                    await self._deed(database, name, which)
                    await self.holds(database)
        async with Database.open(self._url) as database:
            self._hours.now += 3600
            for number in range(len(self.jobs)):
                await self._deed(database, "settle", number)
            assert await self.spent(database) == sum(
                charge.micros for charge in self.painter.ledger if not charge.refunded
            )
            assert not {job.id for job in self.jobs} & set(await Ledger(database, self._hours).held())

    async def _deed(self, database: Database, name: str, which: int) -> None:
        ledger = Ledger(database, self._hours)
        job = self.jobs[which % len(self.jobs)] if self.jobs else None
        match name:
            case "order" | "order a failing one" | "killed while ordering":
                await self._order(database, name)
            case "wait":
                self._hours.now += 7
            case "buy" if job is not None and job.task_id is None and await ledger.reservation(job.id):
                if job.id in self._failing:
                    self.painter.fault("failed:generation_failed", times=1)
                if self.painter.billing == "settled" and which % 2:
                    self.painter.fault("price-differs", times=1, factor=0.5)
                task = await bought(self._toapis, ledger, job)
                self._now(replace(job, task_id=task.task_id, submitted_at=self._hours.now, state=JobState.CANCELLED))
            case "settle" if job is not None:
                await Settlement(one_account(self._toapis), ledger, self._hours).settle(job)
            case "return" if job is not None and job.task_id is None:
                await ledger.give_back(job.id)
            case _:
                pass  # nothing to do it to

    async def _order(self, database: Database, how: str) -> None:
        job = replace(a_job(), price=CATALOGUE.price(ORDER))
        try:
            async with database.write() as write:
                await Ledger(database, self._hours).reserve(write, job.id, job.price, member_id=1, guild_id=4)
                if how == "killed while ordering":
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            return
        self.jobs.append(job)
        if how == "order a failing one":
            self._failing.add(job.id)

    def _now(self, job: Job) -> None:
        self.jobs = [job if other.id == job.id else other for other in self.jobs]

    async def holds(self, database: Database) -> None:
        """Check: nothing negative; each job opened once, closed at most once; each purchase held or paid."""
        table = metadata.tables["ledger"]
        async with database.read() as read:
            rows = (await read.execute(sa.select(table).where(table.c.job_id.in_([job.id for job in self.jobs])))).all()
        assert all(row.amount >= 0 for row in rows)
        assert sorted(row.job_id for row in rows if row.phase == "open") == sorted(job.id for job in self.jobs)
        closed = [row.job_id for row in rows if row.phase == "close"]
        assert len(closed) == len(set(closed))
        paid = {charge.business_id for charge in self.painter.ledger if not charge.refunded}
        assert not {row.job_id for row in rows if row.kind == "returned"} & paid
        assert await self.spent(database) >= sum(charge.micros for charge in self.painter.ledger if not charge.refunded)

    async def spent(self, database: Database) -> int:
        """Return the sum of these jobs in our ledger: held and settled."""
        ledger = Ledger(database, self._hours)
        async with database.read() as read:
            windows, _ = await ledger.spent(read, guild_id=4)
        return Micros(windows["month"].money)


async def emptied(url: str) -> None:
    """Remove the rows of another example."""
    async with Database.open(url) as database, database.write() as write:
        for name in ("ledger", "jobs", "facts"):
            await write.execute(sa.delete(metadata.tables[name]))


@pytest.mark.parametrize("billing", ["off", "settled"])
@given(deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 9)), min_size=12, max_size=40))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sum_of_entries_is_never_less_than_the_charges(database_url: str, billing: str, deeds: list[Deed]) -> None:
    async def story() -> None:
        await emptied(database_url)
        hours = Hours()
        async with studio(hours, seconds=5.0) as (painter, toapis):
            painter.billing = "settled" if billing == "settled" else "off"
            await Till(database_url, painter, toapis, hours).does(deeds)

    asyncio.run(story())


@given(deeds=st.lists(st.tuples(st.sampled_from(MISFORTUNES), st.integers(0, 999)), min_size=8, max_size=16))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ledger_is_the_painters_and_limits_hold_whatever_happens(
    database_url: str, deeds: list[tuple[str, int]]
) -> None:
    async def story() -> None:
        await emptied(database_url)
        hours = Hours()
        image_worker = ImageWorker()
        async with studio(hours, seconds=30.0) as (painter, toapis):
            try:
                await RandomEvents(database_url, painter, toapis, image_worker, hours).perform(deeds)
            finally:
                image_worker.close()

    asyncio.run(story())
