"""A connection to an SQLite file for SQLAlchemy's asyncio, with aiosqlite's methods, which its dialect calls.

aiosqlite hands each call to a thread and back, which costs thirty times what a short statement does. Here a statement
runs at once, in the thread of the event loop, and only what may take long goes to another one: commits, which wait for
the disk, and reads that take longer than ``AT_ONCE``.
https://docs.sqlalchemy.org/en/20/core/engines.html#sqlalchemy.create_engine.params.async_creator_fn
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")

AT_ONCE: Final = 0.005
"""Seconds for which a read may keep the event loop. One that takes longer begins anew in another thread."""

LOOK_EVERY: Final = 20_000
"""Instructions of SQLite's machine between two looks at the clock: a fraction of a millisecond."""

WAIT: Final = 30.0
"""Seconds for which a file that another program has locked is waited for."""

PAUSE: Final = 0.01
"""Seconds between two tries to use a locked file."""

_REPEATABLE: Final = ("SELECT", "BEGIN")
"""Beginnings of the statements that may be run again where they failed: they change nothing."""


def open_engine(url: str, commits: Executor) -> AsyncEngine:
    """Build SQLAlchemy's engine for a file. ``commits`` runs the commits, one at a time."""
    engine = create_async_engine(
        url.replace("sqlite:", "sqlite+aiosqlite:", 1),
        connect_args={"async_creator_fn": partial(connect, commits)},
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    """Start a transaction, which the driver would do too late: SQLAlchemy, "Serializable isolation / SAVEPOINT".

    IMMEDIATE takes the write lock at once, so that its reads stay true until the commit.
    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    """
    options = connection.get_execution_options()
    if not options.get("bare", False):  # for statements that can't run in a transaction
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


async def connect(commits: Executor, file: str, at_once: float = AT_ONCE, **options: Any) -> SqliteConnection:
    """Open a file. The driver begins no transaction by itself: ``bot.database`` does. ``commits`` runs the commits."""
    connection = sqlite3.connect(file, timeout=0.0, isolation_level=None, **options)
    return SqliteConnection(connection, commits, at_once)


class SqliteConnection:
    """A connection that one task uses at a time. ``at_once`` as in ``AT_ONCE``."""

    def __init__(self, connection: sqlite3.Connection, commits: Executor, at_once: float) -> None:
        self._connection = connection  # by this name SQLAlchemy asks whether it is open
        self._commits = commits
        self._at_once = at_once
        self._until = math.inf
        connection.set_progress_handler(self._is_too_long, LOOK_EVERY)

    def cursor(self) -> SqliteCursor:
        """Return a new cursor."""
        return SqliteCursor(self, self._connection.cursor())

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Define a function of SQL. SQLAlchemy defines ``regexp``."""
        self._connection.create_function(*arguments, **options)

    async def commit(self) -> None:
        """Commit beside the event loop: the disk decides how long it takes."""
        if self._connection.in_transaction:
            await beside(self._connection.commit, self._commits)

    async def rollback(self) -> None:
        """Undo the open transaction."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def stop(self) -> None:
        """Close the connection where nothing can be awaited."""
        self._connection.close()

    async def run(self, statement: str, call: Callable[[], T], again: Callable[[], T] | None = None) -> T:
        """Make a call of the driver, which works on a statement. Wait for a file that another program has locked.

        A read that takes long is broken off, and ``again`` (default: ``call``) made in another thread.
        """
        if not statement.startswith(_REPEATABLE):
            return call()
        given_up = time.monotonic() + WAIT
        while True:
            try:
                return self._within_bounds(call)
            except sqlite3.OperationalError as error:
                code = error.sqlite_errorcode & 0xFF  # without the details
                if code == sqlite3.SQLITE_INTERRUPT:
                    return await beside(again or call)
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > given_up:
                    raise
            await asyncio.sleep(PAUSE)

    def _within_bounds(self, call: Callable[[], T]) -> T:
        self._until = time.monotonic() + self._at_once
        try:
            return call()
        finally:
            self._until = math.inf

    def _is_too_long(self) -> bool:
        """Return whether SQLite must break a statement off: it asks now and then, in the thread that runs it."""
        return time.monotonic() > self._until


class SqliteCursor:
    """A cursor with aiosqlite's methods."""

    def __init__(self, connection: SqliteConnection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self._statement = ""
        self._parameters: Sequence[Any] = ()

    async def __aenter__(self) -> SqliteCursor:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cursor.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> SqliteCursor:
        """Run a statement up to its first row."""
        self._statement = statement
        self._parameters = parameters
        await self._connection.run(statement, self._begin)
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> SqliteCursor:
        """Run a statement once for each sequence of parameters."""
        await self._connection.run(statement, partial(self._cursor.executemany, statement, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows of a statement of which none was fetched yet."""
        return await self._connection.run(self._statement, self._cursor.fetchall, self._begin_and_fetch)

    async def fetchmany(self, size: int) -> list[Any]:
        """Return the next rows, at most ``size``: only asked where there may be very many."""
        return await beside(partial(self._cursor.fetchmany, size))

    async def fetchone(self) -> Any | None:
        """Return the next row, or None, as ``fetchmany``."""
        return await beside(self._cursor.fetchone)

    async def close(self) -> None:
        """Close the cursor."""
        self._cursor.close()

    def _begin(self) -> None:
        self._cursor.execute(self._statement, self._parameters)

    def _begin_and_fetch(self) -> list[Any]:
        self._begin()
        return self._cursor.fetchall()

    @property
    def description(self) -> Any:
        """Return the columns of the rows, or None where the statement returns none."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Return how many rows the statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Return the id of the last row that was inserted."""
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        """Return how many rows ``fetchmany`` returns by default."""
        return self._cursor.arraysize


async def beside(call: Callable[[], T], executor: Executor | None = None) -> T:
    """Make a call in another thread. A cancelled caller waits for its end too: nothing else may use the connection."""
    future = asyncio.get_running_loop().run_in_executor(executor, call)
    cancelled = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return future.result()
