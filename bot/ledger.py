"""The Ledger: money reserved, settled, returned. Entries are only ever added; each job opens once and closes once.

Spending is counted here and nowhere else: a job's state (delivered, failed, cancelled) does not tell what it cost.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
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
    sa.Column("key_id", sa.String(32)),  # the server's own key that pays; null: the operator's key
    sa.Column("held", sa.Boolean),  # true on an opening entry until its job is settled or given back, else null
    sa.Index("ledger_of_member", "member_id", "at"),
    sa.Index("ledger_of_guild", "guild_id", "at"),
    sa.Index("ledger_at", "at"),
    sa.Index(
        "ledger_held", "at", sqlite_where=sa.text("held IS NOT NULL"), postgresql_where=sa.text("held IS NOT NULL")
    ),
    # Makes a second settling or returning impossible, whatever code tries it.
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
"""The length of each window. Windows slide, so that no quota depends on midnight or the first of the month."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Pictures and money spent in a window, not returned. ``oldest``: when the first was reserved, in Unix seconds."""

    pictures: int = 0
    money: int = 0
    oldest: float | None = None


class Ledger:
    """All jobs' money, in integer micro-dollars. It is held from ``reserve`` until ``settle`` or ``give_back``.

    ``check`` raises, in the transaction that would close a job's money, where another process sees to it by now.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float] = time.time,
        check: Callable[[Transaction], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._check = check

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
        """Hold ``amount`` for the job, in the transaction that writes the job: both or neither."""
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
        """Return the held and settled money of each window, and when the newest of it was reserved (Unix seconds).

        Count a member in a server, a server, or, with neither, all that the operator pays; returned money never counts.
        ``within`` is the transaction that reserves the next amount.
        """
        now = self._clock()
        not_returned = sa.func.coalesce(CLOSED.c.kind, "held") != "returned"
        conditions = [OPENED.c.phase == OPENING, not_returned, OPENED.c.at > now - max(SECONDS.values())]
        conditions += [OPENED.c.guild_id == guild_id] if guild_id is not None else []
        conditions += [OPENED.c.member_id == member_id] if member_id is not None else []
        conditions += [OPENED.c.key_id.is_(None)] if member_id is None and guild_id is None else []
        columns: list[sa.ColumnElement[Any]] = [sa.func.max(OPENED.c.at)]
        for seconds in SECONDS.values():
            lately = OPENED.c.at > now - seconds
            columns += [
                sa.func.sum(OPENED.c.pictures).filter(lately),
                sa.func.sum(sa.func.coalesce(CLOSED.c.amount, OPENED.c.amount)).filter(lately),
                sa.func.min(OPENED.c.at).filter(lately),
            ]
        newest, *sums = (
            await within.execute(sa.select(*columns).select_from(opened_with_closed()).where(*conditions))
        ).one()
        windows = {
            window: Spent(int(sums[at] or 0), int(sums[at + 1] or 0), sums[at + 2])
            for window, at in zip(SECONDS, range(0, len(sums), 3), strict=True)
        }
        return windows, newest

    async def reservation(self, job_id: str) -> Reservation | None:
        """Return the job's Reservation while its money is held; None once it was settled or given back."""
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
        """Return the sum of all reservations that were neither settled nor given back, however old."""
        query = sa.select(sa.func.sum(ENTRIES.c.amount)).where(ENTRIES.c.held.is_not(None))
        return Micros(int(await within.scalar(query) or 0))

    async def settle(self, job_id: str, cost: Micros) -> bool:
        """Record the job's real cost. Return False, and change nothing, if none of its money is held (any more)."""
        return await self._close(job_id, "settled", cost)

    async def give_back(self, job_id: str) -> bool:
        """Give back the whole reservation. Return False, and change nothing, if none is held (any more)."""
        return await self._close(job_id, "returned", None)

    async def _close(self, job_id: str, kind: str, amount: Micros | None) -> bool:
        held_entry = sa.and_(ENTRIES.c.job_id == job_id, ENTRIES.c.held.is_not(None))
        try:
            async with self._database.write() as write:
                if self._check is not None:
                    await self._check(write)
                freed = await write.execute(sa.update(ENTRIES).where(held_entry).values(held=None).returning(ENTRIES))
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
