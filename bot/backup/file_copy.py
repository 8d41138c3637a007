"""Copies of an SQLite file: a whole SQLite file each, made by SQLite's own online backup while the bot runs.

https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from bot.backup.copy_mistake import CopyMistake, check_version, name_for_good, new_file
from bot.backup.mark import Marked, mark
from bot.migrations.migrate import migrate

UNTOUCHED: Final = ("alembic_version", "facts", "maintenance", "slots")
"""Tables in which a bot that was only started writes. What nobody has used counts as empty."""

_ASIDE: Final = ("-wal", "-shm", "-journal")
"""The ends of the names of files beside an SQLite file that belong to it."""


def copy_file(database: Path, file: Path, facts: dict[str, Any]) -> None:
    """Copy a database that may be in use. ``facts`` are stored in the copy; ``file`` must not be there yet.

    Raise CopyMistake, and leave no file, where that fails. The copy is of one moment, and is checked.
    """
    part = new_file(file)
    try:
        with contextlib.closing(_opened(database)) as source, contextlib.closing(sqlite3.connect(part)) as target:
            source.backup(target)  # in one step: a reader of the write-ahead log keeps no writer waiting
            target.execute("PRAGMA journal_mode=DELETE")  # the copy is a single file
            if _version(target) is not None:
                for name, value in facts.items():
                    row = (name, json.dumps(value), value["at"])
                    target.execute("INSERT OR REPLACE INTO facts (name, value, at) VALUES (?, ?, ?)", row)
            target.commit()
            _check(target, database)
        name_for_good(part, file)
    except (sqlite3.Error, OSError) as error:
        raise CopyMistake(f"{database} can't be copied to {file}: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def put_back_file(file: Path, database: Path, now: float, *, replace: bool) -> Marked:
    """Put a copy in the place of the database, marked. The caller holds the lock of the database's file.

    The copy is checked, migrated and marked beside the database, and then takes its name at once: whatever goes wrong,
    the database is the old one or the new one. Raise CopyMistake, and change nothing, for a copy that is not whole,
    and without ``replace`` for a database that was used.
    """
    if not file.is_file():
        raise CopyMistake(f"there is no file {file}")
    if not replace and is_used(database):
        raise CopyMistake(f"{database} is in use already: make a backup of it, then add --replace to overwrite it")
    part = database.with_name(database.name + ".restoring")
    _remove(part)
    try:
        with contextlib.closing(_opened(file)) as source, contextlib.closing(sqlite3.connect(new_file(part))) as target:
            _check(source, file)
            source.backup(target)
        part.with_name(part.name + ".part").replace(part)
        marked = _marked(part, now)
        _settle(database)
        name_for_good(part, database)
    except (sqlite3.Error, sa.exc.DBAPIError, OSError) as error:
        raise CopyMistake(f"{file} can't be restored: {_reason(error)}. Nothing was changed") from None
    finally:
        _remove(part)
        _remove(part.with_name(part.name + ".part"))
    return marked


def mark_file(database: Path, now: float) -> Marked:
    """Mark a database file that another tool restored. The caller holds its lock."""
    if not database.is_file():
        raise CopyMistake(f"there is no file {database} to mark")
    with contextlib.closing(_opened(database)) as opened:
        _check(opened, database)
    return _marked(database, now)


def is_used(database: Path) -> bool:
    """Return whether a database file has rows that somebody would miss. True, too, for a file that can't be read."""
    if not database.is_file() or database.stat().st_size == 0:
        return False
    try:
        with contextlib.closing(_opened(database)) as opened:
            names = [row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            kept = [name for name in names if name not in UNTOUCHED and not name.startswith("sqlite_")]
            return any(opened.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in kept)  # noqa: S608 - names of tables
    except sqlite3.Error:
        return True


def _opened(file: Path) -> sqlite3.Connection:
    if not file.is_file():
        raise CopyMistake(f"there is no file {file}")
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=30.0)


def _version(opened: sqlite3.Connection) -> str | None:
    if not opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _check(opened: sqlite3.Connection, file: Path) -> None:
    """Raise CopyMistake for a file that is damaged, foreign, or newer than this code."""
    try:
        [verdict] = opened.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise CopyMistake(f"{file} is damaged, or is no SQLite file ({verdict}): take another copy")
    check_version(_version(opened), file)


def _marked(database: Path, now: float) -> Marked:
    """Migrate and mark a file, and leave it as a single file without a log."""
    url = f"sqlite:///{database}"
    migrate(url)
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            marked = mark(connection, now)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
    return marked


def _settle(database: Path) -> None:
    """Take the old file's log into it, and remove the log: it would be replayed into the file that takes its name."""
    if database.is_file():
        with contextlib.suppress(sqlite3.Error), contextlib.closing(_opened(database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in _ASIDE:
        database.with_name(database.name + end).unlink(missing_ok=True)


def _remove(file: Path) -> None:
    for end in ("", *_ASIDE):
        file.with_name(file.name + end).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return str(error.orig) if isinstance(error, sa.exc.DBAPIError) else str(error)
