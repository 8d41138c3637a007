"""A shop with everything that a purchase needs, and purchases in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from bot.database import Database
from bot.errors import RetouchError
from bot.jobs.claim import Claims
from bot.jobs.engine import Engine
from bot.jobs.job import Job
from bot.jobs.lookup import Lookup
from bot.jobs.purchase import Purchase
from bot.jobs.store import Jobs
from bot.jobs.webhooks import Webhooks
from bot.jobs.workflows import WorkflowPhase
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.toapis.client import ToAPIs
from playground.toapis.accounts import Charge
from playground.toapis.server import Painter
from tests.support.engine_runs import InlineEngine, life
from tests.support.studio import CATALOGUE, PICTURE_URL, Hours, a_job, bought, one_account, stored, studio

WINDOW = 120.0
CREATE = "POST /v1/images/generations"


@dataclass
class Shop:
    """Everything that a purchase needs but its engine."""

    database: Database
    hours: Hours
    painter: Painter
    toapis: ToAPIs
    job: Job
    jobs: Jobs
    ledger: Ledger

    def lookup(self) -> Lookup:
        key_values = KeyValueStore(self.database)
        hours = self.hours
        return Lookup(
            self.toapis, key_values, name="operator", window=WINDOW, clock=hours, elapsed=hours, sleep=hours.sleep
        )

    def purchase(
        self, engine: Engine | InlineEngine, jobs: Jobs | None = None, webhooks: Webhooks | None = None
    ) -> Purchase:
        return Purchase(
            engine=cast("Engine", engine),
            jobs=jobs or self.jobs,
            claims=Claims(self.database, self.hours),
            ledger=self.ledger,
            accounts=one_account(self.toapis, self.lookup()),
            catalogue=lambda: CATALOGUE,
            webhooks=webhooks,
            clock=self.hours,
            elapsed=self.hours,
        )

    async def prove(self) -> None:
        """Buy another job, so that the look-up is known to work."""
        other = a_job()
        _, ledger = await stored(self.database, other, self.hours)
        await self.lookup().prove(other.id, (await bought(self.toapis, ledger, other)).task_id)

    @property
    def charges(self) -> list[Charge]:
        return [charge for charge in self.painter.ledger if charge.business_id == self.job.id]

    @property
    def creates(self) -> int:
        """Count the creates of this job that reached the stand-in ToAPIs."""
        calls = (call for call in self.painter.requests if call.route == CREATE)
        return sum(call.json["client_business_id"] == self.job.id for call in calls)

    async def row(self) -> Job:
        stored_job = await self.jobs.get(self.job.id)
        assert stored_job is not None
        return stored_job

    async def is_bought_once(self, task_id: object) -> bool:
        """Return whether the stand-in ToAPIs has one task of this job, and the job's row names it."""
        row = await self.row()
        return [task_id] == [charge.task_id for charge in self.charges] and row.task_id == task_id


@asynccontextmanager
async def shop(database: Database) -> AsyncIterator[Shop]:
    hours = Hours()
    job = a_job()
    async with studio(hours) as (painter, toapis):
        jobs, ledger = await stored(database, job, hours)
        yield Shop(database, hours, painter, toapis, job, jobs, ledger)


async def buys(shop: Shop) -> Any:
    """Buy the job. Return the task's id, or the error."""
    try:
        return await shop.purchase(InlineEngine()).buy(shop.job, [PICTURE_URL])
    except RetouchError as error:
        return error


async def buys_in_a_workflow(shop: Shop) -> Any:
    """Buy the job in a workflow of the real engine. Return the same."""
    engine = Engine(shop.database)
    purchase = shop.purchase(engine)
    end = asyncio.get_running_loop().create_future()

    async def workflow(job_id: str, phase: WorkflowPhase) -> None:
        try:
            end.set_result(await purchase.buy(shop.job, [PICTURE_URL]))
        except RetouchError as error:
            end.set_result(error)

    async with life(engine, workflow):
        await engine.submit(shop.job.id)
        return await asyncio.wait_for(end, 60)
