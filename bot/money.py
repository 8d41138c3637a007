"""Money, in integer micro-dollars, and the Reservation that every paid request needs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NewType

Micros = NewType("Micros", int)
"""Millionths of a US dollar. Sums of prices like 0.042857 stay exact."""

LEDGER_SEAL: Final = object()
"""The proof that the Ledger made a Reservation. Only ``bot/ledger.py`` may use it: ``tests/project/test_house.py``."""


def micros(usd: Decimal | str | int) -> Micros:
    """Convert US dollars to micro-dollars, rounded half up. Raise decimal.InvalidOperation if ``usd`` is no number."""
    return Micros(int((Decimal(usd) * 1_000_000).to_integral_value(ROUND_HALF_UP)))


def dollars(amount: Micros) -> str:
    """Write an amount in dollars: ``0.04`` for ``Micros(40_000)``, with at least two decimals and no needless zeros."""
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
