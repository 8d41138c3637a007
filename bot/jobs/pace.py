"""The Pace: how fast the queue moves, and how long a place in it takes. Measured only while somebody waits.

An hour in which nobody had to wait says nothing about how fast those begin who do. So the seconds are counted from the
moment at which somebody begins to wait, and stop when nobody does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

KEPT: Final = 0.95
"""The weight of what was measured before a beginning: about the last twenty count."""

KNOWN: Final = 3
"""Beginnings, and seconds, below which too little was measured."""

FORGOTTEN: Final = 600.0
"""Seconds without anybody who waits after which the measurement is begun anew: by then something else may hold up."""

LONGEST: Final = 24 * 3600.0
"""Seconds beyond which nothing is promised."""

_STEPS: Final = ((60.0, 10.0), (600.0, 60.0), (math.inf, 300.0))
"""Up to which seconds an expectation is rounded to what."""


class Pace:
    """Beginnings a second. ``elapsed`` counts seconds, and never goes back."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._begun = 0.0
        self._seconds = 0.0
        self._since: float | None = None
        """When somebody began to wait, or the last one that had waited began. None while nobody waits."""
        self._idle_since = elapsed()

    def waits(self) -> None:
        """Count the seconds from now on: somebody waits."""
        if self._since is not None:
            return
        self._since = self._elapsed()
        if self._since - self._idle_since > FORGOTTEN:
            self._begun = 0.0
            self._seconds = 0.0

    def began(self) -> None:
        """Count a beginning, if somebody had to wait for it."""
        if self._since is None:
            return
        now = self._elapsed()
        self._begun = self._begun * KEPT + 1
        self._seconds = self._seconds * KEPT + now - self._since
        self._since = now

    def nobody_waits(self) -> None:
        """Stop counting the seconds."""
        if self._since is not None:
            self._since = None
            self._idle_since = self._elapsed()

    def a_second(self) -> float | None:
        """Return the beginnings a second, or None where too little was measured. A standstill counts while it lasts."""
        seconds = self._seconds
        if self._since is not None:
            seconds += self._elapsed() - self._since
        if self._begun <= KNOWN - 1 or seconds < KNOWN:  # the weight of those before lessens
            return None
        return self._begun / seconds


def expected(place: int, a_second: float | None) -> float | None:
    """Return the seconds until a place in the queue begins, rounded up coarsely; None where nothing can be promised."""
    if a_second is None or a_second <= 0:
        return None
    seconds = round(place / a_second, 3)
    if seconds > LONGEST:
        return None
    step = next(step for most, step in _STEPS if seconds <= most)
    return max(math.ceil(seconds / step), 1) * step
