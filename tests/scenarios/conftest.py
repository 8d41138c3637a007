"""A stage for whole scenarios: the real bot in its own process, between the world and the stand-in ToAPIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from playground.stage import Stage
from tests.scenarios.support.away import with_clock
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.moderation import ModeratedServer, moderated_server
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
"""The stand-in ToAPIs is quick in the tests, so the bot may poll early."""


def settings(folder: Path, database_url: str) -> dict[str, str]:
    """Return the bot's variables, with a catalogue for the quick stand-in in that folder."""
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(QUICK)
    return {"DATABASE_URL": database_url, "CATALOGUE_FILE": str(catalogue), "LOOK_UP_SECONDS": "4"}


@pytest.fixture(scope="module", autouse=True)
def _quick(quick_starts: None) -> None:
    """Start bots quickly, since there are many scenarios and each has one bot or several."""


@pytest.fixture
async def idle_stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Yield a stage on each kind of database, before the bot is started."""
    async with Stage.open(settings(tmp_path, database_url), seconds=(0.2, 0.4), rate_limits=False) as opened:
        yield opened
    assert blunders(opened.world) == []
    assert opened.offences == []  # a scenario that provokes one on purpose clears it from its list


@pytest.fixture
async def stage(idle_stage: Stage) -> Stage:
    """Start the bot on the stage, and return it."""
    await idle_stage.start()
    return idle_stage


@pytest.fixture
def clocked_stage(idle_stage: Stage, tmp_path: Path) -> Stage:
    """Return a stage that is not started; its bot goes by a clock that the scenario moves."""
    idle_stage.settings["OPERATOR_IDS"] = str(idle_stage.world.application.owner.id)
    return with_clock(idle_stage, tmp_path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """Yield one running bot for all scenarios of a module, on the kind of database that its ``DATABASE`` names.

    For scenarios that need no bot of their own: starting it takes longer than most of them.
    """
    folder = tmp_path_factory.mktemp("stage")
    async with AsyncExitStack() as opened:
        if request.module.DATABASE == "sqlite":
            url = opened.enter_context(sqlite_database(folder))
        else:
            url = opened.enter_context(postgresql_database(request.getfixturevalue("postgresql")))
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
    """Yield a server of this scenario's own on the shared stage, and reset all faults and hooks afterwards."""
    yield Server(shared_stage)
    shared_stage.painter.calm()
    shared_stage.painter.hooks.clear()
    shared_stage.discord.calm()


@pytest.fixture
def records(shared_stage: Stage) -> Iterator[BotRecords]:
    """Yield the records of the shared stage's bot."""
    opened = BotRecords(shared_stage.settings["DATABASE_URL"])
    yield opened
    opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def moderated(server: Server, records: BotRecords) -> ModeratedServer:
    """Return a server with a channel for reports, a log channel and a moderator, on the shared stage."""
    return await moderated_server(server, records)
