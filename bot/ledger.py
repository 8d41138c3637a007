"""The Ledger: money reserved, settled, returned. Entries are only ever added; each job opens once and closes once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.database import Database, Transaction, metadata
from bot.gate import SECONDS, Spent, Window
from bot.money import _LEDGER, Micros, Reservation

_OPEN: Final = "open"
_CLOSE: Final = "close"
_LOOK_BACK: Final = 3 * 24 * 3600.0

_entries = sa.Table(
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
    sa.Index("ledger_of_member", "member_id", "at"),
    sa.Index("ledger_of_guild", "guild_id", "at"),
    sa.Index("ledger_at", "at"),
    # What makes a second settling or returning impossible, by whatever path it comes.
    sa.UniqueConstraint("job_id", "phase", name="ledger_once"),
)


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
    ) -> Reservation:
        """Holds ``amount`` for the job, in the transaction that writes the job: both or neither."""
        await within.execute(
            sa.insert(_entries).values(
                job_id=job_id,
                phase=_OPEN,
                kind="reserved",
                amount=amount,
                at=self._clock(),
                member_id=member_id,
                guild_id=guild_id,
                pictures=pictures,
            )
        )
        return Reservation(job_id, amount, _LEDGER)

    async def spent(
        self, within: Transaction, *, member_id: int | None = None, guild_id: int | None = None
    ) -> tuple[dict[Window, Spent], float | None]:
        """What is held and was settled in each window, of a member in a server, of a server, or of all; returned money
        is not. Then when the newest of it was reserved (Unix seconds). In the transaction that reserves the next.
        """
        opened, closed, now = _entries.alias(), _entries.alias(), self._clock()
        kept = sa.func.coalesce(closed.c.kind, "held") != "returned"
        mine = [opened.c.phase == _OPEN, kept, opened.c.at > now - max(SECONDS.values())]
        mine += [opened.c.guild_id == guild_id] if guild_id is not None else []
        mine += [opened.c.member_id == member_id] if member_id is not None else []
        columns: list[sa.ColumnElement[Any]] = [sa.func.max(opened.c.at)]
        for seconds in SECONDS.values():
            lately = opened.c.at > now - seconds
            columns += [
                sa.func.sum(opened.c.pictures).filter(lately),
                sa.func.sum(sa.func.coalesce(closed.c.amount, opened.c.amount)).filter(lately),
                sa.func.min(opened.c.at).filter(lately),
            ]
        both = opened.outerjoin(closed, sa.and_(closed.c.job_id == opened.c.job_id, closed.c.phase == _CLOSE))
        newest, *sums = (await within.execute(sa.select(*columns).select_from(both).where(*mine))).one()
        windows = {
            window: Spent(int(sums[at] or 0), int(sums[at + 1] or 0), sums[at + 2])
            for window, at in zip(SECONDS, range(0, len(sums), 3), strict=True)
        }
        return windows, newest

    async def reservation(self, job_id: str) -> Reservation | None:
        """The job's Reservation while its money is held; None once it was settled or given back."""
        async with self._database.read() as read:
            rows = (await read.execute(sa.select(_entries).where(_entries.c.job_id == job_id))).all()
        if len(rows) != 1:
            return None
        return Reservation(job_id, Micros(rows[0].amount), _LEDGER)

    async def held(self) -> Sequence[str]:
        """The jobs of the last days whose money is still held, oldest first."""
        closed = sa.select(_entries.c.job_id).where(_entries.c.phase == _CLOSE)
        query = sa.select(_entries.c.job_id).where(
            _entries.c.phase == _OPEN,
            _entries.c.at > self._clock() - _LOOK_BACK,
            _entries.c.job_id.not_in(closed.where(_entries.c.at > self._clock() - _LOOK_BACK)),
        )
        async with self._database.read() as read:
            return (await read.scalars(query.order_by(_entries.c.at))).all()

    async def held_in_all(self, within: Transaction) -> Micros:
        """The money of every reservation that was neither settled nor given back, however old."""
        opened, closed = _entries.alias(), _entries.alias()
        both = opened.outerjoin(closed, sa.and_(closed.c.job_id == opened.c.job_id, closed.c.phase == _CLOSE))
        query = sa.select(sa.func.sum(opened.c.amount)).select_from(both)
        held = await within.scalar(query.where(opened.c.phase == _OPEN, closed.c.job_id.is_(None)))
        return Micros(int(held or 0))

    async def settle(self, job_id: str, cost: Micros) -> bool:
        """What the job truly cost. False, and nothing changes, where none of its money is held (any more)."""
        return await self._close(job_id, "settled", cost)

    async def give_back(self, job_id: str) -> bool:
        """Returns the whole reservation. False, and nothing changes, where none is held (any more)."""
        return await self._close(job_id, "returned", None)

    async def _close(self, job_id: str, kind: str, amount: Micros | None) -> bool:
        try:
            async with self._database.write() as write:
                held = (
                    await write.execute(
                        sa.select(_entries).where(_entries.c.job_id == job_id, _entries.c.phase == _OPEN)
                    )
                ).one_or_none()
                if held is None:
                    return False
                await write.execute(
                    sa.insert(_entries).values(
                        job_id=job_id,
                        phase=_CLOSE,
                        kind=kind,
                        amount=held.amount if amount is None else amount,
                        at=self._clock(),
                        member_id=held.member_id,
                        guild_id=held.guild_id,
                        pictures=held.pictures,
                    )
                )
        except IntegrityError:
            return False
        return True
