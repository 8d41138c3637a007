"""A store for small facts that the bot remembers under a name. Never a setting, never a secret."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database, metadata, upsert

FORM: Final = "form"
"""The prefix of the names of open forms. Their values hold the time of opening as ``at``."""

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
    """JSON values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Any:
        """Return the value stored under ``name``, or None."""
        async with self._database.read() as read:
            return await read.scalar(sa.select(FACTS.c.value).where(FACTS.c.name == name))

    async def forget(self, prefix: str, *, before: float) -> None:
        """Delete values older than ``before`` whose names begin with ``prefix``. Their ``at`` is in Unix seconds."""
        async with self._database.write() as write:
            matches = FACTS.c.name.startswith(prefix, autoescape=True)
            await write.execute(sa.delete(FACTS).where(FACTS.c.at < before, matches))

    async def put(self, name: str, value: Any, *, member_id: int | None = None, most: int = 1) -> None:
        """Store ``value`` (JSON) under ``name``, in place of an older value.

        With ``member_id``, keep only the ``most`` newest values of that member.
        """
        at = value.get("at") if isinstance(value, dict) else None
        async with self._database.write() as write:
            new = upsert(write, FACTS).values(name=name, value=value, at=at, member_id=member_id)
            columns = {column: new.excluded[column] for column in ("value", "at", "member_id")}
            await write.execute(new.on_conflict_do_update(index_elements=["name"], set_=columns))
            if member_id is not None:
                await write.execute(_all_but_the_newest(member_id, most))


def _all_but_the_newest(member_id: int, most: int) -> sa.Delete:
    of_member = FACTS.c.member_id == member_id
    newest = sa.select(FACTS.c.name).where(of_member).order_by(FACTS.c.at.desc(), FACTS.c.name).limit(most)
    return sa.delete(FACTS).where(of_member, FACTS.c.name.not_in(newest))
