"""Turns: what costs us and nobody else is done for a member one at a time, and only so often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cachetools import TTLCache

from bot.errors import Refused

REMEMBERED: Final = 10_000
"""Members. One that makes way may begin anew."""


class Turns:
    """At most ``most`` within ``window`` seconds for each member. In memory alone: a restart forgets them."""

    def __init__(self, most: int, window: float, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._at_it: set[int] = set()
        self._begun: TTLCache[int, list[float]] = TTLCache(REMEMBERED, window, timer=clock)

    @contextmanager
    def of(self, member_id: int) -> Iterator[None]:
        """Hold the member's turn. Raises Refused("at-it") while they hold one already, and Refused("too-often")."""
        if member_id in self._at_it:
            raise Refused("at-it")
        now = self._clock()
        lately = [at for at in self._begun.get(member_id, ()) if now - at < self._window]
        if len(lately) >= self._most:
            raise Refused("too-often", at=int(lately[0] + self._window) + 1)
        self._begun[member_id] = [*lately, now]
        self._at_it.add(member_id)
        try:
            yield
        finally:
            self._at_it.discard(member_id)
