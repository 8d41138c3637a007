"""Copies of the tables on a PostgreSQL server: all of one moment, put back in a single transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

import bot.guilds.audit
import bot.guilds.picture_reports
import bot.guilds.styles
import bot.jobs.maintenance
import bot.jobs.webhook_events
import bot.privacy.personal_data  # noqa: F401 - with those above it knows every table
from bot.backup import archive
from bot.backup.copy_mistake import CopyMistake, check_version, name_for_good, new_file
from bot.backup.file_copy import UNTOUCHED
from bot.backup.mark import COPY, Marked, mark
from bot.database import metadata
from bot.jobs.slot_lock import LOCK
from bot.key_value import FACTS
from bot.migrations.migrate import MIGRATING, upgrade

AT_ONCE: Final = 500
"""Rows that are written by one statement."""

_VERSION: Final = sa.table("alembic_version", sa.column("version_num"))
_HOLDERS: Final = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :lock AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def copy_server(url: str, file: Path, facts: dict[str, Any]) -> None:
    """Copy all tables as they are at one moment, while the bot runs. ``file`` must not be there yet."""
    part = new_file(file)
    try:
        with _connected(url) as engine, engine.connect() as opened:
            connection = opened.execution_options(isolation_level="REPEATABLE READ")
            version = str(connection.scalar(sa.select(_VERSION.c.version_num)))
            check_version(version, file)
            manifest = archive.Manifest(version, facts[COPY]["at"], facts)
            archive.write(connection, _reflected(connection), manifest, part)
        name_for_good(part, file)
    finally:
        part.unlink(missing_ok=True)


def put_back_server(file: Path, url: str, now: float, *, replace: bool) -> Marked:
    """Put an archive's tables in the place of those on the server, marked, in one transaction: all or nothing.

    Raise CopyMistake, and change nothing, where a bot runs, for an archive that is not whole, and without ``replace``
    where the tables were used.
    """
    manifest = archive.read_manifest(file)
    check_version(manifest.version, file)
    with _alone(url) as connection:
        there = [name for name in sa.inspect(connection).get_table_names() if name in {*metadata.tables, _VERSION.name}]
        if not replace and _is_used(connection, there):
            raise CopyMistake("the database is in use already: make a backup of it, then add --replace to overwrite it")
        if there:
            connection.execute(sa.text("DROP TABLE " + ", ".join(f'"{name}"' for name in there) + " CASCADE"))
        upgrade(connection, manifest.version)
        tables = _reflected(connection)
        for table in tables.sorted_tables:
            for values in _batches(archive.rows(file, table.name) if table.name in manifest.rows else ()):
                connection.execute(sa.insert(table), values)
            _count_on(connection, table)
        upgrade(connection)
        for name, value in manifest.facts.items():
            connection.execute(sa.delete(FACTS).where(FACTS.c.name == name))
            connection.execute(sa.insert(FACTS).values(name=name, value=value, at=value["at"]))
        return mark(connection, now)


def mark_server(url: str, now: float) -> Marked:
    """Mark a server's tables that another tool restored. Raise CopyMistake where a bot runs."""
    with _alone(url) as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            raise CopyMistake("DATABASE_URL: there are no tables of Retouch to mark")
        check_version(str(connection.scalar(sa.select(_VERSION.c.version_num))), Path("the database"))
        upgrade(connection)
        return mark(connection, now)


@contextmanager
def _connected(url: str) -> Iterator[sa.Engine]:
    # Poolers hand each transaction to another session, which knows no prepared statement of the last.
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"prepare_threshold": None})
    try:
        yield engine
    except sa.exc.DBAPIError as error:
        reason = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
        raise CopyMistake(f"DATABASE_URL: the server does not do that ({reason}). Nothing was changed") from None
    finally:
        engine.dispose()


@contextmanager
def _alone(url: str) -> Iterator[sa.Connection]:
    """Open a transaction in which no bot runs on the tables, and none can start. Raise CopyMistake where one runs."""
    with _connected(url) as engine, engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))  # a start waits for it
        if connection.scalar(_HOLDERS, {"lock": LOCK}):
            raise CopyMistake("DATABASE_URL: a Retouch process uses this database. Stop all of them first")
        yield connection


def _reflected(connection: sa.Connection) -> sa.MetaData:
    """Return our tables as they are on the server, which may be an older version's."""
    tables = sa.MetaData()
    tables.reflect(connection, only=lambda name, _: name in metadata.tables)
    return tables


def _is_used(connection: sa.Connection, there: Iterable[str]) -> bool:
    names = (name for name in there if name not in UNTOUCHED)
    return any(connection.scalar(sa.text(f'SELECT EXISTS (SELECT 1 FROM "{name}")')) for name in names)  # noqa: S608 - names of tables


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """Let a column that counts by itself go on after the highest number that was put back."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name)))
    if sequence is not None:
        highest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, highest, False)))
