"""The Ledger: money reserved, settled, returned. Entries are only ever added; each job opens once and closes once.

What was spent is counted here and nowhere else: whether a job was delivered, failed or was called off says nothing of
what its painting cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.database import Database, Transaction, metadata
from bot.money import LEDGER_SEAL, Micros, Reservation

OPENING: Final = "open"
"""The phase of the entry that holds a job's money."""

CLOSING: Final = "close"
"""The phase of the entry that settles or returns it."""

ENTRIES: Final = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job_id", sa.String(32), nullable=False),
    sa.Column("phase", sa.String(8), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("pictures", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(32)),  # the server's own key that pays; none: the operator's
    sa.Column("held", sa.Boolean),  # true on an opening entry until its job's money is closed, otherwise null
    sa.Index("ledger_of_member", "member_id", "at"),
    sa.Index("ledger_of_guild", "guild_id", "at"),
    sa.Index("ledger_at", "at"),
    sa.Index(
        "ledger_held", "at", sqlite_where=sa.text("held IS NOT NULL"), postgresql_where=sa.text("held IS NOT NULL")
    ),
    # What makes a second settling or returning impossible, by whatever path it comes.
    sa.UniqueConstraint("job_id", "phase", name="ledger_once"),
)

OPENED: Final = ENTRIES.alias("opened")
"""The ledger's table in queries that read opening entries."""

CLOSED: Final = ENTRIES.alias("closed")
"""The ledger's table in queries that read closing entries beside them."""


def is_opening_of(job_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Build the condition that ``OPENED`` is the entry that opened this job's money."""
    return sa.and_(OPENED.c.job_id == job_id, OPENED.c.phase == OPENING)


def is_closing_of(job_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Build the condition that ``CLOSED`` is the entry that closed this job's money."""
    return sa.and_(CLOSED.c.job_id == job_id, CLOSED.c.phase == CLOSING)


def opened_with_closed() -> sa.Join:
    """Join ``OPENED`` with the closing entry of the same job, whose columns are null while the money is held.

    The caller's query must say ``OPENED.c.phase == OPENING``.
    """
    return OPENED.outerjoin(CLOSED, is_closing_of(OPENED.c.job_id))


Window = Literal["hour", "day", "month"]


SECONDS: Final[dict[Window, float]] = {"hour": 3600.0, "day": 24 * 3600.0, "month": 30 * 24 * 3600.0}
"""Any so many seconds, so that nobody waits for a midnight or a first of the month."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in a window and not returned. ``oldest`` of it, in Unix seconds; None where there is nothing."""

    pictures: int = 0
    money: int = 0
    oldest: float | None = None


class Ledger:
    """Amounts are integer micro-dollars. A job's money is held from ``reserve`` until ``settle`` or ``give_back``."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def reserve(
        self,
        within: Transaction,
        job_id: str,
        amount: Micros,
        *,
        member_id: int,
        guild_id: int | None,
        pictures: int = 1,
        key_id: str | None = None,
    ) -> Reservation:
        """Holds ``amount`` for the job, in the transaction that writes the job: both or neither."""
        await within.execute(
            sa.insert(ENTRIES).values(
                job_id=job_id,
                phase=OPENING,
                kind="reserved",
                amount=amount,
                at=self._clock(),
                member_id=member_id,
                guild_id=guild_id,
                pictures=pictures,
                key_id=key_id,
                held=True,
            )
        )
        return Reservation(job_id, amount, LEDGER_SEAL)

    async def spent(
        self, within: Transaction, *, member_id: int | None = None, guild_id: int | None = None
    ) -> tuple[dict[Window, Spent], float | None]:
        """What is held and was settled in each window, of a member in a server, of a server, or of all that the
        operator pays; returned money is not. Then when the newest of it was reserved (Unix seconds). In the transaction
        that reserves the next.
        """
        now = self._clock()
        kept = sa.func.coalesce(CLOSED.c.kind, "held") != "returned"
        mine = [OPENED.c.phase == OPENING, kept, OPENED.c.at > now - max(SECONDS.values())]
        mine += [OPENED.c.guild_id == guild_id] if guild_id is not None else []
        mine += [OPENED.c.member_id == member_id] if member_id is not None else []
        mine += [OPENED.c.key_id.is_(None)] if member_id is None and guild_id is None else []
        columns: list[sa.ColumnElement[Any]] = [sa.func.max(OPENED.c.at)]
        for seconds in SECONDS.values():
            lately = OPENED.c.at > now - seconds
            columns += [
                sa.func.sum(OPENED.c.pictures).filter(lately),
                sa.func.sum(sa.func.coalesce(CLOSED.c.amount, OPENED.c.amount)).filter(lately),
                sa.func.min(OPENED.c.at).filter(lately),
            ]
        newest, *sums = (await within.execute(sa.select(*columns).select_from(opened_with_closed()).where(*mine))).one()
        windows = {
            window: Spent(int(sums[at] or 0), int(sums[at + 1] or 0), sums[at + 2])
            for window, at in zip(SECONDS, range(0, len(sums), 3), strict=True)
        }
        return windows, newest

    async def reservation(self, job_id: str) -> Reservation | None:
        """The job's Reservation while its money is held; None once it was settled or given back."""
        async with self._database.read() as read:
            rows = (await read.execute(sa.select(ENTRIES).where(ENTRIES.c.job_id == job_id))).all()
        if len(rows) != 1:
            return None
        return Reservation(job_id, Micros(rows[0].amount), LEDGER_SEAL)

    async def held(self) -> Sequence[str]:
        """Return the jobs whose money is still held, however long ago it was reserved, oldest first."""
        query = sa.select(ENTRIES.c.job_id).where(ENTRIES.c.held.is_not(None)).order_by(ENTRIES.c.at)
        async with self._database.read() as read:
            return (await read.scalars(query)).all()

    async def held_in_all(self, within: Transaction) -> Micros:
        """The money of every reservation that was neither settled nor given back, however old."""
        query = sa.select(sa.func.sum(ENTRIES.c.amount)).where(ENTRIES.c.held.is_not(None))
        return Micros(int(await within.scalar(query) or 0))

    async def settle(self, job_id: str, cost: Micros) -> bool:
        """What the job truly cost. False, and nothing changes, where none of its money is held (any more)."""
        return await self._close(job_id, "settled", cost)

    async def give_back(self, job_id: str) -> bool:
        """Returns the whole reservation. False, and nothing changes, where none is held (any more)."""
        return await self._close(job_id, "returned", None)

    async def _close(self, job_id: str, kind: str, amount: Micros | None) -> bool:
        mine = sa.and_(ENTRIES.c.job_id == job_id, ENTRIES.c.held.is_not(None))
        try:
            async with self._database.write() as write:
                freed = await write.execute(sa.update(ENTRIES).where(mine).values(held=None).returning(ENTRIES))
                opening = freed.one_or_none()
                if opening is None:
                    return False
                await write.execute(
                    sa.insert(ENTRIES).values(
                        job_id=job_id,
                        phase=CLOSING,
                        kind=kind,
                        amount=opening.amount if amount is None else amount,
                        at=self._clock(),
                        member_id=opening.member_id,
                        guild_id=opening.guild_id,
                        pictures=opening.pictures,
                        key_id=opening.key_id,
                    )
                )
        except IntegrityError:
            return False
        return True
