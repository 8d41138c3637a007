"""Forgetting jobs: what is erased from their rows, and when. In the caller's transaction; each step is safe to repeat.

A job is forgotten in two steps. First its prompt, its sources (but not their owners) and all that leads to its
messages are erased. Then, only where its member asked for it, the member is erased: not before 30 days are over, since
limits count the jobs of that time, and deleting them must not earn new pictures. What is left holds the sums and the
lineage together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from bot.database import NOBODY, Transaction
from bot.jobs import sources
from bot.jobs.job import ENDED, JobState
from bot.jobs.table import JOBS
from bot.ledger import CLOSED, ENTRIES, SECONDS, is_closing_of
from bot.orders import Source

_log = logging.getLogger(__name__)

LIMITS_LOOK_BACK: Final = max(SECONDS.values())
"""Seconds for which a job counts against its member's limits: for as long its member is known."""

QUIET: Final = 3600.0
"""Seconds after which the workflow of a job that failed or was cancelled has surely sent its last messages.

Until then it may still need the way to its messages. Once delivered, it needs none."""


_AGED: Final = ("requester_id", "channel_id", "guild_id", "kind", "locale", "place_id", "result_place_id")
"""What a Destination keeps by itself: enough to be listed, and to be found in its thread."""

_UNWANTED: Final = ("requester_id", "guild_id", "kind", "locale")
"""What it keeps where its member wants it forgotten."""


async def want(within: Transaction, member_id: int, now: float) -> None:
    """Record that a member wants all their jobs forgotten, and forget the jobs of others that they cancelled."""
    mine = sa.and_(JOBS.c.member_id == member_id, JOBS.c.unwanted_at.is_(None))
    await within.execute(sa.update(JOBS).where(mine).values(unwanted_at=now))
    ended = sa.and_(JOBS.c.called_off_by == member_id, JOBS.c.state.in_(ENDED))  # else the card is yet to name them
    await within.execute(sa.update(JOBS).where(ended).values(called_off_by=None))


def unwanted() -> sa.ColumnElement[bool]:
    """Build the condition for the jobs that their members want forgotten."""
    return JOBS.c.unwanted_at.is_not(None)


def older(moment: float) -> sa.ColumnElement[bool]:
    """Build the condition for the jobs that were accepted before a moment (Unix seconds)."""
    return JOBS.c.created_at < moment


async def erase(
    within: Transaction, which: sa.ColumnElement[bool], now: float, most: int | None = None
) -> Sequence[str]:
    """Remove the words, sources and links of at most ``most`` of these jobs: the first step. Return their ids.

    Never a job that has not ended, or the money of which is held.
    """
    quiet = sa.or_(JOBS.c.state == JobState.DELIVERED, CLOSED.c.at <= now - QUIET)
    over = sa.and_(JOBS.c.state.in_(ENDED), JOBS.c.forgotten_at.is_(None), quiet, which)
    query = (
        sa.select(JOBS).select_from(JOBS.join(CLOSED, is_closing_of(JOBS.c.id))).where(over).order_by(JOBS.c.created_at)
    )
    rows = (await within.execute(query.limit(most))).all()
    left = _changes(rows, partial(_left, now=now))
    if left:
        await within.execute(
            _change("order", "destination", "task_id", "channel_id", "place_id", "origin"),
            [{"key": key, **{f"new_{name}": value for name, value in values.items()}} for key, values in left.items()],
        )
        ids = list(left)
        nothing = {"result_id": None, "erased_id": None, "trouble": sa.null(), "called_off_by": None}
        for batch in _batches(ids):
            await within.execute(sa.update(JOBS).where(JOBS.c.id.in_(batch)).values(nothing | {"forgotten_at": now}))
            await sources.forget_messages(within, batch)
    return list(left)


def _changes(rows: Sequence[Any], change: Callable[[Any], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what becomes of each row, by its job's id. A row that can't be read is logged and leaves the others."""
    changes = {}
    for row in rows:
        try:
            changes[row.id] = change(row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            _log.error("job %s: its row can't be forgotten: %s", row.id, type(error).__name__)
    return changes


def _left(row: Any, now: float) -> dict[str, Any]:
    """Return what stays of a row, by column.

    That it was bought stays ("" for the task): a cancelled job counts all the same. For as long as limits look back its
    origin stays too: Discord may deliver one message twice, and it must not become two jobs.
    """
    return {
        "order": {**row.order, "prompt": "", "sources": [], "owner_ids": _owner_ids(row)},
        "destination": _destination(row, _AGED if row.unwanted_at is None else _UNWANTED),
        "task_id": None if row.task_id is None else "",
        "channel_id": row.channel_id if row.unwanted_at is None else None,
        "place_id": row.place_id if row.unwanted_at is None else None,
        "origin": row.origin if row.created_at > now - LIMITS_LOOK_BACK else None,
    }


def _owner_ids(row: Any) -> list[int]:
    """Return the owners of its sources: what was painted from them stays in Discord, and so does their say in it."""
    owners = {owner for source in row.order["sources"] for owner in Source.restored(source).owners}
    return sorted(owners - {row.member_id})


def _destination(row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return what is left of the destination, so that it can still be read as a Destination."""
    nowhere = {"interaction_id": 0, "channel_id": 0}
    return nowhere | {name: row.destination[name] for name in names}


async def disown(
    within: Transaction, which: sa.ColumnElement[bool], now: float, most: int | None = None
) -> Sequence[str]:
    """Remove the member from at most ``most`` of these jobs: the second step. Return their ids."""
    due = sa.and_(JOBS.c.forgotten_at.is_not(None), JOBS.c.created_at <= now - LIMITS_LOOK_BACK, unwanted(), which)
    rows = (await within.execute(sa.select(JOBS).where(due).order_by(JOBS.c.created_at).limit(most))).all()
    left = _changes(rows, lambda row: {**_destination(row, _UNWANTED), "requester_id": NOBODY})
    if left:
        await within.execute(
            _change("destination"), [{"key": key, "new_destination": value} for key, value in left.items()]
        )
        # The places are gone already, but for a job that was forgotten by its age.
        nobody = {"member_id": NOBODY, "origin": None, "unwanted_at": None, "channel_id": None, "place_id": None}
        for batch in _batches(list(left)):
            await within.execute(sa.update(JOBS).where(JOBS.c.id.in_(batch)).values(nobody))
            await within.execute(sa.update(ENTRIES).where(ENTRIES.c.job_id.in_(batch)).values(member_id=NOBODY))
    return list(left)


async def drop(within: Transaction, which: sa.ColumnElement[bool], _: float, most: int | None = None) -> Sequence[str]:
    """Delete at most ``most`` of these jobs, which were erased before: the last step. Return their ids."""
    erased = sa.and_(JOBS.c.forgotten_at.is_not(None), which)
    ids = (await within.scalars(sa.select(JOBS.c.id).where(erased).order_by(JOBS.c.created_at).limit(most))).all()
    for batch in _batches(ids):
        await within.execute(sa.delete(ENTRIES).where(ENTRIES.c.job_id.in_(batch)))
        await within.execute(sa.delete(JOBS).where(JOBS.c.id.in_(batch)))
        await sources.drop(within, batch)
    return ids


def _change(*columns: str) -> sa.Update:
    """Build the update of one job's columns, from the parameters ``key`` and ``new_…``."""
    return (
        sa.update(JOBS)
        .where(JOBS.c.id == sa.bindparam("key"))
        .values({name: sa.bindparam(f"new_{name}") for name in columns})
    )


def _batches(ids: Sequence[str], at_a_time: int = 500) -> list[Sequence[str]]:
    """Split the ids into batches of as many as a statement takes."""
    return [ids[first : first + at_a_time] for first in range(0, len(ids), at_a_time)]
