"""Standing: what a member has used of the operator's limits. Counted from the ledger, never from how a job ended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.database import Transaction
from bot.gate import DAY, SECONDS, Standing
from bot.jobs.job import RUNNING
from bot.jobs.store import _jobs  # it is of both tables, and each is declared with its noun
from bot.ledger import _CLOSE, _OPEN, _entries


async def standing(within: Transaction, member_id: int, guild_id: int | None, *, now: float) -> Standing:
    """Return where a member stands at ``now`` (Unix seconds), and how busy the server and everybody are.

    In the transaction that adds the next job, so that no two orders both pass.
    """
    used, busy = _used(member_id, now), _busy(member_id, guild_id)
    # One statement: everybody who orders at the same moment waits for it.
    row = (await within.execute(sa.select(used, busy).select_from(used.join(busy, sa.true())))).one()
    return Standing(
        pictures_today=int(row.pictures or 0),
        running=row.running,
        running_in_all=row.running_in_all,
        refills_at=row.oldest + DAY if row.oldest else None,
        running_here=row.running_here,
        attempts=row.attempts,
        next_attempt_at=row.oldest_attempt + SECONDS["hour"] if row.oldest_attempt else None,
    )


def _used(member_id: int, now: float) -> sa.Subquery:
    """What was reserved for the member in the last day: by the index ``ledger_of_member``."""
    opened, closed = _entries.alias("opened"), _entries.alias("closed")
    kind: sa.ColumnElement[Any] = closed.c.kind
    kept = sa.func.coalesce(kind, "held") != "returned"
    # A card that was never shown is no attempt. Forgetting a job takes its card's id away, but not within the hour.
    carded = _jobs.c.destination["card_id"].as_string().is_not(None)
    attempt = sa.and_(opened.c.at > now - SECONDS["hour"], kind == "returned", carded)
    both = opened.outerjoin(closed, sa.and_(closed.c.job_id == opened.c.job_id, closed.c.phase == _CLOSE))
    return (
        sa.select(
            sa.func.sum(opened.c.pictures).filter(kept).label("pictures"),
            sa.func.min(opened.c.at).filter(kept).label("oldest"),
            sa.func.count().filter(attempt).label("attempts"),
            sa.func.min(opened.c.at).filter(attempt).label("oldest_attempt"),
        )
        .select_from(both.outerjoin(_jobs, _jobs.c.id == opened.c.job_id))
        .where(opened.c.member_id == member_id, opened.c.phase == _OPEN, opened.c.at > now - DAY)
        .subquery("used")
    )


def _busy(member_id: int, guild_id: int | None) -> sa.Subquery:
    """The jobs that are running: the member's, everybody's, and everybody's in this server."""
    return (
        sa.select(
            sa.func.count().filter(_jobs.c.member_id == member_id).label("running"),
            sa.func.count().label("running_in_all"),
            sa.func.count().filter(_jobs.c.guild_id == guild_id).label("running_here"),
        )
        .where(_jobs.c.state.in_(list(RUNNING)))
        .subquery("busy")
    )
