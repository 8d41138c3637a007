"""Departures: the servers that the bot left, and when. One that is merely unavailable was not left."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata, upsert

_departures = sa.Table(
    "departures",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("left_at", sa.Float, nullable=False),
)


class Departures:
    """A return takes the note back."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def note(self, guild_ids: Collection[int]) -> None:
        """Record that the bot left these servers. The first record of a departure stands."""
        if not guild_ids:
            return
        async with self._database.write() as write:
            rows = [{"guild_id": guild_id, "left_at": self._clock()} for guild_id in guild_ids]
            await write.execute(upsert(write, _departures).on_conflict_do_nothing(), rows)

    async def take_back(self, guild_ids: Collection[int]) -> None:
        """Delete the records of departures from these servers: the bot is in them."""
        noted = [guild_id for guild_id in await self.before(self._clock() + 1) if guild_id in guild_ids]
        if not noted:
            return
        async with self._database.write() as write:
            await write.execute(sa.delete(_departures).where(_departures.c.guild_id.in_(noted)))

    async def before(self, moment: float) -> Sequence[int]:
        """Return the servers that were left before a moment (Unix seconds)."""
        query = sa.select(_departures.c.guild_id).where(_departures.c.left_at < moment)
        async with self._database.read() as read:
            return (await read.scalars(query)).all()

    async def close(self, within: Transaction, guild_id: int, moment: float) -> bool:
        """Delete the record of a departure before then, in the caller's transaction.

        Return False where the bot came back.
        """
        gone = sa.and_(_departures.c.guild_id == guild_id, _departures.c.left_at < moment)
        return bool((await within.execute(sa.delete(_departures).where(gone))).rowcount)
