"""The Settlement: what a job cost is what ToAPIs bills, or the price, or nothing; and it is noted once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from bot.database import Database
from bot.jobs.accounts import Accounts
from bot.jobs.job import Job, JobState
from bot.jobs.settlement import ASKED_FOR, PATIENCE, Settlement
from bot.ledger import Ledger
from playground.toapis.server import Painter
from tests.support.studio import PRICE, Hours, a_job, bought, entries, one_account, stored, studio

HELD = [("reserved", PRICE)]
RETURNED = [*HELD, ("returned", PRICE)]
AT_THE_PRICE = [*HELD, ("settled", PRICE)]


@dataclass
class Till:
    """A job that has a task, and everything that settles it."""

    database: Database
    hours: Hours
    painter: Painter
    ledger: Ledger
    accounts: Accounts
    settlement: Settlement
    job: Job

    async def settle(self, state: JobState = JobState.DELIVERED) -> bool:
        return await self.settlement.settle(replace(self.job, state=state))

    async def entries(self) -> list[tuple[str, int]]:
        return await entries(self.database, self.job.id)


@asynccontextmanager
async def till(database: Database, *, fault: str | None = None, seconds: float = 0.0) -> AsyncIterator[Till]:
    hours = Hours()
    job = a_job()
    async with studio(hours, seconds=seconds) as (painter, toapis):
        if fault:
            painter.fault(fault)
        _, ledger = await stored(database, job, hours)
        task = await bought(toapis, ledger, job)
        painter.calm()
        job = replace(job, task_id=task.task_id, submitted_at=hours.now)
        accounts = one_account(toapis)
        yield Till(database, hours, painter, ledger, accounts, Settlement(accounts, ledger, hours, hours), job)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
async def test_where_nothing_was_bought_all_goes_back_and_nobody_is_asked(database: Database, state: JobState) -> None:
    async with till(database) as t:
        t.job = replace(t.job, task_id=None)
        asked = len(t.painter.requests)
        assert await t.settle(state)
        assert await t.entries() == RETURNED
        assert len(t.painter.requests) == asked


async def test_a_bill_that_is_settled_is_the_cost(database: Database) -> None:
    async with till(database, fault="price-differs") as t:
        t.painter.billing = "settled"
        assert await t.settle()
        cost = t.painter.ledger[0].micros
        assert cost != PRICE
        assert await t.entries() == [*HELD, ("settled", cost)]


@pytest.mark.parametrize("billing", ["off", "settled"])
@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.FAILED])
async def test_failed_task_costs_nothing_with_or_without_a_refund(
    database: Database, billing: str, state: JobState
) -> None:
    async with till(database, fault="failed:generation_failed") as t:
        t.painter.billing = "settled" if billing == "settled" else "off"
        assert await t.settle(state)
        assert await t.entries() == RETURNED
        assert t.painter.ledger[0].refunded


async def test_a_pending_bill_is_waited_for(database: Database) -> None:
    async with till(database) as t:
        t.painter.billing = "pending-then-settled"
        assert not await t.settle()
        assert await t.entries() == HELD
        assert await t.settle()
        assert await t.entries() == [*HELD, ("settled", t.painter.ledger[0].micros)]


LEFT = (JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN)
"""The states of jobs that nobody works on any more. In each a painted task is paid for."""


@pytest.mark.parametrize("state", LEFT)
async def test_bill_pending_for_a_day_becomes_the_price(database: Database, state: JobState) -> None:
    async with till(database) as t:
        t.painter.billing = "pending-then-settled"
        t.hours.now += PATIENCE
        assert not await t.settle(state)
        t.painter.tasks[str(t.job.task_id)].looks = 0
        t.hours.now += ASKED_FOR
        assert await t.settle(state)
        assert await t.entries() == AT_THE_PRICE


@pytest.mark.parametrize("state", LEFT)
async def test_painted_without_a_bill_costs_the_price_whatever_became_of_the_job(
    database: Database, state: JobState
) -> None:
    async with till(database) as t:
        assert await t.settle(state)
        assert await t.entries() == AT_THE_PRICE


@pytest.mark.parametrize(
    ("state", "painted", "ends"),
    [
        (JobState.DELIVERED, True, AT_THE_PRICE),
        (JobState.CANCELLED, False, AT_THE_PRICE),
        (JobState.FAILED, True, AT_THE_PRICE),
        (JobState.FAILED, False, RETURNED),
    ],
)
async def test_a_task_that_toapis_forgot_costs_its_price_unless_it_failed_there(
    database: Database, state: JobState, painted: bool, ends: list[tuple[str, int]]
) -> None:
    async with till(database) as t:
        t.painter.fault("not-found")
        t.job = replace(t.job, painted_at=t.hours.now if painted else None)
        assert await t.settle(state)
        assert await t.entries() == ends


@pytest.mark.parametrize("fault", ["unavailable", "internal-error", "unauthorized"])
@pytest.mark.parametrize(("state", "ends"), [(JobState.DELIVERED, AT_THE_PRICE), (JobState.FAILED, RETURNED)])
async def test_unreadable_bill_is_asked_for_later_but_not_for_ever(
    database: Database, fault: str, state: JobState, ends: list[tuple[str, int]]
) -> None:
    async with till(database) as t:
        t.painter.fault(fault, on=("status",))
        assert not await t.settle(state)
        assert await t.entries() == HELD
        t.hours.now += PATIENCE + 1
        assert await t.settle(state)
        assert await t.entries() == ends


@pytest.mark.parametrize("state", LEFT)
async def test_a_task_that_is_being_painted_has_no_cost_yet(database: Database, state: JobState) -> None:
    async with till(database, seconds=math.inf) as t:
        assert not await t.settle(state)
        t.hours.now += PATIENCE + 1
        assert await t.settle(state)
        assert await t.entries() == AT_THE_PRICE


@pytest.mark.parametrize("step", [-3 * PATIENCE, 3 * PATIENCE])
async def test_a_clock_that_steps_closes_no_money_without_toapis_word(database: Database, step: float) -> None:
    elapsed = Hours()
    async with till(database, seconds=100.0, fault="failed:generation_failed") as t:
        settlement = Settlement(t.accounts, t.ledger, t.hours, elapsed)
        clock = t.hours.now
        cancelled = replace(t.job, state=JobState.CANCELLED)
        t.painter.clock = lambda: clock
        t.hours.now += step
        assert not await settlement.settle(cancelled)
        elapsed.now += ASKED_FOR - 1
        assert not await settlement.settle(cancelled)
        t.painter.clock = lambda: clock + 200
        assert await settlement.settle(cancelled)
        assert await t.entries() == RETURNED


async def test_a_new_life_asks_before_it_gives_up(database: Database) -> None:
    async with till(database, seconds=math.inf) as t:
        assert not await t.settle(JobState.CANCELLED)
        t.hours.now += 2 * PATIENCE
        later = Settlement(t.accounts, t.ledger, t.hours, t.hours)
        assert not await later.settle(replace(t.job, state=JobState.CANCELLED))


async def test_an_unknown_job_without_a_task_keeps_its_money_held(database: Database) -> None:
    async with till(database) as t:
        t.job = replace(t.job, task_id=None)
        t.hours.now += 2 * PATIENCE
        assert not await t.settle(JobState.UNKNOWN)
        assert await t.entries() == HELD


async def test_unknown_job_with_a_missing_task_is_asked_for_a_day(database: Database) -> None:
    async with till(database) as t:
        t.painter.fault("not-found")
        assert not await t.settle(JobState.UNKNOWN)
        t.hours.now += PATIENCE + 1
        assert await t.settle(JobState.UNKNOWN)
        assert await t.entries() == AT_THE_PRICE


async def test_job_cancelled_while_painting_is_settled_once_done(database: Database) -> None:
    async with till(database, seconds=100.0) as t:
        t.painter.billing = "settled"
        assert not await t.settle(JobState.CANCELLED)
        assert await t.entries() == HELD
        t.hours.now += 200
        assert await t.settle(JobState.CANCELLED)
        assert await t.entries() == [*HELD, ("settled", t.painter.ledger[0].micros)]


async def test_settling_often_and_at_once_settles_once(database: Database) -> None:
    async with till(database) as t:
        t.painter.billing = "settled"
        assert await asyncio.gather(*(t.settle() for _ in range(5))) == [True] * 5
        assert await t.settle(JobState.FAILED)
        assert await t.entries() == [*HELD, ("settled", t.painter.ledger[0].micros)]


async def test_a_job_without_money_is_settled_without_a_word(database: Database) -> None:
    async with till(database) as t:
        t.job = replace(t.job, id="nobody")
        assert await t.settle()
        assert await t.entries() == []


@pytest.mark.parametrize(
    ("key_id", "state", "closed"),
    [
        ("theirs", JobState.FAILED, [("settled", PRICE)]),
        ("theirs", JobState.DELIVERED, [("settled", PRICE)]),
        (None, JobState.FAILED, []),
    ],
)
async def test_refused_own_key_settles_without_a_bill(
    database: Database, key_id: str | None, state: JobState, closed: list[tuple[str, int]]
) -> None:
    async with till(database) as t:
        t.job = replace(t.job, key_id=key_id)
        t.painter.revoke(t.painter.key)
        assert await t.settle(state) == bool(closed)
        assert await t.entries() == [("reserved", PRICE), *closed]
