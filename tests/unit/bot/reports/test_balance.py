"""The BalanceMonitor: how long the money lasts, and that the operators hear of it in time, once a day."""

from __future__ import annotations

import asyncio

import pytest

from bot.database import Database
from bot.errors import ToAPIsError
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.money import Micros
from bot.reports.balance import EVERY, Balance, BalanceMonitor
from bot.reports.usage import Reports
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.studio import NOW, RecordingCourier, studio

DAY = 24 * 3600.0
DOLLAR = 1_000_000


@pytest.mark.parametrize(
    ("key", "account", "spent", "left", "days"),
    [
        (10, 6, 14, 6, 3.0),
        (6, 10, 14, 6, 3.0),
        (None, 6, 14, 6, 3.0),
        (6, None, 7, 6, 6.0),
        (None, None, 14, None, None),
        (6, 10, 0, 6, None),
        (0, 10, 0, 0, 0.0),
        (0, None, 14, 0, 0.0),
    ],
)
def test_tighter_limit_lasts_by_the_spending_of_the_past_week(
    key: int | None, account: int | None, spent: int, left: int | None, days: float | None
) -> None:
    given = [None if amount is None else Micros(amount * DOLLAR) for amount in (key, account, spent, left)]
    funds = Balance(given[0], given[1], given[2] or Micros(0))
    assert funds.left == given[3]
    assert funds.days == (None if days is None else pytest.approx(days))


class Shelter:
    """A purse over a real client; an order of 7 dollars was taken, so that a day costs one. ``budget`` in dollars."""

    def __init__(self, database: Database, painter: Painter, toapis: ToAPIs) -> None:
        self.now = NOW
        self.database = database
        self.painter = painter
        self.courier = RecordingCourier()
        self.pauses: list[float] = []
        self.balance_monitor = self.life(toapis)

    def life(self, toapis: ToAPIs) -> BalanceMonitor:
        reports = Reports(self.database, lambda: self.now)
        key_values = KeyValueStore(self.database)
        return BalanceMonitor(
            toapis=toapis,
            reports=reports,
            key_values=key_values,
            warn_days=3,
            clock=lambda: self.now,
            sleep=self._sleep,
        )

    async def spend(self) -> None:
        async with self.database.write() as write:
            ledger = Ledger(self.database, lambda: self.now)
            await ledger.reserve(write, f"{self.now}", Micros(7 * DOLLAR), member_id=1, guild_id=None)

    def budget(self, dollars: float) -> None:
        self.painter.account.budget = round(dollars * DOLLAR)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if len(self.pauses) == 30:
            raise asyncio.CancelledError


async def test_what_is_left_is_asked_of_the_key_and_of_the_account(database: Database) -> None:
    async with studio() as (painter, toapis):
        shelter = Shelter(database, painter, toapis)
        await shelter.spend()
        shelter.budget(20)
        capped = painter.add_key(painter.account, cap=4 * DOLLAR)
        async with ToAPIs.open(key=capped, base_url=painter.url) as other:
            funds = await shelter.life(other).look()
        assert funds == Balance(Micros(4 * DOLLAR), Micros(20 * DOLLAR), Micros(7 * DOLLAR))


async def test_operators_are_warned_once_a_day_across_restarts(database: Database) -> None:
    async with studio() as (painter, toapis):
        shelter = Shelter(database, painter, toapis)
        await shelter.spend()
        shelter.budget(3)
        await shelter.balance_monitor.warn(shelter.courier.tell_operators)
        assert shelter.courier.told == []  # three days are enough
        shelter.budget(2.5)
        await shelter.balance_monitor.warn(shelter.courier.tell_operators)
        assert shelter.courier.told == [("operator-purse", {"left": "2.50", "days": 2})]
        shelter.now += DAY - 1
        await shelter.life(toapis).warn(shelter.courier.tell_operators)
        assert len(shelter.courier.told) == 1
        shelter.now += 1
        await shelter.life(toapis).warn(shelter.courier.tell_operators)
        assert len(shelter.courier.told) == 2


async def test_once_it_was_filled_up_the_next_shortage_is_news(database: Database) -> None:
    async with studio() as (painter, toapis):
        shelter = Shelter(database, painter, toapis)
        await shelter.spend()
        for dollars in (1, 100, 1):
            shelter.budget(dollars)
            await shelter.balance_monitor.warn(shelter.courier.tell_operators)
        assert len(shelter.courier.told) == 2


async def test_balance_is_checked_hourly_despite_failures(database: Database) -> None:
    async with studio() as (painter, toapis):
        shelter = Shelter(database, painter, toapis)
        await shelter.spend()
        shelter.budget(1)
        painter.fault("unauthorized", times=3, on=("balance",))
        with pytest.raises(asyncio.CancelledError):
            await shelter.balance_monitor.watch_forever(shelter.courier.tell_operators)
        assert shelter.pauses == [EVERY] * 30
        assert len(shelter.courier.told) == 2  # thirty hours are a day and a bit


async def test_a_balance_that_can_not_be_read_is_said_to_whoever_asks(database: Database) -> None:
    async with studio() as (painter, toapis):
        painter.fault("unauthorized", on=("balance",))
        with pytest.raises(ToAPIsError):
            await Shelter(database, painter, toapis).balance_monitor.look()
