"""The mark of a restored database: its open jobs may have been bought, and delivered, after its copy was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bot.jobs.claim import RESTORED_CLAIM
from bot.jobs.job import JobState
from bot.jobs.lookup import COPIED_PROOF, PROOF
from bot.jobs.restored import FACT
from bot.jobs.slot import SLOTS
from bot.jobs.table import JOBS
from bot.jobs.workflows import WORKFLOWS
from bot.key_value import FACTS
from bot.ledger import ENTRIES

COPY: Final = "copy"
"""The name of the fact, in a copy, that says when it was made (``at``)."""

_OPEN: Final = (JobState.ACCEPTED, JobState.SUBMITTED, JobState.PAINTED, JobState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Marked:
    """What was marked. ``copied_at``: the moment of the copy (Unix seconds). ``held``: micro-dollars of open jobs.

    ``looked_up`` of the ``unfinished`` jobs have no task yet: each is looked up at ToAPIs before it is bought.
    """

    copied_at: float
    unfinished: int
    looked_up: int
    held: int
    used: int | None = None
    """Micro-dollars that the operator's key had used when the copy was made, where that was known."""


def newest_entry(connection: sa.Connection) -> float | None:
    """Return the moment of the newest entry (Unix seconds), or None in an empty database."""
    columns = (
        *(JOBS.c.created_at, JOBS.c.submitted_at, JOBS.c.painted_at, JOBS.c.intended_at, JOBS.c.called_off_at),
        *(ENTRIES.c.at, WORKFLOWS.c.created_at, WORKFLOWS.c.ended_at),
    )
    moments = [connection.scalar(sa.select(sa.func.max(column))) for column in columns]
    proofs = connection.scalars(sa.select(FACTS.c.at).where(FACTS.c.name.startswith(PROOF, autoescape=True)))
    return max((moment for moment in [*moments, *proofs] if moment is not None), default=None)


def mark(connection: sa.Connection, now: float) -> Marked:
    """Mark a restored database, in the caller's transaction. ``now`` in Unix seconds. Safe to repeat.

    A copy of our own says when it was made. Of a copy that another tool made, its newest entry tells.
    """
    copied = connection.scalar(sa.select(FACTS.c.value).where(FACTS.c.name == COPY))
    newest = newest_entry(connection)
    copied_at = float(copied["at"]) if copied is not None and (newest or 0.0) <= copied["at"] else newest or now
    unbought = sa.and_(JOBS.c.state == JobState.ACCEPTED, JOBS.c.task_id.is_(None))
    claimed = {"claim_id": RESTORED_CLAIM, "intended_at": copied_at, "sends": sa.func.coalesce(JOBS.c.sends, 0)}
    looked_up = connection.execute(sa.update(JOBS).where(unbought).values(claimed)).rowcount
    _raise_fences(connection, now)
    _put_facts(connection, {"at": now, "copied_at": copied_at})
    unfinished = sa.select(sa.func.count()).select_from(JOBS).where(JOBS.c.state.in_(_OPEN))
    held = sa.select(sa.func.sum(ENTRIES.c.amount)).where(ENTRIES.c.held.is_not(None))
    return Marked(
        copied_at,
        int(connection.scalar(unfinished) or 0),
        looked_up,
        int(connection.scalar(held) or 0),
        copied["used"] if copied is not None and copied_at == copied["at"] else None,
    )


def _raise_fences(connection: sa.Connection, now: float) -> None:
    """Raise each slot's number above all that were ever given out: a process that was frozen since must find out.

    The numbers count starts, so that none comes near the seconds since 1970.
    """
    above = sa.case((SLOTS.c.fence < int(now), int(now)), else_=SLOTS.c.fence + 1)
    connection.execute(sa.update(SLOTS).values(fence=above))


def _put_facts(connection: sa.Connection, fact: dict[str, Any]) -> None:
    """Store the mark, and beside it the proofs of the look-up: later ones can't speak of what was bought before them.

    The commands that Discord was told are forgotten: they may be a later version's by now.
    """
    names = connection.execute(sa.select(FACTS).where(FACTS.c.name.startswith(PROOF, autoescape=True))).all()
    copies = {COPIED_PROOF + row.name.removeprefix(PROOF): row.value for row in names} | {FACT: fact}
    stale = sa.or_(FACTS.c.name.in_([*copies, COPY]), FACTS.c.name.startswith("commands:"))
    connection.execute(sa.delete(FACTS).where(stale))
    for name, value in copies.items():
        connection.execute(sa.insert(FACTS).values(name=name, value=value, at=value["at"]))
