"""The usage of a member, to be held against limits. Counted from the ledger, never from how a job ended."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from bot.database import Transaction
from bot.guilds.gate import DAY, MemberUsage
from bot.jobs.job import RUNNING
from bot.jobs.table import JOBS
from bot.ledger import CLOSED, OPENED, OPENING, SECONDS, opened_with_closed


async def member_usage(within: Transaction, member_id: int, guild_id: int | None, *, now: float) -> MemberUsage:
    """Return where a member stands at ``now`` (Unix seconds), and how busy the server and everybody are.

    In the transaction that adds the next job, so that no two orders both pass.
    """
    parameters = {"member": member_id, "guild": guild_id, "hour_ago": now - SECONDS["hour"], "day_ago": now - DAY}
    row = (await within.execute(_QUERY, parameters)).one()
    return MemberUsage(
        pictures_today=int(row.pictures or 0),
        running=row.running,
        running_in_all=row.running_in_all,
        refills_at=row.oldest + DAY if row.oldest else None,
        running_here=row.running_here,
        attempts=row.attempts,
        next_attempt_at=row.oldest_attempt + SECONDS["hour"] if row.oldest_attempt else None,
    )


def _used() -> sa.Subquery:
    """Select what was reserved for the member in the last day, by the index ``ledger_of_member``."""
    kind: sa.ColumnElement[Any] = CLOSED.c.kind
    not_returned = sa.func.coalesce(kind, "held") != "returned"
    # A card that was never shown is no attempt. Forgetting a job takes its card's id away, but not within the hour.
    carded = JOBS.c.destination["card_id"].as_string().is_not(None)
    attempt = sa.and_(OPENED.c.at > sa.bindparam("hour_ago"), kind == "returned", carded)
    mine = OPENED.c.member_id == sa.bindparam("member")
    return (
        sa.select(
            sa.func.sum(OPENED.c.pictures).filter(not_returned).label("pictures"),
            sa.func.min(OPENED.c.at).filter(not_returned).label("oldest"),
            sa.func.count().filter(attempt).label("attempts"),
            sa.func.min(OPENED.c.at).filter(attempt).label("oldest_attempt"),
        )
        .select_from(opened_with_closed().outerjoin(JOBS, JOBS.c.id == OPENED.c.job_id))
        .where(mine, OPENED.c.phase == OPENING, OPENED.c.at > sa.bindparam("day_ago"))
        .subquery("used")
    )


def _busy() -> sa.Subquery:
    """Select the numbers of running jobs: the member's, everybody's, and everybody's in this server."""
    here = JOBS.c.guild_id.is_not_distinct_from(sa.bindparam("guild", type_=sa.BigInteger))
    return (
        sa.select(
            sa.func.count().filter(JOBS.c.member_id == sa.bindparam("member")).label("running"),
            sa.func.count().label("running_in_all"),
            sa.func.count().filter(here).label("running_here"),
        )
        .where(JOBS.c.state.in_(list(RUNNING)))
        .subquery("busy")
    )


def _both() -> sa.Select[Any]:
    used = _used()
    busy = _busy()
    return sa.select(used, busy).select_from(used.join(busy, sa.true()))


# One statement, built once: everybody who orders at the same moment waits for it.
_QUERY: Final = _both()
