"""Copies of an SQLite file: whole or none, and nothing is put back that is damaged, foreign, newer or unwanted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.backup.copy_mistake import CopyMistake
from bot.backup.file_copy import copy_file, is_used, mark_file, put_back_file
from bot.backup.mark import COPY
from tests.support.databases import sqlite_database

NOW = 1_800_000_000.0


def write(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute(statement)
        opened.commit()


def opt_outs(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        return int(opened.execute("SELECT count(*) FROM opt_outs").fetchone()[0])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database that somebody has used."""
    with sqlite_database(tmp_path) as url:
        file = Path(url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as opened:
        columns = [row[1] for row in opened.execute("PRAGMA table_info(opt_outs)")]
    write(file, f"INSERT INTO opt_outs VALUES ({', '.join(['7'] * len(columns))})")
    return file


@pytest.fixture
def copy(database: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    file = tmp_path / "a.copy"
    copy_file(database, file, {COPY: {"at": NOW, "used": 5}})
    return file


def test_copy_is_put_back_whole_and_says_when_it_was_made(database: Path, copy: Path) -> None:
    write(database, "DELETE FROM opt_outs")
    marked = put_back_file(copy, database, NOW + 60, replace=True)
    assert (marked.copied_at, marked.used, marked.unfinished) == (NOW, 5, 0)
    assert opt_outs(database) == 1
    assert database.stat().st_mode & 0o777 == copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in database.parent.iterdir()) == ["a.copy", "retouch.db"]


def test_what_is_only_in_the_log_of_a_file_is_copied(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("DELETE FROM opt_outs")
        writer.commit()
        copy_file(database, tmp_path / "b.copy", {COPY: {"at": NOW, "used": None}})
    assert opt_outs(tmp_path / "b.copy") == 0


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def foreign(file: Path) -> None:
    file.unlink()
    write(file, "CREATE TABLE songs (name TEXT)")


def newer(file: Path) -> None:
    write(file, "UPDATE alembic_version SET version_num = '9999'")


def no_database(file: Path) -> None:
    file.write_bytes(b"once upon a time" * 400)


def gone(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (damage, "is damaged"),
        (cut, "is damaged"),
        (foreign, "holds no database of Retouch"),
        (newer, "newer version of Retouch"),
        (no_database, "is no SQLite file"),
        (gone, "there is no file"),
    ],
)
def test_copy_that_is_not_whole_changes_nothing(
    database: Path, copy: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(copy)
    before = database.read_bytes()
    with pytest.raises(CopyMistake, match=said):
        put_back_file(copy, database, NOW, replace=True)
    assert database.read_bytes() == before


def test_used_database_is_overwritten_only_on_request(database: Path, copy: Path) -> None:
    with pytest.raises(CopyMistake, match="--replace"):
        put_back_file(copy, database, NOW, replace=False)
    write(database, "DELETE FROM opt_outs")
    assert not is_used(database)
    put_back_file(copy, database, NOW, replace=False)
    assert opt_outs(database) == 1


def test_name_that_is_taken_is_not_overwritten_by_a_copy(database: Path, copy: Path) -> None:
    before = copy.read_bytes()
    with pytest.raises(CopyMistake, match="is there already"):
        copy_file(database, copy, {COPY: {"at": NOW, "used": None}})
    assert copy.read_bytes() == before


def test_file_that_another_tool_copied_is_marked_by_its_newest_entry(database: Path) -> None:
    write(database, "INSERT INTO workflows VALUES ('a', 'a', 'paint', 0, 1700000000.0, 'done', 1700000001.0)")
    assert mark_file(database, NOW).copied_at == 1_700_000_001.0
