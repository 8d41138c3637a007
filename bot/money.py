"""Money, in integer micro-dollars, and the Reservation without which nothing paid is ever asked for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NewType

Micros = NewType("Micros", int)
"""Millionths of a US dollar. Sums of prices like 0.042857 stay exact."""

LEDGER_SEAL: Final = object()
"""The seal. Only ``bot/ledger.py`` may use it; ``tests/project/test_house.py`` reads the code to be sure."""


def micros(usd: Decimal | str | int) -> Micros:
    """US dollars as micro-dollars, rounded half up. Raises decimal.InvalidOperation for what is no number."""
    return Micros(int((Decimal(usd) * 1_000_000).to_integral_value(ROUND_HALF_UP)))


def dollars(amount: Micros) -> str:
    """``Micros(40_000)`` as ``0.04``: at least two decimals, no more than it needs."""
    text = f"{Decimal(amount) / 1_000_000:.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Proof that the Ledger holds this job's price. ``ToAPIs.create`` takes one, so nothing is bought without it."""

    job_id: str
    amount: Micros
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not LEDGER_SEAL:
            raise TypeError("only the Ledger can make a Reservation")
