"""The overview for operators: queue, money, servers, failures. Added up in the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from bot.database import Database, Transaction
from bot.guilds.gate import DAY, Limits
from bot.jobs.job import RUNNING, JobState
from bot.jobs.maintenance import Maintenance, Notice
from bot.jobs.table import JOBS
from bot.ledger import SECONDS, Ledger, Spent, Window
from bot.money import Micros
from bot.reports.usage import Reports, Sum

WAITED_FOR: Final = (*sorted(RUNNING, key=list(JobState).index), JobState.UNKNOWN)
"""The states of what is not over, in the order in which a job goes through them."""

SERVERS_OF: Final = 30
"""Days for which the spending of servers is listed."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many jobs are in each state that is not over. ``oldest``: since when the oldest runs (Unix seconds).

    ``since``: when the oldest job of each state was ordered, for the states that have any.
    """

    states: Mapping[JobState, int]
    oldest: float | None
    held: Micros
    since: Mapping[JobState, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """What all may spend together in a window. ``limit`` 0 is none; ``refills_at`` in Unix seconds."""

    limit: Micros
    spent: Micros
    refills_at: float | None

    @property
    def left(self) -> Micros:
        """Return what is left, never below zero, though the operator may have lowered the limit."""
        return Micros(max(0, self.limit - self.spent))


@dataclass(frozen=True, slots=True)
class Figures:
    """The part of an Overview that is quickly added up. ``failures`` are as there."""

    notice: Notice | None
    queue: Queue
    day: Budget
    month: Budget
    failures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """``week``: money of 7 days. ``servers`` by their ids (None: direct messages), the dearest first; ``failures``: how
    many of the last day ended so, by the key of the sentence that was told."""

    notice: Notice | None
    queue: Queue
    day: Budget
    week: Micros
    month: Budget
    servers: tuple[tuple[int | None, Sum], ...]
    failures: tuple[tuple[str, int], ...]


class Overviews:
    """Reads overviews. Nothing of them is kept."""

    def __init__(
        self,
        database: Database,
        *,
        ledger: Ledger,
        reports: Reports,
        maintenance: Maintenance,
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._reports = reports
        self._maintenance = maintenance
        self._limits = limits
        self._clock = clock

    async def look(self) -> Overview:
        """Return the state of things now."""
        figures = await self.figures()
        return Overview(
            notice=figures.notice,
            queue=figures.queue,
            day=figures.day,
            week=await self._reports.spent(7),
            month=figures.month,
            servers=await self._reports.servers(SERVERS_OF),
            failures=figures.failures,
        )

    async def figures(self) -> Figures:
        """Return what is asked for again and again: the same without the sums by server, which take longest."""
        async with self._database.read() as read:
            windows, _ = await self._ledger.spent(read)
            return Figures(
                notice=await self._maintenance.within(read),
                queue=await self._queue(read),
                day=_budget("day", self._limits.money_per_day, windows),
                month=_budget("month", self._limits.money_per_month, windows),
                failures=await self._failures(read),
            )

    async def _queue(self, read: Transaction) -> Queue:
        query = (
            sa.select(JOBS.c.state, sa.func.count().label("jobs"), sa.func.min(JOBS.c.created_at).label("oldest"))
            .where(JOBS.c.state.in_(WAITED_FOR))
            .group_by(JOBS.c.state)
        )
        rows = {JobState(row.state): row for row in await read.execute(query)}
        oldest = [row.oldest for state, row in rows.items() if state in RUNNING]
        return Queue(
            states={state: rows[state].jobs if state in rows else 0 for state in WAITED_FOR},
            oldest=min(oldest, default=None),
            held=await self._ledger.held_in_all(read),
            since={state: row.oldest for state, row in rows.items()},
        )

    async def _failures(self, read: Transaction) -> tuple[tuple[str, int], ...]:
        kind = sa.func.coalesce(JOBS.c.trouble["key"].as_string(), "").label("kind")
        jobs = sa.func.count().label("jobs")
        lately = sa.and_(JOBS.c.state.in_((JobState.FAILED, JobState.UNKNOWN)), JOBS.c.created_at > self._clock() - DAY)
        query = sa.select(kind, jobs).where(lately).group_by(sa.text("kind")).order_by(sa.desc("jobs"), sa.text("kind"))
        return tuple((row.kind, row.jobs) for row in await read.execute(query))


def _budget(window: Window, limit: int, windows: Mapping[Window, Spent]) -> Budget:
    spent = windows[window]
    return Budget(Micros(limit), Micros(spent.money), None if spent.oldest is None else spent.oldest + SECONDS[window])
