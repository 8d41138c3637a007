"""Orders that come together share a transaction: a burst is decided in a few commits, each order for itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import sqlalchemy as sa

from bot.database import Database, Transaction
from bot.errors import Refused
from bot.guilds.gate import Limits
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.job import Destination, Job, JobState
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.money import Micros
from bot.orders import Order, Source

ORDER = Order("as a poster", "m", sources=(Source("https://example.com/a.png", "a.png", "image/png", 9),))


BURST = 100
"""Orders at once: more than one transaction decides on."""


class Idle:
    """An engine that is never reached: nobody has answered yet."""


class Counted(Database):
    """Counts its writing transactions; ``broken`` of them fail first.

    Each waits for ``begin``, and after its commit for ``end``. ``told`` is what they are doing, in order.
    """

    writes = 0
    broken = 0

    def prepare(self) -> None:
        """Lets everything pass."""
        self.begin = asyncio.Event()
        self.end = asyncio.Event()
        self.begin.set()
        self.end.set()
        self.told: asyncio.Queue[str] = asyncio.Queue()

    async def hears(self, *expected: str) -> None:
        """Wait until the transactions have decided these items, and nothing else."""
        for outcome in expected:
            assert await self.told.get() == outcome

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        self.writes += 1
        if self.broken:
            self.broken -= 1
            await asyncio.sleep(0.01)
            raise ConnectionError("the server went away")
        await self.told.put("begins")
        await self.begin.wait()
        async with super().write() as write:
            yield write
        await self.told.put("committed")
        await self.end.wait()


@pytest.fixture
async def counted(database_url: str) -> AsyncIterator[Counted]:
    async with Counted.open(database_url) as opened:
        counted = cast(Counted, opened)
        counted.prepare()
        yield counted


def an_intake(database: Database, limits: Limits) -> Intake:
    engine = cast(Engine, Idle())
    return Intake(database=database, jobs=Jobs(database), ledger=Ledger(database), engine=engine, limits=limits)


async def accept(intake: Intake, member: int, guild: int | None = None, price: int = 1) -> Job:
    where = Destination(member, channel_id=1, interaction_id=1, guild_id=guild)
    return await intake.accept(ORDER, Micros(price), where)


async def members_with_a_job(database: Database) -> list[int]:
    """Return the members of the jobs that have both their row and their money."""
    jobs = await Jobs(database).in_state(JobState.ACCEPTED)
    assert set(await Ledger(database).held()) == {job.id for job in jobs}
    return sorted(job.destination.requester_id for job in jobs)


async def refuse_rows_of(database: Database, member: int) -> None:
    """Make the database refuse each job of this member."""
    async with database.write() as write:
        if write.dialect.name == "sqlite":
            body = f"WHEN NEW.member_id = {member} BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            await write.execute(sa.text(f"CREATE TRIGGER refuse BEFORE INSERT ON jobs {body}"))
            return
        body = f"BEGIN IF NEW.member_id = {member} THEN RAISE 'not this one'; END IF; RETURN NEW; END"
        await write.execute(
            sa.text(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $refuse$ {body} $refuse$")
        )
        await write.execute(
            sa.text("CREATE TRIGGER refuse BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION refuse()")
        )


async def test_a_burst_takes_few_transactions_and_refuses_by_the_member(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 2, 900))
    members = [number % 30 for number in range(BURST)]
    answers = await asyncio.gather(*(accept(intake, member) for member in members), return_exceptions=True)
    running = Counter(answer.destination.requester_id for answer in answers if isinstance(answer, Job))
    assert running == dict.fromkeys(range(30), 2)
    refused = [answer.key for answer in answers if isinstance(answer, Refused)]
    assert refused == ["refused-too-many-running"] * (BURST - 60)
    taken = {answer.id for answer in answers if isinstance(answer, Job)}
    assert {job.id for job in await Jobs(counted).in_state(JobState.ACCEPTED)} == taken
    assert set(await Ledger(counted).held()) == taken
    assert counted.writes <= 4


async def test_transaction_error_is_raised_only_for_orders_that_shared_it(counted: Counted) -> None:
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
    decided = {job.destination.requester_id for job in await Jobs(counted).in_state(JobState.ACCEPTED)}
    assert decided - {1} == {3}  # on a file the first is decided before it can be cancelled


async def test_a_statement_that_fails_for_one_order_leaves_the_others(counted: Counted) -> None:
    await refuse_rows_of(counted, 3)
    intake = an_intake(counted, Limits(9, 9, 900))
    answers = await asyncio.gather(*(accept(intake, member) for member in range(1, 8)), return_exceptions=True)
    assert [number for number, answer in enumerate(answers, 1) if isinstance(answer, sa.exc.SQLAlchemyError)] == [3]
    assert await members_with_a_job(counted) == [1, 2, 4, 5, 6, 7]


async def test_a_free_order_fits_a_money_limit_that_is_overspent(counted: Counted) -> None:
    await accept(an_intake(counted, Limits(9, 9, 900)), 1, price=50)
    intake = an_intake(counted, Limits(9, 9, 900, money_per_day=40))
    answers = await asyncio.gather(*(accept(intake, member, price=0) for member in range(2, 5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Job, Job, Job]


async def test_unreadable_rules_of_one_server_leave_orders_elsewhere(counted: Counted) -> None:
    async with counted.write() as write:
        kept = sa.table("rules", sa.column("guild_id", sa.BigInteger), sa.column("values", sa.JSON))
        await write.execute(sa.insert(kept).values({"guild_id": 7, "values": {"words": 5, "channels": 5}}))
    intake = an_intake(counted, Limits(9, 9, 900))
    orders = [accept(intake, member, guild=6 + member % 2) for member in range(1, 7)]
    answers = await asyncio.gather(*orders, return_exceptions=True)
    assert [isinstance(answer, Job) for answer in answers] == [False, True] * 3
    assert not any(isinstance(answer, Refused) for answer in answers)
    assert await members_with_a_job(counted) == [2, 4, 6]


async def test_a_newcomer_after_a_cancelled_order_has_a_row(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 9, 900))
    first = asyncio.create_task(accept(intake, 1))
    await asyncio.sleep(0)  # it has its turn alone; the next two share the next
    second, third = (asyncio.create_task(accept(intake, member)) for member in (2, 3))
    await first
    await counted.hears("begins", "committed", "begins")
    third.cancel()
    await asyncio.sleep(0)
    newcomer = asyncio.create_task(accept(intake, 4))
    jobs = [await second, await newcomer]
    assert all([await Jobs(counted).get(job.id) == job for job in jobs])


async def test_whoever_is_cancelled_after_the_commit_breaks_no_order_of_another(counted: Counted) -> None:
    intake = an_intake(counted, Limits(9, 9, 900))
    counted.begin.clear()
    first = asyncio.create_task(accept(intake, 1))
    await asyncio.sleep(0)
    leader, other = (asyncio.create_task(accept(intake, member)) for member in (2, 3))
    await asyncio.sleep(0)
    counted.begin.set()
    await first
    counted.end.clear()
    await counted.hears("begins", "committed", "begins", "committed")
    leader.cancel()
    await asyncio.sleep(0)
    counted.end.set()
    job = await other
    assert await Jobs(counted).get(job.id) == job
