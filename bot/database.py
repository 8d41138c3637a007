"""Connections and transactions, the same on an SQLite file and on PostgreSQL. Tables stand with the noun they store."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.sqlite_scrub import empty_log_soon, vacuum

metadata: Final = sa.MetaData()

Transaction = AsyncConnection
"""An open transaction: what is done over one commits together or not at all."""


_MAKE: Final = os.O_CREAT | os.O_RDWR

_MIGRATING: Final = 20261201
"""The matter that processes do one after the other: bringing the tables up to date."""


class DatabaseMistake(RuntimeError):
    """The database can't be used as it is. The text is for the operator: what is wrong, what to do."""


class DatabaseAway(DatabaseMistake):
    """It can't be reached now, which may pass."""


class Database:
    """Use ``open``. ``read`` and ``write`` give transactions; a ``write`` that raises leaves nothing behind."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._embedded = engine.dialect.name == "sqlite"
        self._one_writer = asyncio.Lock()
        self._file = engine.url.database or ""
        self._log_is_full = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Database]:
        """Connects to an already migrated database; closes every connection at the end."""
        embedded = url.startswith("sqlite:")
        # A server's connection may have died while it was not used. A file's can't, and a ping is three thread hops.
        engine = create_async_engine(
            url.replace("sqlite:", "sqlite+aiosqlite:", 1), pool_pre_ping=not embedded, hide_parameters=True
        )
        if embedded:
            sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
        try:
            yield cls(engine)
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads: on SQLite it never waits for a writer."""
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """The same, of one moment: what is written meanwhile is seen by none of its statements.

        https://www.postgresql.org/docs/current/transaction-iso.html#XACT-REPEATABLE-READ
        """
        async with self.read() as connection:
            if not self._embedded:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction that commits at the end. On SQLite one writer at a time, in order of arrival."""
        if not self._embedded:
            async with self._engine.begin() as transaction:
                yield transaction
            return
        async with self._one_writer, self._engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                yield connection

    async def scrub(self) -> None:
        """Rid the SQLite file of what was deleted (``bot.sqlite_scrub``). A server does it itself.

        Where somebody reads for long, the last part of it is left to ``empty_log``.
        """
        if not self._embedded:
            return
        async with self._one_writer:
            await asyncio.to_thread(vacuum, self._file)
        self._log_is_full = not await empty_log_soon(self._file)

    async def empty_log(self) -> None:
        """A duty: end a scrubbing that somebody who was reading held up."""
        if self._log_is_full:
            self._log_is_full = not await empty_log_soon(self._file)

    @property
    def kind(self) -> str:
        """What people call it."""
        return "SQLite" if self._embedded else "PostgreSQL"

    async def round_trip(self) -> float:
        """Seconds for the smallest question and its answer, over a connection that is open already."""
        async with self.read() as read:
            began = time.perf_counter()
            await read.execute(sa.select(1))
            return time.perf_counter() - began

    async def decide_alone(self, transaction: Transaction, matter: int) -> None:
        """Until the commit no other process decides the same matter. SQLite's write lock already sees to that."""
        if not self._embedded:
            await transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(matter)))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """The driver's own BEGIN comes too late for us: SQLAlchemy, "Serializable isolation / SAVEPOINT".

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    """IMMEDIATE takes the write lock at once, so that what was read inside stays true until the commit."""
    options = connection.get_execution_options()
    if not options.get("bare", False):  # what can't be done in a transaction
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


_BUSY_FILE: Final = ("locked", "busy", "disk i/o", "unable to open", "full", "readonly")
"""What SQLite says of a file that can't be used now. A missing table is an OperationalError as well, and stays one."""

_PASSING_STATES: Final = ("08", "53", "57", "25P03", "40")
"""No connection, too few resources, an operator's stop, an idle session's end, a lost race.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def is_away(error: BaseException) -> bool:
    """Return whether the database can't be used for now, so that the same may go well later."""
    if isinstance(error, sa.exc.TimeoutError):  # no connection of the pool became free
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES) and state != "57014"  # that one was asked for
    words = str(error.orig).lower()
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error, sa.exc.OperationalError) and any(word in words for word in _BUSY_FILE)
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)  # psycopg without a word of the server


def _flag_lost_connection(context: sa.engine.ExceptionContext) -> None:
    """Says of an error without a word of the server that the connection is lost, or was never there.

    The engine's library waits for a database of which it knows that; it reads it from words that psycopg 3.3 changed.
    https://docs.sqlalchemy.org/en/20/core/events.html#sqlalchemy.events.DialectEvents.handle_error
    """
    is_operational = isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
    if is_operational and getattr(context.original_exception, "sqlstate", "") is None:
        context.is_disconnect = True


sa.event.listen(sa.Engine, "handle_error", _flag_lost_connection)


class FileLock:
    """Keeps a second process off the same SQLite file. Let go by the system itself when the process dies."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, database_file: Path) -> FileLock:
        """Makes the folder (0700) and lock file (0600). Raises DatabaseMistake where another process holds it."""
        folder = database_file.absolute().parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(database_file.with_name(database_file.name + ".lock"), _MAKE, 0o600)
        except OSError as error:
            raise DatabaseMistake(f"DATABASE_URL: {folder} can't be written to ({error.strerror})") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise DatabaseMistake(
                f"DATABASE_URL: another Retouch process uses {database_file}. Stop it first: one works at a time. "
                "(On a PostgreSQL server a second one waits, and takes over by itself when the first has ended.)"
            ) from None
        return cls(handle)

    def release(self) -> None:
        """Lets go; the file stays, so that two processes never lock two different files of one name."""
        os.close(self._handle)


def _log_ahead(engine: sa.Engine) -> None:
    """The file remembers its mode. Two connections that change it at once deadlock, and one is refused without a wait.

    https://www.sqlite.org/wal.html#persistence_of_wal_mode
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def migrate(url: str, *, ask: bool = False) -> None:
    """Brings the tables to this code's version. An SQLite file and an empty server are migrated at every start.

    With ``ask`` a server's tables that are behind are left alone: raises DatabaseMistake, which names the command.
    """
    engine = sa.create_engine(url, hide_parameters=True)
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    try:
        if engine.dialect.name == "sqlite":
            os.close(os.open(str(engine.url.database), _MAKE, 0o600))  # before SQLite makes it readable for all
            _log_ahead(engine)
        with engine.begin() as connection:
            if engine.dialect.name != "sqlite":  # two that start at once on an empty server
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
            now = MigrationContext.configure(connection).get_current_revision()
            if now == ScriptDirectory.from_config(config).get_current_head():
                return
            if ask and now is not None and engine.dialect.name != "sqlite":
                raise DatabaseMistake(
                    "the database is older than this code: run `python -m bot migrate` once, then start"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.OperationalError as error:
        raise DatabaseAway(f"DATABASE_URL: the database can't be reached ({type(error.orig).__name__})") from None
    finally:
        engine.dispose()


NOBODY: Final = 0
"""Stands where a member's id stood."""


ROWS_AT_ONCE: Final = 200
"""Rows that are in memory at a time. After each lot everybody else gets their turn."""


Rows = AsyncIterator[dict[str, Any]]


async def rows_of(read: Transaction, query: sa.Select[Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the rows of a query as mappings, however many they are."""
    result = await read.stream(query)
    async for rows in result.mappings().partitions(ROWS_AT_ONCE):
        for row in rows:
            yield row
