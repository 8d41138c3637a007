"""Checks after the sequences: the bot's ledger is ToAPIs', no limit was exceeded, nothing was bought or shown twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from playground.stage import Stage

DAY: Final = 24 * 3600.0
PICTURES: Final = 5
MONEY: Final = 1_600_000  # micro-dollars of a day, for all
HELD: Final = (
    " AND EXISTS (SELECT 1 FROM ledger AS o WHERE o.job_id = jobs.id AND o.phase = 'open')"
    " AND NOT EXISTS (SELECT 1 FROM ledger AS c WHERE c.job_id = jobs.id AND c.phase = 'close')"
)
"""Narrows a selection of jobs to those whose money is held."""


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """The outcome of a group. ``events`` by kind: what really happened, not what was tried."""

    events: Counter[str]
    orders: int
    refused: int
    charges: int
    refunded: int
    unknown: int


def rows(url: str, query: str) -> Sequence[Any]:
    """Return the rows of a query on the bot's database."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(query)).all()
    finally:
        engine.dispose()


def checked(stage: Stage, url: str) -> dict[str, int]:
    """Return the final counts by ToAPIs' ledger. Raises AssertionError where money or a limit is wrong."""
    paid = [charge for charge in stage.painter.ledger if not charge.refunded]
    ours = {row[0]: row[1] for row in rows(url, "SELECT job_id, amount FROM ledger WHERE kind = 'settled'")}
    theirs = {str(charge.business_id): charge.micros for charge in paid}
    assert len(theirs) == len(paid), f"bought twice: {Counter(charge.business_id for charge in paid).most_common(3)}"
    assert ours == theirs, f"ours only {ours.items() - theirs.items()}, theirs only {theirs.items() - ours.items()}"
    _hold_limits(rows(url, "SELECT id, member_id, created_at FROM jobs"), theirs)
    _shown_once(stage)
    unknown = rows(url, "SELECT id FROM jobs WHERE state = 'unknown'" + HELD)
    charges = len(stage.painter.ledger)
    return {"charges": charges, "refunded": charges - len(paid), "unknown": len(unknown)}


def _hold_limits(jobs: Sequence[Any], paid: Mapping[str, int]) -> None:
    """Check that no 24 hours of the bot's clock hold more than the limits allow. ``paid``: micro-dollars by job."""
    moments = [(float(at), int(member), paid[id_]) for id_, member, at in jobs if id_ in paid]
    for now, member, _ in moments:
        lately = [(payer, cost) for at, payer, cost in moments if now - DAY < at <= now]
        assert sum(cost for _, cost in lately) <= MONEY, f"{lately} for all"
        costs = [cost for payer, cost in lately if payer == member]
        assert len(costs) <= PICTURES, f"{len(costs)} pictures for member {member}"


def _shown_once(stage: Stage) -> None:
    """Check that no job's picture was posted twice where its first message could be looked for.

    It is posted again elsewhere if the first message was deleted, or closed to the bot, before it was noted as sent.
    """
    came: dict[str, list[str]] = defaultdict(list)
    for entry in stage.world.transcript.of("message"):
        for file in entry.facts["attachments"]:
            if file["name"].startswith("retouch-"):
                came[file["name"]].append(entry.where)
    for name, places in came.items():
        direct = [place for place in places[:-1] if place.startswith("DM ")]
        assert len(set(places)) == len(places) and not direct, f"shown twice: {name} in {places}"
