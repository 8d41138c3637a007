"""Blocks: members who may order nothing in a server, for some days or for ever. A block ends by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bot.database import NOBODY, Database, Transaction, metadata, upsert
from bot.errors import Fact, Refused
from bot.guilds.audit import Audit, AuditEntry
from bot.guilds.gate import DAY
from bot.text import clean, escape, shorten

REASON_LIMIT: Final = 200
"""Characters."""

DAYS_MOST: Final = 3650


@dataclass(frozen=True, slots=True)
class Block:
    """``at`` and ``until`` in Unix seconds; ``until`` is None for ever. The reason as it was written."""

    member_id: int
    reason: str
    by: int
    at: float
    until: float | None

    def refusal(self) -> Refused:
        """Return the refusal that the member gets."""
        why = escape(self.reason)
        if self.until is None:
            return Refused("blocked-here", why=why)
        return Refused("blocked-here-until", why=why, until=int(self.until))


BLOCKS: Final = sa.Table(
    "blocks",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.String(REASON_LIMIT), nullable=False),
    sa.Column("by", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("until", sa.Float),
)


class Blocks:
    """At most one block for each member of a server. Blocking and unblocking are recorded in the audit."""

    def __init__(self, database: Database, audit: Audit, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    async def put(self, guild_id: int, member_id: int, by: int, reason: str, days: int | None) -> AuditEntry:
        """Store a block of a member, which replaces an older one.

        Raises Refused where the reason has no visible text.
        """
        reason = shorten(clean(reason), REASON_LIMIT)
        if not reason:
            raise Refused("block-reason")
        now = self._clock()
        until = None if days is None else now + days * DAY
        row = {"reason": reason, "by": by, "at": now, "until": until}
        async with self._database.write() as write:
            new = upsert(write, BLOCKS).values(guild_id=guild_id, member_id=member_id, **row)
            await write.execute(new.on_conflict_do_update(index_elements=["guild_id", "member_id"], set_=row))
            facts: dict[str, Fact] = {"reason": reason, "until": int(until or 0)}
            return await self._audit.within(write, guild_id, "member-blocked", by, member_id, **facts)

    async def remove(self, guild_id: int, member_id: int, by: int) -> AuditEntry:
        """End a block early. Raises Refused where there is none."""
        async with self._database.write() as write:
            theirs = sa.and_(BLOCKS.c.guild_id == guild_id, BLOCKS.c.member_id == member_id, self._holds())
            if not (await write.execute(sa.delete(BLOCKS).where(theirs))).rowcount:
                raise Refused("not-blocked", member=f"<@{member_id}>")
            return await self._audit.within(write, guild_id, "member-unblocked", by, member_id)

    async def of_server(self, guild_id: int) -> list[Block]:
        """Return all blocks that hold, the newest first."""
        query = sa.select(BLOCKS).where(BLOCKS.c.guild_id == guild_id, self._holds()).order_by(BLOCKS.c.at.desc())
        async with self._database.read() as read:
            return [_block(row) for row in await read.execute(query)]

    async def in_force(
        self, within: Transaction, members: Collection[tuple[int | None, int]]
    ) -> dict[tuple[int | None, int], Block]:
        """Return which of these (server, member) pairs are blocked now, in the caller's transaction."""
        pairs = [(guild_id, member_id) for guild_id, member_id in members if guild_id is not None]
        if not pairs:
            return {}
        listed = sa.tuple_(BLOCKS.c.guild_id, BLOCKS.c.member_id).in_(pairs)
        rows = await within.execute(sa.select(BLOCKS).where(listed, self._holds()))
        return {(row.guild_id, row.member_id): _block(row) for row in rows}

    def _holds(self) -> sa.ColumnElement[bool]:
        return sa.or_(BLOCKS.c.until.is_(None), BLOCKS.c.until > self._clock())


def _block(row: Any) -> Block:
    return Block(row.member_id, row.reason, row.by, row.at, row.until)


async def forget(within: Transaction, member_id: int, now: float) -> Sequence[str]:
    """Remove a member's id from blocks that they set, and a member's own blocks that are over.

    A block that holds stays. Otherwise a blocked member would only have to ask to be forgotten.
    """
    await within.execute(sa.delete(BLOCKS).where(BLOCKS.c.member_id == member_id, BLOCKS.c.until <= now))
    await within.execute(sa.update(BLOCKS).where(BLOCKS.c.by == member_id).values(by=NOBODY))
    return ()


async def forget_ended(within: Transaction, now: float) -> None:
    """Delete the blocks that are over."""
    await within.execute(sa.delete(BLOCKS).where(BLOCKS.c.until <= now))
