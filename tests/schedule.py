"""A plugin of pytest: the longest work first, and what shares a bot on one worker. ``make test`` runs with it.

Without an order the last minutes belong to one worker alone with a long scenario. ``durations.json`` says what took
how long when it was last recorded (``python -m tests.run --record-durations``).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

_FILE: Final = Path(__file__).with_name("durations.json")
_ROOT: Final = Path(__file__).parent.parent
_LEAST: Final = 2.0
"""Seconds: shorter work need not be known."""

_took: defaultdict[str, float] = defaultdict(float)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-durations", action="store_true", help=f"write {_FILE.name} anew")


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Schedule:
    """Return a scheduler that keeps the order of the collection, which is sorted below."""
    config.option.loadscopereorder = False
    return Schedule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    durations = recorded_durations()
    first = {unit(item.nodeid): number for number, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: (-durations.get(unit(item.nodeid), 0.0), first[unit(item.nodeid)]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _took[unit(report.nodeid)] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption("record_durations") and not hasattr(session.config, "workerinput"):
        durations = {name: round(seconds) for name, seconds in sorted(_took.items()) if seconds >= _LEAST}
        _FILE.write_text(json.dumps(durations, indent=1) + "\n")


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # untyped there
    """Hands out units, one after the other, to the worker that has nearly done its last."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    """Return the name of the work that a test belongs to: its file, or itself where each test starts its own bot."""
    file = nodeid.split("::")[0]
    return nodeid if file.startswith("tests/scenarios/") and not _shares(file) else file


@cache
def _shares(file: str) -> bool:
    """Return whether the tests of a file share something that is set up once, such as a bot on ``DATABASE``."""
    return re.search(r"^DATABASE\b|scope=\"module\"", (_ROOT / file).read_text(), re.MULTILINE) is not None


@cache
def recorded_durations() -> dict[str, float]:
    durations: dict[str, float] = json.loads(_FILE.read_text()) if _FILE.exists() else {}
    return durations
