"""Migrations: what is there already stays, and a server is migrated only when it is asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.database import Database, DatabaseMistake, metadata
from bot.key_value import KeyValueStore
from bot.migrations.migrate import HEAD, migrate


def rows(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one())


def test_a_migrated_database_has_every_table_and_column(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    there = sa.inspect(engine)
    for table in metadata.tables.values():
        assert {column["name"] for column in there.get_columns(table.name)} == set(table.columns.keys())
    engine.dispose()


def test_newest_migration_is_known_without_the_library() -> None:
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_migrating_twice_changes_nothing(database_url: str, database: Database) -> None:
    await KeyValueStore(database).put("kept", 1)
    await asyncio.to_thread(migrate, database_url)
    await asyncio.to_thread(migrate, database_url, ask=True)
    assert await KeyValueStore(database).get("kept") == 1


def test_an_older_server_is_left_alone_when_asked_and_a_file_migrated(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    if database_url.startswith("sqlite"):
        with pytest.raises(Exception, match="older"):  # it does try, and there is no such step
            migrate(database_url, ask=True)
    else:
        with pytest.raises(DatabaseMistake, match="python -m bot migrate"):
            migrate(database_url, ask=True)
    assert rows(engine, "jobs") == 0
    engine.dispose()


def test_an_unreachable_server_is_a_mistake_that_hides_the_password(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMistake, match="can't be reached") as raised:
        migrate(f"postgresql+psycopg://ana:hush@/retouch?host={tmp_path}")
    assert "hush" not in str(raised.value)
