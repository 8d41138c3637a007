"""Health: whatever is ill is named, and nothing of it keeps the rest from being told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.database import Database
from bot.jobs.engine import Engine
from bot.key_value import KeyValueStore
from bot.money import Micros
from bot.reports.balance import BalanceMonitor
from bot.reports.health import VERSION, Checkup, Health
from bot.reports.usage import Reports
from bot.toapis.client import ToAPIs
from tests.support.studio import NOW, Hours, studio

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"


def health(database: Database, toapis: ToAPIs, *, patience: float = 5.0) -> Health:
    hours = Hours()
    balance_monitor = BalanceMonitor(
        toapis=toapis, reports=Reports(database, hours), key_values=KeyValueStore(database), warn_days=3, clock=hours
    )
    return Health(
        database=database,
        engine=Engine(database),
        toapis=toapis,
        balance_monitor=balance_monitor,
        clock=hours,
        patience=patience,
    )


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


async def test_what_is_well_says_how_well(database: Database) -> None:
    async with studio() as (painter, toapis):
        assert toapis.answered_at is None
        painter.account.budget = 3_000_000
        look = await health(database, toapis).look()
    assert (look.up_since, look.engine, look.reached, look.key_refused) == (NOW, False, True, False)
    assert look.database in ("SQLite", "PostgreSQL")
    assert look.round_trip is not None
    assert look.funds is not None
    assert look.funds.left == Micros(3_000_000)
    assert look.answered_at is not None


@pytest.mark.parametrize(
    ("fault", "reached", "refused"),
    [("unauthorized", True, True), ("unavailable", False, False), ("rate-limited", True, False)],
)
async def test_refused_key_and_unreachable_service_are_distinguished(
    database: Database, fault: str, reached: bool, refused: bool
) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, on=("balance",))
        look = await health(database, toapis).look()
    assert (look.reached, look.key_refused, look.funds) == (reached, refused, None)
    assert look.round_trip is not None


async def test_who_does_not_answer_at_all_is_not_waited_for(database: Database) -> None:
    async with studio() as (painter, toapis):
        painter.fault("hang", on=("balance",))
        look = await health(database, toapis, patience=0.05).look()
    assert (look.reached, look.funds, look.answered_at) == (False, None, None)


async def test_a_database_that_is_away_is_named_and_the_rest_is_told() -> None:
    async with Database.open(NOWHERE) as database, studio() as (_, toapis):
        look = await health(database, toapis).look()
    assert isinstance(look, Checkup)
    assert (look.database, look.round_trip, look.reached) == ("PostgreSQL", None, True)


async def test_an_unforeseen_error_of_one_part_leaves_the_rest_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Reports, __: int) -> Micros:
        raise ZeroDivisionError

    monkeypatch.setattr(Reports, "spent", broken)
    async with studio() as (_, toapis):
        look = await health(database, toapis).look()
    assert look.round_trip is not None
    assert (look.funds, look.reached) == (None, True)
