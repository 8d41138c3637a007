"""What several rooms are tested on: an SQLite file and a real PostgreSQL server, both empty and migrated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.database import Database
from tests.databases import postgresql_database, postgresql_server, sqlite_database
from tests.lives import registered

# No test judges by the clock: these machines are noisy, and a slow moment is not a wrong answer.
settings.register_profile("retouch", deadline=None)
settings.load_profile("retouch")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server of our own, started for the first test that needs it and deleted after the last."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database, once on each kind; gone after the test."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path) as url:
            yield url
    else:
        with postgresql_database(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    async with Database.open(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine's file in which a queue is registered already."""
    return registered(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def engine_url(tmp_path: Path, engine_template: Path) -> str:
    """A fresh engine's file. A new queue would be listened to only a second after its registration."""
    file = tmp_path / "engine.db"
    file.write_bytes(engine_template.read_bytes())
    return f"sqlite:///{file}"
