"""The Slot: a share of the bot, and the right to accept its orders, to buy and to deliver.

There are ``SLOTS`` of them. A slot has a share of the gateway's shards, the jobs that were accepted through them, and
a share of what Discord and ToAPIs allow. A single process holds it, under a fencing number. On an SQLite file there is
one slot, and the file's lock keeps every other process out. On PostgreSQL ``slot_lock.py`` does, which can be lost; the
number then fences off the earlier holder.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import sqlalchemy as sa

from bot.database import Transaction, metadata
from bot.errors import Unavailable

SLOTS: Final = sa.Table(
    "slots",
    metadata,
    sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("slots_in_all", sa.Integer),  # what SLOTS is for its holder; null: an earlier version, which knew 1
    sa.Column("shards", sa.Integer),  # the number of the gateway's shards for its holder; null: not decided yet
)

FIRST: Final = 0
"""The slot whose holder does what is to be done once for all."""

NEXT_FENCE: Final = (
    "INSERT INTO slots (slot, fence, slots_in_all, shards) VALUES (:number, 1, :of, :shards) ON CONFLICT (slot) "
    "DO UPDATE SET fence = slots.fence + 1, slots_in_all = :of, shards = :shards RETURNING fence"
)
"""The statement by which a process that has just locked a slot gets its next number."""


class Fence(NamedTuple):
    """A slot, and the number under which a process took it."""

    slot: int
    number: int


def still_held(fence: Fence) -> sa.ColumnElement[bool]:
    """Build the condition that nobody took the slot since it was taken under this number."""
    return sa.exists().where(SLOTS.c.slot == fence.slot, SLOTS.c.fence == fence.number)


class Slot:
    """What this process knows of its slot. A new Slot is held for ever, unfenced: where no other process can be.

    ``in_all`` is the number of all slots, ``number`` this one's. Its lease is for how long, in seconds, it may be taken
    for held without another look.
    """

    def __init__(self, in_all: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.in_all = in_all
        self.number = FIRST
        self._clock = clock
        self._held = asyncio.Event()
        self._held.set()
        self._until = math.inf
        self.fence: Fence | None = None
        self.ask: Callable[[], Awaitable[bool]] | None = None
        """Asks the server whether the slot is ours. None: no other process can take it."""
        self.agree_on_shards: Callable[[int], Awaitable[int]] | None = None
        """Agrees with the processes of the other slots on the number of the gateway's shards."""
        self.doubted = asyncio.Event()
        """Set where the slot may be lost: the keeper of the lock checks at once."""
        self.gone = asyncio.Event()
        """Another process has the slot: this one stands by."""

    @property
    def is_held(self) -> bool:
        """Return whether this process may buy and deliver, as far as it knows."""
        return self._held.is_set() and self._clock() < self._until

    @property
    def is_first(self) -> bool:
        """Return whether this process does what is to be done once for all slots."""
        return self.number == FIRST

    def owns(self, guild_id: int) -> bool:
        """Return whether a server's events come to this process.

        The number of shards is a multiple of that of the slots, and a slot has every ``in_all``-th shard.
        https://discord.com/developers/docs/events/gateway#sharding-sharding-formula
        """
        return (guild_id >> 22) % self.in_all == self.number

    async def mine(self) -> Fence | None:
        """Wait until this process holds the slot. Return what fences others off, None where nothing has to."""
        while not self.is_held:
            if self._held.is_set():  # its lease is over
                self.doubt()
            await self._held.wait()
        return self.fence

    async def confirm(self) -> None:
        """Wait until the server has said, after this call, that the slot is ours. The clock decides nothing here."""
        while True:
            await self.mine()
            if self.ask is None or await self.ask():
                return
            self.doubt()

    async def answers(self, patience: float = 1.0) -> bool:
        """Return whether to answer somebody now: not where another process has the slot by now, and answers.

        Where that can't be known within ``patience`` seconds, the database is away, and nobody else answers either.
        """
        if self.is_held:
            return True
        waiting = (asyncio.ensure_future(self.confirm()), asyncio.ensure_future(self.gone.wait()))
        try:
            await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return not self.gone.is_set()

    async def number_alone(self, transaction: Transaction) -> None:
        """Take it for ever under the next number: for a process that has locked all others out."""
        values = {"number": self.number, "of": self.in_all, "shards": None}
        self.take(int(await transaction.scalar(sa.text(NEXT_FENCE), values) or 0))

    async def is_ours(self, transaction: Transaction) -> bool:
        """Return whether no other process took the slot, as this transaction sees it."""
        return self.fence is None or bool(await transaction.scalar(sa.select(still_held(self.fence))))

    async def check(self, transaction: Transaction) -> None:
        """Raise Unavailable where another process took the slot, so that the transaction changes nothing."""
        if self.ask is not None and not await self.is_ours(transaction):
            self.doubt()
            raise Unavailable("database", "another process has taken the slot")

    def take(self, number: int) -> None:
        """Hold the slot from now on, under this fencing number. Call ``renew`` as well where it can be lost."""
        self.fence = Fence(self.number, number)
        self._held.set()

    def renew(self, until: float) -> None:
        """Extend the lease to this moment (monotonic clock, seconds)."""
        self._until = until

    def doubt(self) -> None:
        """Hold everything back until somebody has looked whether the slot is still ours."""
        self._held.clear()
        self.doubted.set()
