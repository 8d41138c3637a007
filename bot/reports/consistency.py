"""The consistency check: jobs and ledger side by side, and each way in which they can disagree. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from bot.database import NOBODY, Transaction
from bot.errors import Fact
from bot.guilds.gate import DAY
from bot.jobs.job import ENDED, JobState
from bot.jobs.table import JOBS
from bot.ledger import CLOSED, CLOSING, ENTRIES, OPENED, OPENING, is_closing_of, is_opening_of, opened_with_closed
from bot.money import Micros, dollars

LONG: Final = 2 * DAY
"""Seconds after which the money of what has ended is closed: a pending bill is waited for a day."""

MOMENT: Final = 900.0
"""Seconds within which a job may be open though its money is closed: between two steps, or through a restart."""

_JOBS_WITH_MONEY: Final = JOBS.outerjoin(OPENED, is_opening_of(JOBS.c.id)).outerjoin(CLOSED, is_closing_of(JOBS.c.id))


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between jobs, ledger and ToAPIs. ``reconcile-<key>`` is its sentence; ``job_id`` may be None."""

    key: str
    job_id: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sums:
    """Micro-dollars of all times: reserved, and what became of it. ``settled`` is what was reserved for it, ``cost``
    what it cost."""

    reserved: Micros
    settled: Micros
    returned: Micros
    held: Micros
    cost: Micros


@dataclass(frozen=True, slots=True)
class Since:
    """Micro-dollars of the operator's key since a moment. ``cost``: what was reserved since then and settled.

    Of what was reserved before, nobody knows on which side of the moment it was charged: it is ``late`` where it was
    settled, and ``freed`` (as reserved) where it was given back. Of what is ``held`` nobody knows whether it was yet.
    """

    cost: Micros
    late: Micros
    freed: Micros
    held: Micros


@dataclass(frozen=True, slots=True)
class Bought:
    """The cost, by the ledger, of a job that was bought with the operator's key and is settled."""

    job_id: str
    task_id: str
    cost: Micros


def _checks(now: float) -> dict[str, sa.Select[Any]]:
    """Build the queries that must find nothing. The first column is the job's id; the others are named facts."""
    where = sa.select(JOBS.c.id).select_from(_JOBS_WITH_MONEY).where
    over = JOBS.c.state.in_(ENDED)
    kind = CLOSED.c.kind
    last = sa.func.coalesce(JOBS.c.painted_at, JOBS.c.submitted_at, JOBS.c.created_at)
    state = JOBS.c.state.label("state")
    price = JOBS.c.price.label("price")
    held = OPENED.c.amount.label("held")
    cost = CLOSED.c.amount.label("cost")
    no_job = sa.and_(JOBS.c.id.is_(None), ENTRIES.c.member_id != NOBODY)
    painted = sa.or_(JOBS.c.state == JobState.DELIVERED, JOBS.c.painted_at.is_not(None))
    # With a server's own key a job may fail since that can't be asked with any more: then its price stands.
    failed_there = sa.and_(JOBS.c.state == JobState.FAILED, ~painted, JOBS.c.key_id.is_(None))
    waited_for = ~sa.or_(over, sa.and_(JOBS.c.state == JobState.UNKNOWN, JOBS.c.task_id.is_not(None)))
    never_bought = sa.and_(JOBS.c.task_id.is_(None), JOBS.c.forgotten_at.is_(None))
    return {
        "no-reservation": where(OPENED.c.job_id.is_(None)).add_columns(price),
        "no-job": sa.select(ENTRIES.c.job_id, ENTRIES.c.amount.label("held"))
        .select_from(ENTRIES.outerjoin(JOBS, JOBS.c.id == ENTRIES.c.job_id))
        .where(no_job, ENTRIES.c.phase == OPENING),
        "closed-alone": sa.select(CLOSED.c.job_id, cost)
        .select_from(CLOSED.outerjoin(OPENED, is_opening_of(CLOSED.c.job_id)))
        .where(CLOSED.c.phase == CLOSING, OPENED.c.job_id.is_(None)),
        "twice": sa.select(ENTRIES.c.job_id, ENTRIES.c.phase, sa.func.count().label("count"))
        .group_by(ENTRIES.c.job_id, ENTRIES.c.phase)
        .having(sa.func.count() > 1),
        "still-held": where(over, OPENED.c.job_id.is_not(None), kind.is_(None), last < now - LONG).add_columns(
            state, held
        ),
        "closed-early": where(waited_for, kind.is_not(None), CLOSED.c.at < now - MOMENT).add_columns(state, cost),
        "delivered-free": where(painted, kind == "returned").add_columns(held),
        "failed-paid": where(failed_there, kind == "settled", CLOSED.c.amount > 0).add_columns(cost),
        "unbought-paid": where(over, never_bought, kind == "settled", CLOSED.c.amount > 0).add_columns(cost),
        "other-price": where(OPENED.c.amount != JOBS.c.price).add_columns(price, held),
        "other-return": where(kind == "returned", CLOSED.c.amount != OPENED.c.amount).add_columns(held, cost),
    }


async def contradictions(read: Transaction, now: float) -> list[Difference]:
    """Return each job on which jobs and ledger disagree, and sums that do not add up. ``now`` in Unix seconds.

    Use it in a ``snapshot``: sums of two moments would differ.
    """
    differences = [
        Difference(key, row[0], {name: _said(name, value) for name, value in row._mapping.items() if name != "id"})
        for key, query in _checks(now).items()
        for row in await read.execute(query)
    ]
    return differences + await _unsound(read, await sums(read))


def _said(name: str, value: Any) -> Fact:
    """Return money in dollars, anything else as it is."""
    return dollars(Micros(int(value))) if name in ("price", "held", "cost") else value


def _total(column: sa.ColumnElement[Any], *which: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(column).filter(*which) if which else sa.func.sum(column), 0)


async def sums(read: Transaction) -> Sums:
    """Return the sums of every reservation, and of what closed it."""
    kind = CLOSED.c.kind
    held = OPENED.c.amount
    query = sa.select(
        _total(held).label("reserved"),
        _total(held, kind == "settled").label("settled"),
        _total(held, kind == "returned").label("returned"),
        _total(held, kind.is_(None)).label("held"),
        _total(CLOSED.c.amount, kind == "settled").label("cost"),
    )
    row = (await read.execute(query.select_from(opened_with_closed()).where(OPENED.c.phase == OPENING))).one()
    return Sums(**{name: Micros(int(value)) for name, value in row._mapping.items()})


async def since(read: Transaction, moment: float) -> Since:
    """Return what was closed after a moment (Unix seconds), and what is held, without what servers' own keys pay."""
    new = OPENED.c.at > moment
    closed = CLOSED.c.at > moment
    kind = CLOSED.c.kind
    query = sa.select(
        _total(CLOSED.c.amount, closed, kind == "settled", new).label("cost"),
        _total(CLOSED.c.amount, closed, kind == "settled", ~new).label("late"),
        _total(OPENED.c.amount, closed, kind == "returned", ~new).label("freed"),
        _total(OPENED.c.amount, kind.is_(None)).label("held"),
    )
    query = query.select_from(opened_with_closed()).where(OPENED.c.phase == OPENING, OPENED.c.key_id.is_(None))
    row = (await read.execute(query)).one()
    return Since(**{name: Micros(int(value)) for name, value in row._mapping.items()})


async def _unsound(read: Transaction, paired: Sums) -> list[Difference]:
    """Return the sums that differ if they are added up line by line, without pairing the entries of a job."""
    amount = ENTRIES.c.amount
    columns = (
        sa.func.sum(amount).filter(ENTRIES.c.phase == OPENING).label("reserved"),
        sa.func.sum(amount).filter(ENTRIES.c.kind == "settled").label("cost"),
    )
    row = (await read.execute(sa.select(*columns))).one()
    reserved = (int(row.reserved or 0), paired.settled + paired.returned + paired.held)
    settled = (int(row.cost or 0), paired.cost)
    return [
        Difference("sum", None, {"what": what, "lines": dollars(Micros(lines)), "jobs": dollars(Micros(of_jobs))})
        for what, (lines, of_jobs) in (("reserved", reserved), ("settled", settled))
        if lines != of_jobs
    ]


async def newest(read: Transaction, most: int) -> Sequence[Bought]:
    """Return the jobs with a task the money of which was closed last. Forgotten jobs have no task."""
    cost = sa.case((CLOSED.c.kind == "settled", CLOSED.c.amount), else_=0)
    query = (
        sa.select(JOBS.c.id, JOBS.c.task_id, cost)
        .select_from(_JOBS_WITH_MONEY)
        .where(JOBS.c.task_id.is_not(None), CLOSED.c.job_id.is_not(None), JOBS.c.key_id.is_(None))
        .order_by(CLOSED.c.at.desc(), JOBS.c.id)
        .limit(most)
    )
    return [Bought(job_id, task_id, Micros(int(cost))) for job_id, task_id, cost in await read.execute(query)]
