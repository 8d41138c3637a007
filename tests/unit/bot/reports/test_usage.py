"""The Report: what the database adds up is what one would add up by hand, and what was returned is not in it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
import sqlalchemy as sa

from bot.database import Database, metadata
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.money import Micros
from bot.reports.usage import LISTED, MOST_ROWS, NOTHING, Days, Report, Reports, Row, Sum, UsageScope, beginnings
from tests.support.studio import a_job

NOON = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
NOW = NOON.timestamp()
HOUR = 3600.0
DAY = 24 * 3600.0

End = Literal["held", "settled", "returned"]


@dataclass(frozen=True, slots=True)
class Sold:
    """An order of the past, and what became of its money: ``price`` was reserved, ``cost`` is what it came to."""

    at: float = NOW
    member_id: int = 1
    guild_id: int | None = 4
    model: str = "gpt-image-2"
    count: int = 1
    price: int = 40_000
    end: End = "held"
    key_id: str | None = None
    cost: int = 30_000

    @property
    def sum(self) -> Sum:
        return Sum(self.count, Micros(self.cost if self.end == "settled" else self.price))


async def kept(database: Database, *sold: Sold) -> Reports:
    """Write the orders by the stores themselves."""
    for sale in sold:
        jobs = Jobs(database, lambda: NOW)
        ledger = Ledger(database, lambda at=sale.at: at)  # type: ignore[misc]  # mypy infers no default of a lambda
        job = a_job()
        where = replace(job.destination, requester_id=sale.member_id, guild_id=sale.guild_id)
        order = replace(job.order, model=sale.model, count=sale.count)
        job = replace(job, destination=where, order=order, price=Micros(sale.price), created_at=sale.at)
        async with database.write() as write:
            await jobs.add(write, job)
            await ledger.reserve(
                write, job.id, job.price, member_id=sale.member_id, guild_id=sale.guild_id, key_id=sale.key_id
            )
        later = Ledger(database, lambda: NOW + DAY)  # a bill may come much later: that moves nothing to another day
        if sale.end == "settled":
            assert await later.settle(job.id, Micros(sale.cost))
        if sale.end == "returned":
            assert await later.give_back(job.id)
    return Reports(database, lambda: NOW)


def by(sold: list[Sold], key: Callable[[Sold], Hashable]) -> dict[Hashable, Sum]:
    """Add up by hand."""
    sums: defaultdict[Hashable, Sum] = defaultdict(lambda: NOTHING)
    for order in sold:
        sums[key(order)] += order.sum
    return dict(sums)


def filled(report: Report) -> dict[datetime, Sum]:
    return {bar.begins: bar.sum for bar in report.bars if bar.sum != NOTHING}


async def test_held_and_settled_money_counts_and_returned_does_not(database: Database) -> None:
    sold = Sold(count=2, price=80_000, end="held"), Sold(end="settled", cost=29_999), Sold(end="returned")
    report = await (await kept(database, *sold)).add_up(UsageScope(member_id=1), 30)
    assert report.total == Sum(3, Micros(109_999))
    assert report.members == ((1, report.total),)
    assert report.models == (("gpt-image-2", report.total),)
    assert report.rows == (Row(date(2026, 3, 1), 1, "gpt-image-2", report.total),)
    assert filled(report) == {datetime(2026, 3, 1, tzinfo=UTC): report.total}


async def test_what_the_database_adds_up_is_what_one_adds_up_by_hand(database: Database) -> None:
    dice = random.Random(11)
    sold = [
        Sold(
            at=NOW - dice.choice([1.0, 20.0, 300.0]) * dice.random() * DAY,
            member_id=dice.choice([1, 2, 2**60]),
            guild_id=dice.choice([4, 5, None]),
            model=dice.choice(["gpt-image-2", "gpt-4o-image"]),
            count=dice.randint(1, 4),
            price=dice.randint(1, 500_000),
            end=dice.choice(["held", "settled", "returned"]),
            cost=dice.randint(1, 500_000),
        )
        for _ in range(60)
    ]
    reports = await kept(database, *sold)
    for whose in (
        UsageScope(),
        UsageScope(guild_id=4),
        UsageScope(member_id=2**60),
        UsageScope(member_id=1, guild_id=5),
    ):
        for days in (1, 30, 365):
            begins = beginnings(days, NOON)
            mine = [
                order
                for order in sold
                if order.end != "returned"
                and order.at >= begins[0].timestamp()
                and whose.member_id in (None, order.member_id)
                and whose.guild_id in (None, order.guild_id)
            ]
            report = await reports.add_up(whose, days)
            assert dict(report.members) == by(mine, lambda order: order.member_id)
            assert dict(report.models) == by(mine, lambda order: order.model)
            assert report.member_count == len({order.member_id for order in mine})
            assert {(row.day, row.member_id, row.model): row.sum for row in report.rows} == by(
                mine, lambda order: (datetime.fromtimestamp(order.at, UTC).date(), order.member_id, order.model)
            )
            assert filled(report) == by(mine, lambda order: max(at for at in begins if at.timestamp() <= order.at))  # noqa: B023 - called at once
            assert [bar.begins for bar in report.bars] == begins


@pytest.mark.parametrize(
    ("days", "first", "second", "last", "count"),
    [
        (1, "2026-02-28T13", "2026-02-28T14", "2026-03-01T12", 24),
        (30, "2026-01-31T00", "2026-02-01T00", "2026-03-01T00", 30),
        (365, "2025-03-02T00", "2025-04-01T00", "2026-03-01T00", 13),
    ],
)
def test_bars_begin_with_whole_hours_days_and_months(
    days: Days, first: str, second: str, last: str, count: int
) -> None:
    begins = [f"{at:%Y-%m-%dT%H}" for at in beginnings(days, NOON)]
    assert (begins[0], begins[1], begins[-1], len(begins)) == (first, second, last, count)


def test_a_year_that_begins_with_a_month_has_twelve_whole_ones() -> None:
    begins = beginnings(365, datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert [at.month for at in begins] == list(range(1, 13))


async def test_a_day_ends_at_midnight_utc_to_the_fraction_of_a_second(database: Database) -> None:
    midnight = datetime(2026, 2, 10, tzinfo=UTC)
    reports = await kept(database, Sold(at=midnight.timestamp() - 0.2), Sold(at=midnight.timestamp(), count=2))
    report = await reports.add_up(UsageScope(), 30)
    assert {at: total.pictures for at, total in filled(report).items()} == {
        midnight - timedelta(days=1): 1,
        midnight: 2,
    }
    assert [(row.day, row.sum.pictures) for row in report.rows] == [(date(2026, 2, 10), 2), (date(2026, 2, 9), 1)]


@pytest.mark.parametrize("days", [1, 30, 365])
async def test_period_includes_its_first_moment_and_nothing_before(database: Database, days: Days) -> None:
    first = beginnings(days, NOON)[0].timestamp()
    report = await (await kept(database, Sold(at=first), Sold(at=first - 0.2, count=4))).add_up(UsageScope(), days)
    assert report.total.pictures == 1


async def test_where_nothing_was_ordered_there_are_bars_of_nothing(database: Database) -> None:
    report = await Reports(database, lambda: NOW).add_up(UsageScope(guild_id=4), 30)
    assert report.total == NOTHING
    assert len(report.bars) == 30
    assert (report.members, report.member_count, report.models, report.rows) == ((), 0, (), ())


async def test_only_the_dearest_members_and_newest_rows_are_kept(database: Database) -> None:
    """Bulk, and without jobs: their rows may be gone, their money is counted all the same."""
    crowd = range(1, MOST_ROWS + 50)
    rows = [
        {
            "job_id": f"{member}", "phase": "open", "kind": "reserved", "amount": 1000 + member, "guild_id": 4,
            "member_id": member, "at": NOW - (2 * DAY if member <= 100 else 0),
        }
        for member in crowd
    ]  # fmt: skip
    async with database.write() as write:
        await write.execute(sa.insert(metadata.tables["ledger"]), rows)
    report = await Reports(database, lambda: NOW).add_up(UsageScope(guild_id=4), 30)
    assert report.total == Sum(0, Micros(sum(1000 + member for member in crowd)))
    assert report.member_count == len(crowd)
    assert [member_id for member_id, _ in report.members] == list(crowd)[: -LISTED - 1 : -1]
    assert report.models == (("", report.total),)
    assert len(report.rows) == MOST_ROWS
    newest = [row for row in report.rows if row.day == date(2026, 3, 1)]
    assert len(newest) == len(crowd) - 100
    assert report.rows[: len(newest)] == tuple(newest)


async def test_what_was_spent_is_everybodys_of_the_last_days_to_the_second(database: Database) -> None:
    reports = await kept(
        database,
        Sold(at=NOW - 7 * DAY - 1),
        Sold(at=NOW - 7 * DAY, guild_id=None, price=1),
        Sold(member_id=2, guild_id=5, price=20),
        Sold(end="settled", cost=300),
        Sold(end="returned", price=4000),
    )
    assert await reports.spent(7) == 321
    assert await Reports(database, lambda: NOW + 30 * DAY).spent(7) == 0


@pytest.mark.parametrize(
    ("column", "index"), [("guild_id", "ledger_of_guild"), ("member_id", "ledger_of_member"), (None, "ledger_at")]
)
async def test_a_report_is_found_by_an_index(database: Database, column: str | None, index: str) -> None:
    """The planner of SQLite is asked; PostgreSQL's own reads tables this small from end to end."""
    async with database.read() as read:
        if read.dialect.name == "sqlite":
            mine = f"{column} = 4 AND " if column else ""
            plan = await read.execute(sa.text(f"EXPLAIN QUERY PLAN SELECT * FROM ledger WHERE {mine}at >= 1.0"))
            assert any(index in row.detail for row in plan)
        else:
            names = await read.execute(sa.text("SELECT indexname FROM pg_indexes WHERE tablename = 'ledger'"))
            assert index in set(names.scalars())


async def test_what_servers_paid_themselves_is_told_apart_and_is_not_the_operators(database: Database) -> None:
    mine = Sold(end="settled")
    theirs = Sold(end="settled", count=2, key_id="key")
    reports = await kept(database, mine, theirs, Sold(end="returned", key_id="key"))
    report = await reports.add_up(UsageScope(), 30)
    assert report.total == mine.sum + theirs.sum
    assert report.by_own_keys == theirs.sum
    assert await reports.spent(7) == mine.sum.amount
