"""Connections and transactions, the same on SQLite and on PostgreSQL. Tables stand in the modules that use them."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot import sqlite_connection
from bot.sqlite_scrub import empty_log_soon, vacuum

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

metadata: Final = sa.MetaData()

Transaction = AsyncConnection
"""An open transaction: its statements commit together or not at all."""


IDLE_IN_TRANSACTION: Final = 8
"""Seconds after which a server ends a transaction in which nothing happens: its process is frozen, or out of reach, and
what it locked holds up all others."""


class DatabaseMistake(RuntimeError):
    """A database that can't be used as it is. The text tells the operator what is wrong and what to do."""


class DatabaseAway(DatabaseMistake):
    """A database that can't be reached now; it may come back."""


class Database:
    """The connections. Use ``open``; ``read`` and ``write`` open transactions. A failed ``write`` changes nothing."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._embedded = engine.dialect.name == "sqlite"
        self._one_writer = asyncio.Lock()
        self._file = engine.url.database or ""
        self._log_is_full = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Database]:
        """Connect to an already migrated database, and close every connection at the end."""
        with ThreadPoolExecutor(1, "commits") as commits:
            if url.startswith("sqlite:"):
                engine = sqlite_connection.open_engine(url, commits)
            else:
                engine = create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
                sa.event.listen(engine.sync_engine, "connect", _end_idle_transactions)
            try:
                yield cls(engine)
            finally:
                await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Open a transaction that only reads. On SQLite it never waits for a writer."""
        async with self._connected() as connection:
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        if not self._embedded:
            async with self._engine.connect() as connection:
                yield connection
            return
        connection = await self._engine.connect()
        try:
            yield connection
        finally:
            await connection.close()  # of a file, at once: it needs no task that shields it from a cancellation

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Transaction]:
        """Open a reading transaction that sees the data of one moment: nothing that is written meanwhile.

        https://www.postgresql.org/docs/current/transaction-iso.html#XACT-REPEATABLE-READ
        """
        async with self.read() as connection:
            if not self._embedded:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """Open a transaction that commits at the end. On SQLite writers wait for each other, in order of arrival."""
        if not self._embedded:
            async with self._engine.begin() as transaction:
                yield transaction
            return
        async with self._one_writer, self._connected() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                yield connection

    async def scrub(self) -> None:
        """Remove deleted rows from the bytes of an SQLite file (``bot.sqlite_scrub``). A server does so itself.

        If a reader takes long, the last step is left to ``empty_log``.
        """
        if not self._embedded:
            return
        async with self._one_writer:
            await asyncio.to_thread(vacuum, self._file)
        self._log_is_full = not await empty_log_soon(self._file)

    async def empty_log(self) -> None:
        """End a scrubbing that a reader held up. A chore of the recovery."""
        if self._log_is_full:
            self._log_is_full = not await empty_log_soon(self._file)

    @property
    def engine(self) -> AsyncEngine:
        """Return SQLAlchemy's engine, for listeners."""
        return self._engine

    @property
    def kind(self) -> str:
        """Return the name of the database product."""
        return "SQLite" if self._embedded else "PostgreSQL"

    async def round_trip(self) -> float:
        """Return the seconds that the smallest query takes over an open connection."""
        async with self.read() as read:
            began = time.perf_counter()
            await read.execute(sa.select(1))
            return time.perf_counter() - began

    async def decide_alone(self, transaction: Transaction, matter: int) -> None:
        """Keep other processes from deciding the same ``matter`` until the commit, as SQLite's write lock does."""
        if not self._embedded:
            await transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(matter)))


_BUSY_FILE: Final = ("locked", "busy", "disk i/o", "unable to open", "full", "readonly")
"""Words in SQLite's errors about a file that can't be used now. A missing table is an OperationalError too."""

_PASSING_STATES: Final = ("08", "53", "57", "25P03", "40")
"""No connection, too few resources, an operator's stop, an idle session's end, a lost race.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def _end_idle_transactions(connection: Any, _record: object) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}s'")
    connection.commit()  # else the setting would be rolled back


def is_away(error: BaseException) -> bool:
    """Return whether the error says that the database can't be used now, so that a repetition may succeed later."""
    if isinstance(error, sa.exc.TimeoutError):  # no connection of the pool became free
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES) and state != "57014"  # cancelled on request
    words = str(error.orig).lower()
    if isinstance(error.orig, sqlite3.Error):
        return isinstance(error, sa.exc.OperationalError) and any(word in words for word in _BUSY_FILE)
    return isinstance(
        error, sa.exc.OperationalError | sa.exc.InterfaceError
    )  # psycopg, without an answer from the server


def _flag_lost_connection(context: sa.engine.ExceptionContext) -> None:
    """Mark an error that carries no answer from the server as a lost connection.

    Then SQLAlchemy drops all open connections. By itself it knows such errors by words that psycopg 3.3 changed.
    https://docs.sqlalchemy.org/en/20/core/events.html#sqlalchemy.events.DialectEvents.handle_error
    """
    is_operational = isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
    if is_operational and getattr(context.original_exception, "sqlstate", "") is None:
        context.is_disconnect = True


sa.event.listen(sa.Engine, "handle_error", _flag_lost_connection)


class FileLock:
    """A lock that keeps a second process off an SQLite file. The system releases it when the process dies."""

    def __init__(self, lock: filelock.BaseFileLock) -> None:
        self._lock = lock

    @classmethod
    def take(cls, database_file: Path) -> FileLock:
        """Make folder (0700) and lock file (0600), and lock it. Raise DatabaseMistake if another process holds it."""
        folder = database_file.absolute().parent
        name = database_file.with_name(database_file.name + ".lock")
        # The file stays after the release, so that two processes never lock two different files of the same name. It
        # also keeps to the system's own lock: the library's substitute for it would outlive a killed process.
        lock = filelock.FileLock(name, mode=0o600, blocking=False, preserve_lock_file=True)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock.acquire()
        except filelock.Timeout:
            raise DatabaseMistake(
                f"DATABASE_URL: another Retouch process uses {database_file}. Stop it first: one works at a time. "
                "(On a PostgreSQL server a second one waits, and takes over by itself when the first has ended.)"
            ) from None
        except OSError as error:
            raise DatabaseMistake(f"DATABASE_URL: {folder} can't be written to ({error.strerror})") from None
        return cls(lock)

    def release(self) -> None:
        """Give the lock up."""
        self._lock.release()


def upsert(transaction: Transaction, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Build an insert that can say what to do where the row is there already, which both databases spell alike."""
    if transaction.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # only for a server: it takes 2 MiB

    return postgresql.insert(table)


NOBODY: Final = 0
"""The id that replaces the id of a forgotten member."""


ROWS_AT_ONCE: Final = 200
"""Rows that are in memory at a time. After each batch other tasks get their turn."""


Rows = AsyncIterator[dict[str, Any]]


async def rows_of(read: Transaction, query: sa.Select[Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the rows of a query as mappings, however many they are."""
    result = await read.stream(query)
    async for rows in result.mappings().partitions(ROWS_AT_ONCE):
        for row in rows:
            yield row
