"""The throttle of free actions that cost us work: one at a time for each member, and only so often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cachetools import TTLCache

from bot.errors import Refused

REMEMBERED: Final = 10_000
"""The number of members that are remembered. A forgotten member starts with a full allowance."""


class Turns:
    """A limit of ``most`` actions within ``window`` seconds for each member. In memory only: a restart forgets it."""

    def __init__(self, most: int, window: float, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._busy: set[int] = set()
        self._started: TTLCache[int, list[float]] = TTLCache(REMEMBERED, window, timer=clock)

    @property
    def remembered(self) -> int:
        """Return the number of members that are remembered now."""
        return len(self._started)

    @contextmanager
    def of(self, member_id: int) -> Iterator[None]:
        """Hold the member's turn. Raise Refused: "at-it" while they hold a turn already, "too-often" over the limit."""
        if member_id in self._busy:
            raise Refused("at-it")
        now = self._clock()
        recent = [at for at in self._started.get(member_id, ()) if now - at < self._window]
        if len(recent) >= self._most:
            raise Refused("too-often", at=int(recent[0] + self._window) + 1)
        self._started[member_id] = [*recent, now]
        self._busy.add(member_id)
        try:
            yield
        finally:
            self._busy.discard(member_id)
