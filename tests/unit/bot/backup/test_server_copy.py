"""Copies of a server's tables: every row comes back, of one moment, and a damaged archive changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.backup.copy_mistake import CopyMistake
from bot.backup.mark import COPY
from bot.backup.server_copy import copy_server, put_back_server
from bot.key_value import FACTS
from bot.ledger import ENTRIES
from tests.project.test_bounds import TABLES
from tests.support.databases import postgresql_database

NOW = 1_800_000_000.0
ENTRY = {"job_id": "a", "phase": "open", "kind": "reserved", "amount": 5, "at": 1.0, "member_id": 7, "pictures": 1}


def executed(url: str, statement: sa.Executable) -> Any:
    """Execute a statement and return its first row's first value; None where it returns no rows."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(statement)
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def test_every_table_is_known_to_whoever_copies_alone() -> None:
    program = "import bot.backup.server_copy; from bot.database import metadata; print(*metadata.tables)"
    known = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert set(known.split()) == set(TABLES)


def test_every_row_comes_back_and_numbers_count_on(postgresql: str, tmp_path: Path) -> None:
    with postgresql_database(postgresql) as url:
        executed(url, sa.insert(ENTRIES).values(ENTRY))
        executed(url, sa.insert(FACTS).values(name="kept", value={"words": "schön \u2028 “”"}))
        copy_server(url, tmp_path / "copy", {COPY: {"at": NOW, "used": None}})
        executed(url, sa.delete(ENTRIES))
        with pytest.raises(CopyMistake, match="there is no file"):
            put_back_server(tmp_path / "none", url, NOW, replace=True)
        put_back_server(tmp_path / "copy", url, NOW, replace=False)
        assert executed(url, sa.select(FACTS.c.value).where(FACTS.c.name == "kept")) == {"words": "schön \u2028 “”"}
        executed(url, sa.insert(ENTRIES).values({**ENTRY, "phase": "close"}))
        assert executed(url, sa.select(sa.func.count()).select_from(ENTRIES)) == 2
        with pytest.raises(CopyMistake, match="--replace"):
            put_back_server(tmp_path / "copy", url, NOW, replace=False)


@pytest.mark.parametrize("where", [0.2, 0.5])
def test_damaged_archive_changes_nothing(postgresql: str, tmp_path: Path, where: float) -> None:
    file = tmp_path / "copy"
    with postgresql_database(postgresql) as url:
        executed(url, sa.insert(ENTRIES).values(ENTRY))
        copy_server(url, file, {COPY: {"at": NOW, "used": None}})
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * where)])
        with pytest.raises(CopyMistake, match="is damaged"):
            put_back_server(file, url, NOW, replace=True)
        assert executed(url, sa.select(sa.func.count()).select_from(ENTRIES)) == 1
