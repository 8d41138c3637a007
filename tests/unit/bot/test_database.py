"""The database: one behaviour on SQLite and PostgreSQL, and nobody else on our file."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.database import Database, DatabaseMistake, FileLock, metadata
from bot.key_value import KeyValueStore
from bot.migrations.migrate import migrate
from tests.support.sqlite_leftovers import leave_scraps


async def test_a_snapshot_is_of_one_moment_and_the_next_one_of_another(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        key_values = KeyValueStore(second)
        count = sa.select(sa.func.count()).select_from(metadata.tables["facts"])
        async with first.snapshot() as snapshot:
            assert await snapshot.scalar(count) == 0
            await key_values.put("meanwhile", 1)
            assert await snapshot.scalar(count) == 0
        async with first.snapshot() as snapshot:
            assert await snapshot.scalar(count) == 1


@pytest.mark.parametrize("end", [RuntimeError, asyncio.CancelledError])
async def test_a_write_that_raises_leaves_nothing_behind(database: Database, end: type[BaseException]) -> None:
    with pytest.raises(end):
        async with database.write() as write:
            await write.execute(sa.insert(metadata.tables["facts"]).values(name="half", value=1))
            raise end
    assert await KeyValueStore(database).get("half") is None
    await KeyValueStore(database).put("next", 2)  # and the next writer is not locked out
    assert await KeyValueStore(database).get("next") == 2


async def test_a_reader_neither_waits_for_a_writer_nor_sees_its_half(database: Database) -> None:
    async with database.write() as write:
        await write.execute(sa.insert(metadata.tables["facts"]).values(name="half", value=1))
        assert await asyncio.wait_for(KeyValueStore(database).get("half"), 60) is None
    assert await KeyValueStore(database).get("half") == 1


async def test_two_processes_decide_one_after_the_other(database_url: str) -> None:
    facts = metadata.tables["facts"]
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        await KeyValueStore(first).put("sum", 0)

        async def add(database: Database) -> None:
            async with database.write() as write:
                await database.decide_alone(write, 7)
                before = (await write.execute(sa.select(facts.c.value).where(facts.c.name == "sum"))).scalar_one()
                await asyncio.sleep(0)
                await write.execute(sa.update(facts).where(facts.c.name == "sum").values(value=before + 1))

        await asyncio.gather(*(add(database) for database in (first, second) for _ in range(10)))
        assert await KeyValueStore(second).get("sum") == 20


async def test_the_file_and_all_beside_it_are_for_the_operator_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "retouch.db"
    lock = FileLock.take(file)
    await asyncio.to_thread(migrate, f"sqlite:///{file}")
    async with Database.open(f"sqlite:///{file}") as database:
        await KeyValueStore(database).put("a", 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    lock.release()
    assert {"retouch.db", "retouch.db-wal", "retouch.db.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_new_file_has_its_mode_before_two_connections_open_it(tmp_path: Path) -> None:
    file = tmp_path / "retouch.db"
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


async def test_what_was_deleted_is_gone_from_the_file_however_sqlite_was_built(tmp_path: Path) -> None:
    file = tmp_path / "retouch.db"
    await asyncio.to_thread(migrate, f"sqlite:///{file}")
    async with Database.open(f"sqlite:///{file}") as database:
        await asyncio.to_thread(leave_scraps, file)
        assert b"an old secret" in everything(tmp_path)
        await database.scrub()
        assert b"an old secret" not in everything(tmp_path)
        await KeyValueStore(database).put("next", 1)


async def test_whoever_reads_for_long_delays_the_scrubbing_and_no_writer(tmp_path: Path) -> None:
    file = tmp_path / "retouch.db"
    await asyncio.to_thread(migrate, f"sqlite:///{file}")
    async with Database.open(f"sqlite:///{file}") as database:
        await asyncio.to_thread(leave_scraps, file)
        key_values = KeyValueStore(database)
        written = 0
        async with database.read() as reader:
            await reader.execute(sa.text("SELECT count(*) FROM facts"))  # its snapshot holds the old pages
            scrubbing = asyncio.create_task(database.scrub())
            while not scrubbing.done():
                await key_values.put("written meanwhile", written)
                written += 1
            async with asyncio.timeout(20):  # a writer that waited for the reader would wait for 30 seconds
                await key_values.put("written after", 1)
            await scrubbing
            assert b"an old secret" in everything(tmp_path)
        await database.empty_log()
        assert b"an old secret" not in everything(tmp_path)
    assert written > 1


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_second_lock_on_a_file_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    file = tmp_path / "retouch.db"
    first = FileLock.take(file)
    with pytest.raises(DatabaseMistake, match="another Retouch process"):
        FileLock.take(file)
    FileLock.take(tmp_path / "other.db").release()
    first.release()
    FileLock.take(file).release()


def test_lock_of_killed_process_is_free(tmp_path: Path) -> None:
    file = tmp_path / "retouch.db"
    takes = f"from pathlib import Path; from bot.database import FileLock; lock = FileLock.take(Path({str(file)!r}))"
    command = [sys.executable, "-c", f"{takes}; print('held', flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DatabaseMistake, match="another Retouch process"):
            FileLock.take(file)
        other.kill()
        other.wait()
        FileLock.take(file).release()


def test_a_folder_that_can_not_be_made_is_a_mistake_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(DatabaseMistake, match=r"DATABASE_URL: .* can't be written to"):
        FileLock.take(tmp_path / "data" / "retouch.db")
