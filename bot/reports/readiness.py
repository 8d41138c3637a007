"""The Readiness: whether this process does the bot's work at this moment, and if not, why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from bot.database import Database
from bot.jobs.engine import Engine
from bot.jobs.maintenance import Maintenance, Notice
from bot.jobs.slot import Slot
from bot.reports.balance import BalanceMonitor
from bot.reports.overview import Overviews
from bot.toapis.client import ToAPIs

Phase = Literal["starting", "waiting", "working", "stopping"]
"""What the process is at, from its start to its stop. ``waiting``: for a slot."""

State = Literal["starting", "standby", "ready", "maintenance", "broken", "stopping"]
"""``standby``: other processes have all slots. ``broken``: it should work, and something is missing."""

STATES: Final[tuple[State, ...]] = get_args(State)

READY: Final = frozenset[State]({"ready", "maintenance"})
"""The states in which the bot answers members and goes on with their jobs."""

PATIENCE: Final = 3.0
"""Seconds after which the database counts as not answering. Whoever asks waits for five or more."""

FRESH: Final = 1.0
"""Seconds for which an answer is given again: anybody may ask, and each look asks the database."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process that works has, and one that waits for a slot has not.

    ``shards`` returns the seconds of a heartbeat by shard, None for a shard that is not connected.
    """

    engine: Engine
    toapis: ToAPIs
    maintenance: Maintenance
    overviews: Overviews
    balance_monitor: BalanceMonitor
    shards: Callable[[], Mapping[int, float | None]]


@dataclass(frozen=True, slots=True)
class Condition:
    """The outcome of a look. ``reasons``: a clause for each thing that is missing.

    ``round_trip``: seconds until the database answered, None where it did not. ``shards``: as in Parts, empty before
    the first connection.
    """

    state: State
    reasons: tuple[str, ...]
    round_trip: float | None
    shards: Mapping[int, float | None]

    @property
    def is_ready(self) -> bool:
        """Return whether the bot answers members and goes on with their jobs."""
        return self.state in READY


class Readiness:
    """Of a process on this database. Its life sets ``phase`` and ``parts``; ``elapsed`` counts seconds."""

    def __init__(
        self,
        database: Database,
        slot: Slot,
        *,
        elapsed: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self.slot: Final = slot
        self.database: Final = database
        self.phase: Phase = "starting"
        self.parts: Parts | None = None
        self._elapsed = elapsed
        self._patience = patience
        self._looking = asyncio.Lock()
        self._last: tuple[float, Phase, Condition] | None = None

    async def look(self) -> Condition:
        """Return the condition, which may be ``FRESH`` seconds old. Never raises: what does not answer is a reason."""
        async with self._looking:
            now = self._elapsed()
            if self._last is None or now - self._last[0] >= FRESH or self._last[1] != self.phase:
                self._last = (now, self.phase, await self._look())
            return self._last[2]

    async def _look(self) -> Condition:
        round_trip, notice = await self._ask_database()
        shards = dict(self.parts.shards()) if self.parts is not None else {}
        reasons = [] if round_trip is not None else ["the database does not answer"]
        if self.phase == "working":
            reasons += self._missing(shards)
        state = self._state(bool(reasons), notice)
        return Condition(state, tuple(reasons), round_trip, shards)

    def _state(self, has_reasons: bool, notice: Notice | None) -> State:
        if self.phase == "starting" or self.phase == "stopping":
            return self.phase
        if self.phase == "waiting":
            return "starting" if has_reasons else "standby"
        if has_reasons:
            return "broken"
        return "ready" if notice is None else "maintenance"

    async def _ask_database(self) -> tuple[float | None, Notice | None]:
        """Return the seconds of a round trip, and the notice of maintenance where this process works."""
        try:
            async with asyncio.timeout(self._patience):
                round_trip = await self.database.round_trip()
                notice = await self.parts.maintenance.now() if self.parts is not None else None
        except Exception:  # noqa: BLE001 - whatever the trouble is, the answer is that it does not answer
            return None, None
        return round_trip, notice

    def _missing(self, shards: Mapping[int, float | None]) -> list[str]:
        """Return a clause for each thing that a working process is without."""
        lost = [number for number, latency in shards.items() if latency is None]
        reasons = []
        if not shards or len(lost) == len(shards):
            reasons.append("Discord is not connected")
        elif lost:
            reasons.append(f"Discord is not connected on {len(lost)} of {len(shards)} shards")
        if self.parts is None or not self.parts.engine.is_running:
            reasons.append("the engine does not run")
        if not self.slot.is_held:
            reasons.append("the lock on the database is not held, so nothing is bought or delivered")
        return reasons
