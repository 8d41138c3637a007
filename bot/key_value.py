"""Facts: small things that a deployment has found out and keeps, by name. Never a setting, never a secret."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.database import Database, metadata

FORM: Final = "form"
"""Begins the names of what open forms need, with the moment of their opening as ``at``."""

FACTS: Final = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", sa.Float),
    sa.Column("member_id", sa.BigInteger),
    sa.Index("facts_at", "at"),
    sa.Index("facts_of_member", "member_id", "at"),
)


class KeyValueStore:
    """What is known under a name, as JSON."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Any:
        """The value, or None."""
        async with self._database.read() as read:
            return await read.scalar(sa.select(FACTS.c.value).where(FACTS.c.name == name))

    async def forget(self, prefix: str, *, before: float) -> None:
        """Drops what stands under names that begin so and is older: values are objects with ``at``, in Unix seconds."""
        async with self._database.write() as write:
            mine = FACTS.c.name.startswith(prefix, autoescape=True)
            await write.execute(sa.delete(FACTS).where(FACTS.c.at < before, mine))

    async def put(self, name: str, value: Any, *, member_id: int | None = None, most: int = 1) -> None:
        """Keep ``value`` (JSON) under ``name``, in place of what was there.

        Where it is kept for a member, only their ``most`` newest stay.
        """
        at = value.get("at") if isinstance(value, dict) else None
        async with self._database.write() as write:
            insert = postgresql.insert if write.dialect.name == "postgresql" else sqlite.insert
            new = insert(FACTS).values(name=name, value=value, at=at, member_id=member_id)
            kept = {column: new.excluded[column] for column in ("value", "at", "member_id")}
            await write.execute(new.on_conflict_do_update(index_elements=["name"], set_=kept))
            if member_id is not None:
                await write.execute(_all_but_the_newest(member_id, most))


def _all_but_the_newest(member_id: int, most: int) -> sa.Delete:
    mine = FACTS.c.member_id == member_id
    newest = sa.select(FACTS.c.name).where(mine).order_by(FACTS.c.at.desc(), FACTS.c.name).limit(most)
    return sa.delete(FACTS).where(mine, FACTS.c.name.not_in(newest))
