"""The audit of a server: the actions of its moderators. Changes of its rules are read together with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import sqlalchemy as sa

from bot.database import Database, Transaction, metadata
from bot.errors import Fact
from bot.guilds.rules import Change, Rules

Action = Literal["picture-deleted", "report-dismissed", "member-blocked", "member-unblocked"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action of a moderator. ``at`` in Unix seconds; ``member_id``: the member, or the picture's owner, affected.

    ``facts`` name no other people: forgetting a member goes by the two ids.
    """

    action: Action
    by: int
    at: float
    member_id: int
    facts: dict[str, Fact] = field(default_factory=dict)


AUDIT: Final = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.BigInteger, nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
)


class Audit:
    """Only added to, until ``forget_old``."""

    def __init__(self, database: Database, rules: Rules, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def note(self, guild_id: int, action: Action, by: int, member_id: int, **facts: Fact) -> AuditEntry:
        """Record an action that was done just now."""
        async with self._database.write() as write:
            return await self.within(write, guild_id, action, by, member_id, **facts)

    async def within(
        self, write: Transaction, guild_id: int, action: Action, by: int, member_id: int, **facts: Fact
    ) -> AuditEntry:
        """Record an action in the transaction that does it: both are stored, or neither."""
        entry = AuditEntry(action, by, self._clock(), member_id, facts)
        await write.execute(
            sa.insert(AUDIT).values(
                guild_id=guild_id, at=entry.at, by=by, action=action, member_id=member_id, facts=facts
            )
        )
        return entry

    async def lately(self, guild_id: int, most: int) -> list[AuditEntry | Change]:
        """Return the last actions and changes of rules, the newest first."""
        query = sa.select(AUDIT).where(AUDIT.c.guild_id == guild_id).order_by(AUDIT.c.id.desc()).limit(most)
        async with self._database.read() as read:
            rows = (await read.execute(query)).all()
        entries: list[AuditEntry | Change] = [
            AuditEntry(row.action, row.by, row.at, row.member_id, row.facts) for row in rows
        ]
        changes = await self._rules.changes(guild_id, most)
        return sorted(entries + list(changes), key=lambda entry: -entry.at)[:most]


async def forget_old(within: Transaction, before: float) -> None:
    """Delete what was done before then (Unix seconds)."""
    await within.execute(sa.delete(AUDIT).where(AUDIT.c.at < before))
