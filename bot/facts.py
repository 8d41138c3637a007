"""Facts: small things that a deployment has found out and keeps, by name. Never a setting, never a secret."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.database import Database, metadata

_facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)


class Facts:
    """What is known under a name, as JSON."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Any:
        """The value, or None."""
        async with self._database.read() as read:
            return await read.scalar(sa.select(_facts.c.value).where(_facts.c.name == name))

    async def put(self, name: str, value: Any) -> None:
        """Keeps ``value`` (JSON) under ``name``, in place of what was there."""
        async with self._database.write() as write:
            changed = await write.execute(sa.update(_facts).where(_facts.c.name == name).values(value=value))
            if not changed.rowcount:
                await write.execute(sa.insert(_facts).values(name=name, value=value))
