"""Orders that come together share a transaction: a burst is decided in a few commits, each order for itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from bot.database import Database, Transaction
from bot.errors import Refused
from bot.gate import Limits
from bot.jobs.engine import Engine
from bot.jobs.intake import TOGETHER, Intake
from bot.jobs.job import Destination, Job, JobState
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.money import Micros
from bot.toapis.models import Order, Source

ORDER = Order("as a poster", "m", sources=(Source("https://example.com/a.png", "a.png", "image/png", 9),))


class Idle:
    """An engine that is never reached: nobody has answered yet."""


class Counted(Database):
    """Counts its writing transactions; ``broken`` of them fail first."""

    writes = 0
    broken = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        self.writes += 1
        if self.broken:
            self.broken -= 1
            await asyncio.sleep(0.01)
            raise ConnectionError("the server went away")
        async with super().write() as write:
            yield write


@pytest.fixture
async def counted(database_url: str) -> AsyncIterator[Counted]:
    async with Counted.open(database_url) as opened:
        yield cast(Counted, opened)


def an_intake(database: Database, limits: Limits) -> Intake:
    engine = cast(Engine, Idle())
    return Intake(database=database, jobs=Jobs(database), ledger=Ledger(database), engine=engine, limits=limits)


async def accept(intake: Intake, member: int) -> Job:
    return await intake.accept(ORDER, Micros(1), Destination(member, channel_id=1, interaction_id=1))


async def test_a_burst_takes_few_transactions_and_refuses_by_the_member(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 2, 900))
    members = [number % 30 for number in range(2 * TOGETHER)]
    answers = await asyncio.gather(*(accept(intake, member) for member in members), return_exceptions=True)
    running = Counter(answer.destination.requester_id for answer in answers if isinstance(answer, Job))
    assert running == dict.fromkeys(range(30), 2)
    refused = [answer.key for answer in answers if isinstance(answer, Refused)]
    assert refused == ["refused-too-many-running"] * (2 * TOGETHER - 60)
    taken = {answer.id for answer in answers if isinstance(answer, Job)}
    assert {job.id for job in await Jobs(counted).in_state(JobState.ACCEPTED)} == taken
    assert set(await Ledger(counted).held()) == taken
    assert counted.writes <= 4


async def test_trouble_with_one_transaction_is_told_to_those_who_shared_it_and_to_nobody_else(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 9, 900))
    counted.broken = 1
    first = asyncio.create_task(accept(intake, 1))
    await asyncio.sleep(0)  # it has its turn; whoever comes now has the next
    others = [asyncio.create_task(accept(intake, member)) for member in (2, 3)]
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError, Job, Job]


async def test_a_cancelled_order_takes_nobody_along(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 9, 900))
    first = asyncio.create_task(accept(intake, 1))
    await asyncio.sleep(0)
    others = [asyncio.create_task(accept(intake, member)) for member in (2, 3)]
    await asyncio.sleep(0)
    first.cancel()
    others[0].cancel()
    answers = await asyncio.gather(*others, return_exceptions=True)
    assert isinstance(answers[1], Job)
    assert [job.destination.requester_id for job in await Jobs(counted).in_state(JobState.ACCEPTED)] == [3]
