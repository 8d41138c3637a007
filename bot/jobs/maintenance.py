"""Maintenance: no orders are accepted for a while. A row in the database; what runs is finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.errors import Refused
from bot.text import clean, escape, shorten

LONGEST: Final = 200
"""Characters of the operator's sentence."""

_maintenance = sa.Table(
    "maintenance",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("why", sa.String(LONGEST), nullable=False),
)
_ONLY: Final = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """Maintenance is on, ``since`` then (Unix seconds). ``why`` is the operator's sentence, as typed, or empty."""

    since: float
    why: str

    def refusal(self) -> Refused:
        """Return the refusal that members get."""
        return Refused("maintenance-why", why=escape(self.why)) if self.why else Refused("maintenance")


class Maintenance:
    """On where there is a row. Orders are accepted in a transaction that reads it: see ``Intake.pause``."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def now(self) -> Notice | None:
        """Return the notice, or None where orders are taken."""
        async with self._database.read() as read:
            return await self.within(read)

    async def within(self, transaction: Transaction) -> Notice | None:
        """Return the same as ``now``, read in the caller's transaction."""
        row = (await transaction.execute(sa.select(_maintenance))).one_or_none()
        return Notice(row.since, row.why) if row else None

    async def begin(self, within: Transaction, why: str) -> None:
        """Start maintenance in the caller's transaction. A second start changes only the sentence."""
        notice = await self.within(within)
        await self.end(within)
        since = notice.since if notice else self._clock()
        row = {"id": _ONLY, "since": since, "why": shorten(clean(why), LONGEST)}
        await within.execute(sa.insert(_maintenance).values(row))

    async def end(self, within: Transaction) -> None:
        """End maintenance in the caller's transaction. Safe to repeat."""
        await within.execute(sa.delete(_maintenance))
