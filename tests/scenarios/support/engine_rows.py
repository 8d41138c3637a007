"""The engine's tables, and their loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.jobs.workflows import STEPS, WORKFLOWS

EngineRows = list[tuple[sa.Table, Sequence[dict[str, Any]]]]


def engine_rows(database_url: str) -> EngineRows:
    """Return a copy of all workflows and their steps."""
    with _connected(database_url) as connection:
        return [(table, [dict(row) for row in connection.execute(table.select()).mappings()]) for table in _TABLES]


def lose_the_engine(database_url: str) -> None:
    """Delete all workflows and steps, as an operator might who thinks them useless."""
    with _connected(database_url) as connection:
        for table in _TABLES:
            connection.execute(table.delete())


def restore(database_url: str, rows: EngineRows) -> None:
    """Put back a copy, in place of what is there."""
    lose_the_engine(database_url)
    with _connected(database_url) as connection:
        for table, copies in rows:
            if copies:
                connection.execute(table.insert(), copies)


_TABLES = (WORKFLOWS, STEPS)


def _connected(database_url: str) -> Any:
    return sa.create_engine(database_url, poolclass=sa.NullPool, connect_args=_patience(database_url)).begin()


def _patience(database_url: str) -> dict[str, Any]:
    """Return the driver's options: on a file, wait while the bot writes."""
    return {"timeout": 30.0} if database_url.startswith("sqlite") else {}
