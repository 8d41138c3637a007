"""The engine's own files, and their loss."""

from __future__ import annotations

from pathlib import Path

import psycopg


def engine_files(database_url: str) -> list[Path]:
    folder = Path(database_url.removeprefix("sqlite:///")).parent
    return sorted(folder.glob("retouch.engine.db*"))


def lose_the_engine(database_url: str) -> None:
    """Delete the engine's file or schema, as an operator might who thinks it useless."""
    if database_url.startswith("sqlite"):
        for file in engine_files(database_url):
            file.unlink()
        return
    with psycopg.connect(database_url.replace("+psycopg", "", 1), autocommit=True) as admin:
        admin.execute("DROP SCHEMA dbos CASCADE")
