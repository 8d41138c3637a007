"""A painter, our books, and whoever compares them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.database import Database
from bot.i18n import Phrases
from bot.jobs.job import Job, JobState
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.reports.reconcile import Reconcile, Reconciliation
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.studio import CATALOGUE, ORDER, Hours, a_job, bought, one_account, stored, studio

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
