"""The forecast: the duration of a painting, from those of earlier paintings. Seconds in, seconds out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

ENOUGH: Final = 8
"""Past paintings after which they alone are believed, and the catalogue no longer."""


def expected(durations: Sequence[float], fallback: tuple[float, float]) -> tuple[float, float]:
    """Return the fastest and slowest tenth in seconds, from ``durations`` once there are enough, else blended.

    ``durations`` are seconds of finished paintings of one model and resolution, in any order; a caller passes recent
    ones and leaves out those that took longer than the deadline. ``fallback`` is the catalogue's pair. The two are
    blended as ratios, so that one painting of an hour does not turn a minute into ten.
    """
    usable = sorted(seconds for seconds in durations if math.isfinite(seconds) and seconds > 0)
    if not usable:
        return fallback
    weight = min(len(usable) / ENOUGH, 1.0)
    fast, slow = (_blended(_tenth(usable, tenth), usual, weight) for tenth, usual in zip((1, 9), fallback, strict=True))
    return fast, slow


def remaining(age: float, seconds: tuple[float, float]) -> float | None:
    """Return the seconds until nine of ten paintings of this ``age`` are done, or None once that time is over.

    For one painting the promised moment (now plus these seconds) never moves, so a message with it need not be edited.
    After that moment no honest number is left.
    """
    _, slow = seconds
    left = slow - max(age, 0.0)
    return left if left > 0 else None


def _tenth(durations: Sequence[float], tenth: int) -> float:
    """Return a tenth by nearest rank: with seven durations or more, a single outlier at either end does not count."""
    return durations[round((len(durations) - 1) * tenth / 10)]


def _blended(seen: float, usual: float, weight: float) -> float:
    if weight == 1:
        return seen
    return math.exp((1 - weight) * math.log(usual) + weight * math.log(seen))
