"""A stage for whole stories: the real bot in its own process, between the world and the painter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from playground.stage import Stage
from tests.scenarios.support.server import BLOCKED, Server
from tests.scenarios.support.wording import blunders
from tests.support.databases import postgresql_database, sqlite_database

QUICK = """
[models."gemini-3-pro-image-preview"]
seconds = [0.2, 2]
[models."gpt-image-2"]
seconds = [0.2, 2]
[models."gpt-4o-image"]
seconds = [0.2, 2]
"""
"""The painter hurries in the tests, so the bot may ask early."""


def settings(folder: Path, database_url: str) -> dict[str, str]:
    """The bot's variables, with a catalogue for the hurried painter in that folder."""
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(QUICK)
    return {"DATABASE_URL": database_url, "CATALOGUE_FILE": str(catalogue), "LOOK_UP_SECONDS": "4"}


@pytest.fixture(scope="module", autouse=True)
def _quick(quick_starts: None) -> None:
    """Of stories there are many, and each has a bot or several."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database, once on each kind, with the engine's tables: a bot need not make them first."""
    with ExitStack() as opened:
        if request.param == "sqlite":
            yield opened.enter_context(sqlite_database(tmp_path, with_engine=True))
        else:
            server = request.getfixturevalue("postgresql")
            yield opened.enter_context(postgresql_database(server, with_engine=True))


@pytest.fixture
async def dark_stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """A stage once on an SQLite file and once on PostgreSQL, before the bot is started."""
    async with Stage.open(settings(tmp_path, database_url), seconds=(0.2, 0.4), rate_limits=False) as opened:
        yield opened
    assert blunders(opened.world) == []
    assert opened.offences == []  # a story that provokes one on purpose clears it from the list it is in


@pytest.fixture
async def stage(dark_stage: Stage) -> Stage:
    """A running bot, once on an SQLite file and once on PostgreSQL."""
    await dark_stage.start()
    return dark_stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """One running bot for all stories of a module, on the kind of database that its constant ``DATABASE`` names.

    For stories that need no life of their own: starting a bot takes longer than most of them.
    """
    folder = tmp_path_factory.mktemp("stage")
    async with AsyncExitStack() as opened:
        if request.module.DATABASE == "sqlite":
            url = opened.enter_context(sqlite_database(folder, with_engine=True))
        else:
            url = opened.enter_context(postgresql_database(request.getfixturevalue("postgresql"), with_engine=True))
        stage = await opened.enter_async_context(
            Stage.open(settings(folder, url), seconds=(0.02, 0.05), rate_limits=False)
        )
        stage.settings["BLOCKED_IDS"] = str(stage.world.add_user(BLOCKED).id)
        stage.settings["OPERATOR_IDS"] = str(stage.world.application.owner.id)
        await stage.start()
        yield stage
    assert blunders(stage.world) == []
    assert stage.offences == []


@pytest_asyncio.fixture(loop_scope="module")
async def server(shared_stage: Stage) -> AsyncIterator[Server]:
    """A server of this story's own on the shared stage, which is left calm."""
    yield Server(shared_stage)
    shared_stage.painter.calm()
    shared_stage.painter.hooks.clear()
    shared_stage.discord.calm()
