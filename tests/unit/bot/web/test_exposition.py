"""The text of /metrics: it can be read, names are Prometheus', and no text of a person's or a server's is in it."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any

import pytest

from bot.database import Database
from bot.jobs.job import JobState
from bot.jobs.maintenance import Notice
from bot.jobs.slot import Slot
from bot.money import Micros
from bot.reports.balance import Balance
from bot.reports.overview import Budget, Figures, Queue
from bot.reports.readiness import Condition, Parts, Readiness
from bot.web.exposition import render
from tests.scenarios.support.monitor import read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FIGURES = Figures(
    notice=Notice(1.0, "a new disk"),
    queue=Queue({JobState.ACCEPTED: 3}, 100.0, Micros(500_000), {JobState.ACCEPTED: 100.0}),
    day=Budget(Micros(12_500_000), Micros(2_000_000), 7.0),
    month=Budget(Micros(0), Micros(9_000_000), None),
    failures=(("error-out-of-credit", 2), ("", 1)),
)


def parts() -> Any:
    """Return the parts of a process at work. Those that talk to others are only read here."""
    return Parts(
        engine=SimpleNamespace(is_running=True, under_way=2, line=[1, 2, 3]),  # type: ignore[arg-type]
        toapis=SimpleNamespace(answered_at=1234.5),  # type: ignore[arg-type]
        maintenance=SimpleNamespace(),  # type: ignore[arg-type]
        overviews=SimpleNamespace(),  # type: ignore[arg-type]
        balance_monitor=SimpleNamespace(last=Balance(Micros(7_000_000), None, Micros(0))),  # type: ignore[arg-type]
        shards=dict,
    )


def text_of(database: Database, *, shards: dict[int, float | None], figures: Figures | None = FIGURES) -> str:
    readiness = Readiness(database, Slot())
    readiness.parts = parts()
    return render(readiness, Condition("ready", (), 0.002, shards), figures).decode()


async def test_each_figure_is_told_in_base_units(database: Database) -> None:
    samples = read(text_of(database, shards={0: 0.1, 1: 0.4, 2: None, 3: math.inf}))
    expected = {
        ("retouch_state", "ready"): 1,
        ("retouch_state", "broken"): 0,
        ("retouch_ready", ""): 1,
        ("retouch_slot_held", ""): 1,
        ("retouch_database_round_trip_seconds", ""): 0.002,
        ("retouch_discord_shards", ""): 4,
        ("retouch_discord_shards_connected", ""): 3,
        ("retouch_discord_latency_seconds", ""): 0.4,
        ("retouch_workflows", "waiting"): 3,
        ("retouch_toapis_last_answer_timestamp_seconds", ""): 1234.5,
        ("retouch_toapis_balance_dollars", ""): 7,
        ("retouch_jobs", "accepted"): 3,
        ("retouch_jobs", "unknown"): 0,
        ("retouch_oldest_job_timestamp_seconds", "accepted"): 100,
        ("retouch_failed_jobs", "out_of_credit"): 2,
        ("retouch_failed_jobs", "erased"): 1,
        ("retouch_maintenance", ""): 1,
        ("retouch_spent_dollars", "day"): 2,
        ("retouch_spending_limit_dollars", "day"): 12.5,
        ("retouch_held_dollars", ""): 0.5,
    }
    assert {name: samples[name] for name in expected} == expected
    assert ("retouch_spending_limit_dollars", "month") not in samples  # 0 is no limit
    assert ("process_resident_memory_bytes", "") in samples


async def test_operators_sentence_is_not_told(database: Database) -> None:
    assert "a new disk" not in text_of(database, shards={})


async def test_names_follow_the_conventions(database: Database) -> None:
    """Check base units and plain words: https://prometheus.io/docs/practices/naming/."""
    families = re.findall(r"^# TYPE (retouch_\w+) (\w+)", text_of(database, shards={0: 0.1}), re.MULTILINE)
    assert len(families) > 15
    assert {kind for _, kind in families} == {"gauge"}
    assert not [name for name, _ in families if re.search(r"_(total|count|ms|micros|minutes|hours)$", name)]


async def test_without_figures_the_rest_is_told(database: Database) -> None:
    samples = read(text_of(database, shards={}, figures=None))
    assert ("retouch_engine_up", "") in samples
    assert not [name for name, _ in samples if name.startswith(("retouch_jobs", "retouch_spent"))]
