"""Brings a database's tables to this code's version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from bot.database import DatabaseAway, DatabaseMistake

_MAKE: Final = os.O_CREAT | os.O_RDWR

MIGRATING: Final = 20261201
"""The number of the advisory lock that lets only one process migrate the tables at a time."""

_VERSIONS: Final = Path(__file__).parent / "versions"

VERSIONS: Final = frozenset(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))
"""Every migration that this code knows."""

HEAD: Final = max(VERSIONS)
"""The newest migration, which a database that needs none names as its version."""

_VERSION: Final = sa.table("alembic_version", sa.column("version_num"))


def _log_ahead(engine: sa.Engine) -> None:
    """Set the file to write-ahead logging before it is shared. Two connections that do so at once deadlock.

    https://www.sqlite.org/wal.html#persistence_of_wal_mode
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def migrate(url: str, *, ask: bool = False) -> None:
    """Update the tables to this code's version. An SQLite file and an empty server are migrated at every start.

    With ``ask``, leave a server's older tables alone and raise DatabaseMistake, which names the command to run.
    """
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        if engine.dialect.name == "sqlite":
            os.close(os.open(str(engine.url.database), _MAKE, 0o600))  # SQLite would create it readable for everybody
            _log_ahead(engine)
        with engine.begin() as connection:
            if engine.dialect.name != "sqlite":  # two processes may start at once on an empty server
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
            is_new = not sa.inspect(connection).has_table(_VERSION.name)
            if not is_new and connection.scalar(sa.select(_VERSION.c.version_num)) == HEAD:
                return
            if ask and not is_new and engine.dialect.name != "sqlite":
                raise DatabaseMistake(
                    "the database is older than this code: run `python -m bot migrate` once, then start"
                )
            upgrade(connection)
    except sa.exc.OperationalError as error:
        raise DatabaseAway(f"DATABASE_URL: the database can't be reached ({type(error.orig).__name__})") from None
    finally:
        engine.dispose()


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Run the migrations up to a version, in the caller's transaction."""
    # Imported only where there is something to migrate: it takes 9 MiB, and a quarter of a second.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
