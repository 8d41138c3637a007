"""Money: exact, in whole micro-dollars, and never spent without a Reservation of the Ledger."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.money import Micros, Reservation, dollars, micros
from tests.support.studio import CATALOGUE, ORDER, studio


@pytest.mark.parametrize(
    ("usd", "amount"),
    [("0.04", 40_000), ("0.042857", 42_857), (Decimal("1"), 1_000_000), (3, 3_000_000), ("0", 0), ("1e-6", 1)],
)
def test_dollars_become_micro_dollars_exactly(usd: Decimal | str | int, amount: int) -> None:
    assert micros(usd) == amount


@pytest.mark.parametrize(("usd", "amount"), [("0.0000005", 1), ("0.00000049", 0), ("0.0000015", 2), ("0.0000025", 3)])
def test_half_a_micro_dollar_is_rounded_up(usd: str, amount: int) -> None:
    assert micros(usd) == amount


def test_many_small_prices_add_up_without_drift() -> None:
    assert sum([micros("0.1")] * 10) == micros(1)


def test_what_is_no_number_is_no_money() -> None:
    with pytest.raises(InvalidOperation):
        micros("four cents")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (40_000, "0.04"),
        (42_857, "0.042857"),
        (500_000, "0.50"),
        (1, "0.000001"),
        (12_000_000, "12.00"),
        (100_120_000, "100.12"),
        (-40_000, "-0.04"),
    ],
)
def test_an_amount_is_written_with_two_decimals_and_no_needless_zeros(amount: int, text: str) -> None:
    assert dollars(Micros(amount)) == text


@given(st.integers(0, 10**15))
def test_what_was_written_reads_back_as_the_same_amount(amount: int) -> None:
    assert micros(dollars(Micros(amount))) == amount


@pytest.mark.parametrize("seal", [None, object(), "the seal", True])
def test_a_reservation_can_not_be_made_without_the_seal(seal: object) -> None:
    with pytest.raises(TypeError, match="only the Ledger"):
        Reservation("job", Micros(1), seal)


def test_mypy_refuses_a_create_without_a_reservation(tmp_path: Path) -> None:
    code = tmp_path / "careless.py"
    code.write_text(
        "from bot.toapis.client import ToAPIs\n"
        "from bot.orders import Order\n"
        "from bot.toapis.catalogue.catalogue import Model\n"
        "async def buy(toapis: ToAPIs, order: Order, model: Model) -> None:\n"
        "    await toapis.create(order, model, [])\n"
        "    await toapis.create(order, model, [], None)\n"
        "    await toapis.create(order, model, [], 'a promise')\n"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml"), str(code)]
    output = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
    assert [line.split(":")[1] for line in output.splitlines() if ": error:" in line] == ["5", "6", "7"]
    assert output.count("Reservation") == 2
    assert 'Missing positional argument "reservation"' in output


@pytest.mark.parametrize("reservation", [None, "a promise", Micros(1)])
async def test_a_create_without_a_reservation_never_reaches_the_painter(reservation: Any) -> None:
    async with studio() as (painter, toapis):
        with pytest.raises((TypeError, AttributeError)):
            await toapis.create(ORDER, CATALOGUE.model(ORDER.model), [], reservation)
        assert not painter.ledger
        assert not painter.requests
