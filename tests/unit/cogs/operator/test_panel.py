"""The operator's panel: failing parts stand out, names and reasons are escaped, and everything fits on a phone."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from bot.i18n import Phrases
from bot.jobs.job import JobState
from bot.jobs.maintenance import Notice
from bot.money import Micros
from bot.reports.balance import Balance
from bot.reports.health import Checkup
from bot.reports.overview import Budget, Overview, Queue
from bot.reports.usage import Sum
from cogs.operator.panel import FIELD, Gateway, OperatorPanel

CENT = Micros(10_000)
WELL = Checkup(
    up_since=1.0,
    database="SQLite",
    round_trip=0.00123,
    engine=True,
    reached=True,
    key_refused=False,
    funds=Balance(None, None, CENT),
    answered_at=2.0,
)
QUIET = Overview(
    notice=None,
    queue=Queue({JobState.ACCEPTED: 1, JobState.UNKNOWN: 0}, None, Micros(0)),
    day=Budget(Micros(0), Micros(0), None),
    week=Micros(0),
    month=Budget(Micros(0), Micros(0), None),
    servers=(),
    failures=(),
)
HERE = Gateway({0: 0.0421})


def panel_fields(
    checkup: Checkup = WELL,
    overview: Overview | None = QUIET,
    gateway: Gateway = HERE,
    names: dict[int, str] | None = None,
) -> dict[str, str]:
    """Return the panel's texts by heading."""
    embed = OperatorPanel(Phrases()).embed("en", checkup, overview, gateway, names or {})
    assert len(embed) < 6000
    assert all(len(field.value or "") <= FIELD for field in embed.fields)
    return {"": embed.description or ""} | {str(field.name): str(field.value) for field in embed.fields}


def test_healthy_bot_without_activity() -> None:
    assert panel_fields() == {
        "": "Orders are taken.",
        "Health": "Version 0.1.0, up since <t:1:R>\nDiscord: connected, 42 ms\nSQLite: answers in 1.2 ms\n"
        "Engine: running\nToAPIs: answers, last <t:2:R>\nKey: accepted, without a limit",
        "Queue": "1 accepted · 0 unknown\n$0.00 is held",
        "Spent, what is held included": "24 hours: $0.00\n7 days: $0.00\n30 days: $0.00",
        "Dearest servers of 30 days": "none",
        "Failures of the last 24 hours": "none",
    }


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"round_trip": None}, "SQLite: **does not answer**"),
        ({"engine": False}, "Engine: **stopped**"),
        ({"reached": False, "funds": None}, "ToAPIs: **can’t be reached**, last answer <t:2:R>\nKey: not known now"),
        (
            {"reached": False, "funds": None, "answered_at": None},
            "ToAPIs: **can’t be reached**, and never was since the start",
        ),
        ({"key_refused": True, "funds": None}, "Key: **refused**"),
        ({"funds": Balance(CENT, None, CENT)}, "Key: accepted, $0.01 left"),
    ],
)
def test_failing_parts_stand_out(change: dict[str, object], line: str) -> None:
    assert line in panel_fields(replace(WELL, **change))["Health"]  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("shards", "line"),
    [
        ({0: 0.01, 1: 0.3}, "Discord: connected, 300 ms"),
        ({0: nan}, "Discord: connected\n"),
        ({0: 0.01, 1: None, 2: None}, "Discord: **not connected** (shard 1, 2)"),
    ],
)
def test_each_shard_counts(shards: dict[int, float | None], line: str) -> None:
    assert line in panel_fields(gateway=Gateway(shards))["Health"]


def test_health_is_shown_without_a_database() -> None:
    assert list(panel_fields(replace(WELL, round_trip=None), None)) == ["", "Health"]


def test_budgets_say_what_is_left_and_when_there_is_more() -> None:
    spent = panel_fields(
        overview=replace(QUIET, day=Budget(Micros(30_000), CENT, 7.0), month=Budget(CENT, Micros(0), None))
    )
    assert spent["Spent, what is held included"] == (
        "24 hours: $0.01 of $0.03, $0.02 left (more <t:7:R>)\n7 days: $0.00\n30 days: $0.00 of $0.01, $0.01 left"
    )


def test_names_and_reasons_are_escaped() -> None:
    servers = ((5, Sum(2, CENT)), (6, Sum(1, CENT)), (None, Sum(1, CENT)))
    busy = replace(QUIET, servers=servers, notice=Notice(3.0, "**now** @here"), failures=(("picture-pdf", 2), ("", 1)))
    fields = panel_fields(overview=busy, names={5: "@everyone [x](https://evil.example)\n# big"})
    assert fields["Dearest servers of 30 days"].splitlines() == [
        "\\@everyone \\[x\\]\\(https… (5): 2 pictures, $0.01",
        "6: one picture, $0.01",
        "direct messages: one picture, $0.01",
    ]
    assert fields[""].splitlines() == [
        "**Maintenance** since <t:3:R>: what runs is finished, and no order is taken.",
        "> \\*\\*now\\*\\* \\@here",
    ]
    assert fields["Failures of the last 24 hours"] == "picture pdf: 2\nforgotten since: 1"


def test_ten_long_names_and_many_failures_fit() -> None:
    long = dict.fromkeys(range(10**18, 10**18 + 10), "_*~|" * 25)
    many = replace(
        QUIET,
        servers=tuple((number, Sum(10**6, Micros(10**12))) for number in long),
        failures=tuple((f"error-{'x' * 60}-{number}", 10**6) for number in range(40)),
    )
    fields = panel_fields(overview=many, names=long)
    assert len(fields["Dearest servers of 30 days"].splitlines()) == 10
    assert not fields["Dearest servers of 30 days"].endswith("…")
    assert fields["Failures of the last 24 hours"].endswith("…")
