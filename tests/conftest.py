"""What several rooms are tested on: an SQLite file and a real PostgreSQL server, both empty and migrated."""

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
from tests.support.databases import postgresql_database, postgresql_server, registered_file, sqlite_database
from tests.support.fork_server import AVAILABLE, ForkServer
from tests.support.openapi import NOT_RUN, Recorder, specification

# No test judges by the clock: these machines are noisy, and a slow moment is not a wrong answer.
settings.register_profile("retouch", deadline=None)
settings.load_profile("retouch")


ImageService.EDGE = 128  # pixels: no story looks at what was painted, but for those that set it back


@pytest.fixture(autouse=True)
def discords_specification() -> Iterator[None]:
    """Everything that a test sends to a stand-in Discord passes Discord's own specification, and so do the answers."""
    recorder = Recorder()
    spec = specification()
    Rest.observers.append(recorder)
    yield
    Rest.observers.remove(recorder)
    if spec is not None:
        faults = [line for one in recorder.exchanges for line in spec.faults(one)]
        assert not faults, "\n".join(dict.fromkeys(faults))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says once, at the end, what could not be checked."""
    if specification() is None:
        terminalreporter.write_line(NOT_RUN)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """CI must not take a check that was skipped for one that passed."""
    if specification() is None and os.environ.get("CI") and exitstatus == 0:
        session.exitstatus = 1


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
def fork_server() -> Iterator[ForkServer | None]:
    """What starts bots quickly; None where the system has no such thing."""
    with ForkServer.running("bot", "cogs") if AVAILABLE else nullcontext() as server:
        yield server


@pytest.fixture(scope="module")
def quick_starts(fork_server: ForkServer | None) -> Iterator[None]:
    """The stages of a module start their bots without importing everything again."""
    with pytest.MonkeyPatch.context() as patch:
        if fork_server is not None:
            patch.setattr(Stage, "launch", staticmethod(fork_server.launch))
        yield


@pytest.fixture
def engine_url(tmp_path: Path) -> str:
    """A fresh engine's file. A new queue would be listened to only a second after its registration."""
    file = tmp_path / "engine.db"
    file.write_bytes(registered_file())
    return f"sqlite:///{file}"
