"""The Forecast: how long a painting will take, from how long such paintings took before. Seconds in, seconds out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

ENOUGH: Final = 8
"""Past paintings after which they alone are believed, and the catalogue no longer."""


def expected(durations: Sequence[float], fallback: tuple[float, float]) -> tuple[float, float]:
    """The fastest and the slowest tenth, in seconds: of ``durations`` once there are enough, in between before that.

    ``durations`` are seconds of finished paintings of one model and resolution, in any order; a caller passes recent
    ones and leaves out those that took longer than the deadline. ``fallback`` is the catalogue's pair. The two are
    blended as ratios, so that one painting of an hour does not turn a minute into ten.
    """
    known = sorted(seconds for seconds in durations if math.isfinite(seconds) and seconds > 0)
    if not known:
        return fallback
    weight = min(len(known) / ENOUGH, 1.0)
    fast, slow = (_blended(_tenth(known, tenth), usual, weight) for tenth, usual in zip((1, 9), fallback, strict=True))
    return fast, slow


def remaining(age: float, seconds: tuple[float, float]) -> float | None:
    """Seconds until nine of ten such paintings are done, for one of this ``age``; None once that is over.

    For one painting the promised moment (now and this) never moves, so a message that names it need not be edited.
    After it there is no honest number any more.
    """
    _, slow = seconds
    left = slow - max(age, 0.0)
    return left if left > 0 else None


def _tenth(known: Sequence[float], tenth: int) -> float:
    """By nearest rank: from seven on, a single accident at either end does not count."""
    return known[round((len(known) - 1) * tenth / 10)]


def _blended(seen: float, usual: float, weight: float) -> float:
    if weight == 1:
        return seen
    return math.exp((1 - weight) * math.log(usual) + weight * math.log(seen))
