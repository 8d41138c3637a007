"""What ``make test`` prints about checks that could not run, and the order in which it runs the rest."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from tests import run, schedule


@pytest.fixture(autouse=True)
def _no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the run of the tests succeed without one."""
    done = subprocess.CompletedProcess[str]([], 0)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.parametrize(("ci", "code"), [(None, 0), ("true", 1)])
def test_a_missing_tool_is_said_and_fails_under_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str | None, code: int
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    assert run.main() == code
    assert "page: NOT RUN (install chromium)" in capsys.readouterr().out.splitlines()


def test_nothing_is_said_where_each_tool_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true")
    assert run.main() == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/unit/bot/test_money.py::test_a", "tests/unit/bot/test_money.py"),
        ("tests/scenarios/test_buttons.py::test_a", "tests/scenarios/test_buttons.py"),  # they share a bot
        ("tests/scenarios/test_lives.py::test_a[x]", "tests/scenarios/test_lives.py::test_a[x]"),
    ],
)
def test_what_shares_a_bot_is_one_piece_of_work(nodeid: str, unit: str) -> None:
    assert schedule.unit(nodeid) == unit


def test_the_longest_work_comes_first_and_keeps_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        schedule,
        "recorded_durations",
        lambda: {"tests/unit/bot/test_money.py": 3.0, "tests/unit/bot/toapis/test_wire.py": 7.0},
    )
    names = [
        "tests/unit/bot/jobs/test_job.py::x",
        "tests/unit/bot/test_money.py::b",
        "tests/unit/bot/test_money.py::a",
        "tests/unit/bot/toapis/test_wire.py::x",
    ]
    items: list[Any] = [_Item(name) for name in names]
    schedule.pytest_collection_modifyitems(items)
    assert [item.nodeid for item in items] == [names[3], names[1], names[2], names[0]]


class _Item:
    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid
