"""The Slot: the right to accept orders, to buy and to deliver. A single process holds it, under a fencing number.

On an SQLite file the file's lock keeps every other process out. On PostgreSQL ``slot_lock.py`` does, which can be lost;
the number then fences off the earlier holder.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from bot.database import Transaction, metadata

_slots = sa.Table(
    "slots",
    metadata,
    sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
)

SLOT: Final = 0
"""The number of the one slot that there is."""


NEXT_FENCE: Final = (
    "INSERT INTO slots (slot, fence) VALUES (0, 1) "
    "ON CONFLICT (slot) DO UPDATE SET fence = slots.fence + 1 RETURNING fence"
)
"""The statement by which a process that has just locked the slot gets its next number."""


def still_held(fence: int) -> sa.ColumnElement[bool]:
    """Build the condition that nobody took the slot since it was taken under this number."""
    return sa.exists().where(_slots.c.slot == SLOT, _slots.c.fence == fence)


class Slot:
    """What this process knows of the slot. A new Slot is held for ever, under no number: where no other process can be.

    ``lease`` is for how long, in seconds, it may be taken for held without another look.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held = asyncio.Event()
        self._held.set()
        self._until = math.inf
        self.fence: int | None = None
        self.doubted = asyncio.Event()
        """Set where the slot may be lost: the keeper of the lock checks at once."""
        self.gone = asyncio.Event()
        """Another process has the slot: this one stands by."""

    @property
    def is_held(self) -> bool:
        """Return whether this process may buy and deliver, as far as it knows."""
        return self._held.is_set() and self._clock() < self._until

    async def mine(self) -> int | None:
        """Wait until this process holds the slot. Return the number that fences others off, None where none does."""
        while not self.is_held:
            if self._held.is_set():  # its lease is over
                self.doubt()
            await self._held.wait()
        return self.fence

    async def number(self, transaction: Transaction) -> None:
        """Take it for ever under the next number: for a process that has locked all others out."""
        self.take(int(await transaction.scalar(sa.text(NEXT_FENCE)) or 0))

    async def is_ours(self, transaction: Transaction) -> bool:
        """Return whether no other process took the slot, as this transaction sees it."""
        return self.fence is None or bool(await transaction.scalar(sa.select(still_held(self.fence))))

    def take(self, fence: int) -> None:
        """Hold the slot from now on, under this number. Call ``renew`` as well where it can be lost."""
        self.fence = fence
        self._held.set()

    def renew(self, until: float) -> None:
        """Extend the lease to this moment (monotonic clock, seconds)."""
        self._until = until

    def doubt(self) -> None:
        """Hold everything back until somebody has looked whether the slot is still ours."""
        self._held.clear()
        self.doubted.set()
