"""What many tests share: an SQLite file and a real PostgreSQL server, both empty and migrated."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

from bot.database import Database
from playground.discord.rest import Rest
from playground.stage import Stage
from playground.toapis.service import ImageService
from tests.support.databases import postgresql_database, postgresql_server, sqlite_database
from tests.support.fork_server import AVAILABLE, ForkServer
from tests.support.openapi import NOT_RUN, Recorder, specification

# No test judges by the clock: machines are noisy, and slow is not wrong.
settings.register_profile("retouch", deadline=None)
settings.load_profile("retouch")


ImageService.EDGE = 128  # pixels: no scenario looks at the painted picture, except those that set this back


@pytest.fixture(autouse=True)
def discords_specification() -> Iterator[None]:
    """Check everything that a test sends to a stand-in Discord, and the answers, against the specification."""
    recorder = Recorder()
    spec = specification()
    Rest.observers.append(recorder)
    yield
    Rest.observers.remove(recorder)
    if spec is not None:
        faults = [line for exchange in recorder.exchanges for line in spec.faults(exchange)]
        assert not faults, "\n".join(dict.fromkeys(faults))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report once, at the end, what could not be checked."""
    if specification() is None:
        terminalreporter.write_line(NOT_RUN)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Set a failing exit code under CI if a check was skipped, which must not count as passed."""
    if specification() is None and os.environ.get("CI") and exitstatus == 0:
        session.exitstatus = 1


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the address of a server of the tests' own, started for the first test that needs it."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield a fresh, migrated database of each kind, deleted after the test."""
    if request.param == "sqlite":
        with sqlite_database(tmp_path) as url:
            yield url
    else:
        with postgresql_database(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield the same database, opened."""
    async with Database.open(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer | None]:
    """Yield the server that starts bots quickly, or None if the system does not support it."""
    with ForkServer.running("bot", "cogs") if AVAILABLE else nullcontext() as server:
        yield server


@pytest.fixture(scope="module")
def quick_starts(fork_server: ForkServer | None) -> Iterator[None]:
    """Let the stages of a module start their bots without importing everything again."""
    with pytest.MonkeyPatch.context() as patch:
        if fork_server is not None:
            patch.setattr(Stage, "launch", staticmethod(fork_server.launch))
        yield
