"""Facts: small things that a deployment has found out and keeps, by name. Never a setting, never a secret."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.database import Database, metadata

FORM: Final = "form"
"""Begins the names of what open forms need, with the moment of their opening as ``at``."""

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

    async def forget(self, prefix: str, *, before: float) -> None:
        """Drops what stands under names that begin so and is older: values are objects with ``at``, in Unix seconds."""
        async with self._database.write() as write:
            mine = _facts.c.name.startswith(prefix, autoescape=True)
            rows = (await write.execute(sa.select(_facts).where(mine))).all()
            old = [row.name for row in rows if row.value["at"] < before]
            await write.execute(sa.delete(_facts).where(_facts.c.name.in_(old)))

    async def put(self, name: str, value: Any) -> None:
        """Keeps ``value`` (JSON) under ``name``, in place of what was there."""
        async with self._database.write() as write:
            insert = postgresql.insert if write.dialect.name == "postgresql" else sqlite.insert
            new = insert(_facts).values(name=name, value=value)
            await write.execute(new.on_conflict_do_update(index_elements=["name"], set_={"value": new.excluded.value}))
