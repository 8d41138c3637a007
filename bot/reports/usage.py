"""Usage reports: pictures and money, added up by member, by model and over time. Returned money never counts.

An order counts at the moment when it was taken, with its true cost once that is settled, until then with what is held.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa

from bot.database import Database, Transaction
from bot.jobs.table import JOBS
from bot.ledger import CLOSED, OPENED, OPENING, opened_with_closed
from bot.money import Micros

Days = Literal[1, 30, 365]
Step = Literal["hour", "day", "month"]

STEPS: Final[dict[Days, Step]] = {1: "hour", 30: "day", 365: "month"}
"""What a bar of a report stands for, by how many days the report is of."""

LISTED: Final = 10
"""Members and models that are named, those who cost the most first."""

MOST_ROWS: Final = 9_999
"""The newest ones; with their heading they are a file of 10,000 lines."""

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

_COUNTED: Final = opened_with_closed().outerjoin(JOBS, JOBS.c.id == OPENED.c.job_id)
_SUMS: Final = (
    sa.func.coalesce(sa.func.sum(JOBS.c.count), 0).label("pictures"),
    sa.func.coalesce(sa.func.sum(sa.func.coalesce(CLOSED.c.amount, OPENED.c.amount)), 0).label("amount"),
)


@dataclass(frozen=True, slots=True)
class UsageScope:
    """The scope of a report: a member, a server, or a member in a server; everybody where both are None."""

    member_id: int | None = None
    guild_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """So many pictures for so many micro-dollars."""

    pictures: int
    amount: Micros

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.pictures + other.pictures, Micros(self.amount + other.amount))


NOTHING: Final = Sum(0, Micros(0))


@dataclass(frozen=True, slots=True)
class Bar:
    """What falls into an hour, a day or a month that begins at ``begins``, in UTC."""

    begins: datetime
    sum: Sum


@dataclass(frozen=True, slots=True)
class Row:
    """What a member had painted with a model on a day of UTC. ``model`` is its id."""

    day: date
    member_id: int
    model: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Report:
    """``members`` and ``models`` by their ids, the ``LISTED`` dearest of them; ``member_count`` is of all."""

    step: Step
    bars: tuple[Bar, ...]
    members: tuple[tuple[int, Sum], ...]
    member_count: int
    models: tuple[tuple[str, Sum], ...]
    rows: tuple[Row, ...]
    """The newest first, at most ``MOST_ROWS``."""
    by_own_keys: Sum = NOTHING
    """The part of the total that servers paid with their own keys."""

    @property
    def total(self) -> Sum:
        """Return the sum of all, whether listed or not."""
        return sum((bar.sum for bar in self.bars), NOTHING)


def beginnings(days: Days, now: datetime) -> list[datetime]:
    """Return when each bar begins, oldest first. ``now`` (in UTC) is in the last; the first month may be partial."""
    if days == 1:
        hour = now.replace(minute=0, second=0, microsecond=0)
        return [hour - timedelta(hours=back) for back in range(23, -1, -1)]
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    every_day = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    if STEPS[days] == "day":
        return every_day
    return [day for day in every_day if day.day == 1 or day is every_day[0]]


class Reports:
    """Adds up in the database: of a large server too, only sums come into memory."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add_up(self, scope: UsageScope, days: Days) -> Report:
        """Add up the last 24 hours, 30 days or 365 days, up to now."""
        begins = beginnings(days, datetime.fromtimestamp(self._clock(), UTC))
        counted = _where(scope, begins[0].timestamp())
        async with self._database.read() as read:
            return Report(
                step=STEPS[days],
                bars=await _bars(read, counted, begins, _HOUR if days == 1 else _DAY),
                members=await _dearest(read, counted, OPENED.c.member_id),
                member_count=await _how_many(read, counted),
                models=await _dearest(read, counted, JOBS.c.model),
                rows=await _rows(read, counted),
                by_own_keys=await _total(read, sa.and_(counted, OPENED.c.key_id.is_not(None))),
            )

    async def servers(self, days: int) -> tuple[tuple[int | None, Sum], ...]:
        """Return what the operator paid for the ``LISTED`` most expensive servers in the last ``days`` times 24 hours.

        By the server's id; None: direct messages.
        """
        counted = sa.and_(_where(UsageScope(), self._clock() - days * _DAY), OPENED.c.key_id.is_(None))
        async with self._database.read() as read:
            dearest = await _dearest(read, counted, OPENED.c.guild_id)
        return tuple((guild_id or None, total) for guild_id, total in dearest)

    async def spent(self, days: int) -> Micros:
        """Return what the operator paid in the last ``days`` times 24 hours, including what is still held."""
        counted = _where(UsageScope(), self._clock() - days * _DAY)
        async with self._database.read() as read:
            return (await _total(read, sa.and_(counted, OPENED.c.key_id.is_(None)))).amount


def _where(scope: UsageScope, since: float) -> sa.ColumnElement[bool]:
    not_returned = sa.or_(CLOSED.c.kind.is_(None), CLOSED.c.kind != "returned")
    conditions = [OPENED.c.phase == OPENING, OPENED.c.at >= since, not_returned]
    if scope.member_id is not None:
        conditions.append(OPENED.c.member_id == scope.member_id)
    if scope.guild_id is not None:
        conditions.append(OPENED.c.guild_id == scope.guild_id)
    return sa.and_(*conditions)


def _number(seconds: int) -> sa.Label[float]:
    """Select which hour or day since 1970 an order was taken in.

    Group by its name: PostgreSQL takes two parameters of the same value for two expressions.
    """
    return sa.func.floor(OPENED.c.at / float(seconds)).label("number")


async def _bars(
    read: Transaction, counted: sa.ColumnElement[bool], begins: Sequence[datetime], seconds: int
) -> tuple[Bar, ...]:
    query = sa.select(_number(seconds), *_SUMS).select_from(_COUNTED).where(counted).group_by(sa.text("number"))
    sums = [NOTHING] * len(begins)
    for row in await read.execute(query):
        sums[bisect_right(begins, _moment(row.number, seconds)) - 1] += _sum(row)
    return tuple(Bar(at, total) for at, total in zip(begins, sums, strict=True))


async def _dearest(
    read: Transaction, counted: sa.ColumnElement[bool], column: sa.ColumnElement[Any]
) -> tuple[tuple[Any, Sum], ...]:
    query = (
        sa.select(column.label("group"), *_SUMS)
        .select_from(_COUNTED)
        .where(counted)
        .group_by(column)
        .order_by(sa.desc("amount"), sa.desc("pictures"), column)
        .limit(LISTED)
    )
    return tuple((row.group or "", _sum(row)) for row in await read.execute(query))


async def _total(read: Transaction, counted: sa.ColumnElement[bool]) -> Sum:
    return _sum((await read.execute(sa.select(*_SUMS).select_from(_COUNTED).where(counted))).one())


async def _how_many(read: Transaction, counted: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count(OPENED.c.member_id.distinct())).select_from(_COUNTED).where(counted)
    return (await read.execute(query)).scalar_one()


async def _rows(read: Transaction, counted: sa.ColumnElement[bool]) -> tuple[Row, ...]:
    member_id = OPENED.c.member_id
    model = JOBS.c.model
    query = (
        sa.select(_number(_DAY), member_id, model, *_SUMS)
        .select_from(_COUNTED)
        .where(counted)
        .group_by(sa.text("number"), member_id, model)
        .order_by(sa.desc("number"), member_id, model)
        .limit(MOST_ROWS)
    )
    return tuple(
        Row(_moment(row.number, _DAY).date(), row.member_id, row.model or "", _sum(row))
        for row in await read.execute(query)
    )


def _moment(number: float, seconds: int) -> datetime:
    return datetime.fromtimestamp(number * seconds, UTC)


def _sum(row: Any) -> Sum:
    """Read a sum. PostgreSQL adds integers up to a decimal."""
    return Sum(int(row.pictures), Micros(int(row.amount)))
