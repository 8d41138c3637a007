"""A connection to an SQLite file: what is short runs at once, and what may take long leaves the event loop alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot import sqlite_connection
from bot.sqlite_connection import SqliteConnection, beside

NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000) SELECT x FROM n"
LONG = f"SELECT count(*) FROM ({NUMBERS})"
"""A read of some two million instructions."""


@pytest.fixture
def commits() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE a (x); INSERT INTO a VALUES (1), (2), (3)")
    return path


@asynccontextmanager
async def opened(file: Path, commits: Executor, at_once: float) -> AsyncIterator[SqliteConnection]:
    connection = await sqlite_connection.connect(commits, str(file), at_once, check_same_thread=False)
    try:
        yield connection
    finally:
        await connection.close()


async def thread_of_a_read(connection: SqliteConnection, query: str) -> tuple[str, list[tuple[object]]]:
    """Return the name of the thread that ended a read, and its rows."""
    names: list[str] = []

    def seen(x: object) -> object:
        names.append(threading.current_thread().name)
        return x

    await connection.create_function("seen", 1, seen)
    async with connection.cursor() as cursor:
        await cursor.execute(f"SELECT seen(x) FROM ({query})")
        rows = await cursor.fetchall()
    return names[-1], rows


async def test_short_read_stays_in_the_loops_thread(file: Path, commits: Executor) -> None:
    async with opened(file, commits, 60.0) as connection:
        thread, rows = await thread_of_a_read(connection, "SELECT x FROM a ORDER BY x")
    assert (thread, rows) == (threading.current_thread().name, [(1,), (2,), (3,)])


async def test_long_read_goes_on_in_another_thread(file: Path, commits: Executor) -> None:
    async with opened(file, commits, 0.0) as connection:
        thread, rows = await thread_of_a_read(connection, LONG.replace("count(*)", "count(*) AS x"))
    assert thread != threading.current_thread().name
    assert rows == [(200_000,)]


async def test_long_read_of_many_rows_returns_each_once(file: Path, commits: Executor) -> None:
    query = LONG.replace("count(*)", "x")
    async with opened(file, commits, 0.0) as connection, connection.cursor() as cursor:
        await cursor.execute(query)
        assert [row[0] for row in await cursor.fetchall()] == list(range(1, 200_001))


async def test_long_read_in_a_writing_transaction_undoes_nothing(file: Path, commits: Executor) -> None:
    async with opened(file, commits, 0.0) as connection, connection.cursor() as cursor:
        await cursor.execute("BEGIN IMMEDIATE")
        await cursor.execute("INSERT INTO a VALUES (4)")
        await cursor.execute(LONG)
        assert await cursor.fetchall() == [(200_000,)]
        await connection.commit()
    with closing(sqlite3.connect(file)) as reader:
        assert reader.execute("SELECT count(*) FROM a").fetchone() == (4,)


async def test_rows_are_fetched_in_parts(file: Path, commits: Executor) -> None:
    async with opened(file, commits, 60.0) as connection, connection.cursor() as cursor:
        await cursor.execute("SELECT x FROM a ORDER BY x")
        parts = [await cursor.fetchmany(2), await cursor.fetchone(), await cursor.fetchone()]
    assert parts == [[(1,), (2,)], (3,), None]


async def test_a_file_that_another_program_locked_is_waited_for(file: Path, commits: Executor) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with opened(file, commits, 60.0) as connection, connection.cursor() as cursor:
            waiting = asyncio.create_task(cursor.execute("BEGIN IMMEDIATE"))
            for _ in range(5):
                await asyncio.sleep(sqlite_connection.PAUSE)  # the loop turns meanwhile
            assert not waiting.done()
            other.execute("COMMIT")
            await asyncio.wait_for(waiting, 60)
            await connection.rollback()


async def test_a_file_that_stays_locked_is_an_error(
    file: Path, commits: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_connection, "WAIT", 0.0)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with opened(file, commits, 60.0) as connection, connection.cursor() as cursor:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                await cursor.execute("BEGIN IMMEDIATE")


async def test_commit_does_not_hold_up_the_loop(file: Path, commits: Executor) -> None:
    go_on = threading.Event()
    commits.submit(go_on.wait)  # the disk is busy
    async with opened(file, commits, 60.0) as connection, connection.cursor() as cursor:
        await cursor.execute("BEGIN IMMEDIATE")
        await cursor.execute("INSERT INTO a VALUES (4)")
        commit = asyncio.create_task(connection.commit())
        await asyncio.sleep(0)
        assert not commit.done()
        go_on.set()
        await asyncio.wait_for(commit, 60)


async def test_cancelled_call_is_waited_for() -> None:
    began = threading.Event()
    go_on = threading.Event()
    ended = threading.Event()

    def call() -> None:
        began.set()
        go_on.wait(60)
        ended.set()

    task = asyncio.create_task(beside(call))
    await asyncio.to_thread(began.wait, 60)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
