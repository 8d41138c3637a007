"""One bot inside simcord's Discord for all scenarios of a module, and a server of its own for each scenario."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scenarios.conftest import settings
from tests.support.databases import sqlite_database
from tests.witness.place import Place
from tests.witness.stage import WitnessStage


@pytest.fixture(scope="module")
def witness_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder with a fresh file of the bot."""
    folder = tmp_path_factory.mktemp("witness")
    with sqlite_database(folder):
        yield folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness(witness_folder: Path) -> AsyncIterator[WitnessStage]:
    """Run the bot for all scenarios of the module."""
    variables = settings(witness_folder, f"sqlite:///{witness_folder}/retouch.db")
    async with WitnessStage.open(variables) as stage:
        yield stage
    assert stage.painter.offences == []


@pytest_asyncio.fixture(loop_scope="module")
async def place(witness: WitnessStage) -> AsyncIterator[Place]:
    """Make a server of this scenario's own, and reset ToAPIs' faults and hooks afterwards."""
    yield Place(witness)
    witness.painter.calm()
    witness.painter.hooks.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show what simcord saw of a scenario that failed, as its own plugin would."""
    report = yield
    stage = getattr(item, "funcargs", {}).get("witness")
    if report.when == "call" and report.failed and isinstance(stage, WitnessStage):
        report.sections.append(("simcord", stage.env.transcript()[-8000:]))
    return report
