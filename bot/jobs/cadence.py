"""The cadence of polling ToAPIs. Pure: ages in, seconds out."""

from __future__ import annotations

from typing import Final

BETWEEN: Final = 2.0
"""Seconds between two questions while a painting may be done at any moment."""

SLOWEST: Final = 60.0
"""Seconds between two questions about a painting that takes very long."""

SLOWING: Final = 0.05
"""Seconds that the pause grows by, for each second beyond the slowest tenth."""


def next_ask(age: float, seconds: tuple[float, float], roll: float) -> float:
    """Return the seconds to wait before asking about a task that was submitted ``age`` seconds ago.

    ``seconds`` are the fastest and the slowest tenth of such paintings; ``roll`` in [0, 1) spreads many bots and jobs
    apart. First when the fastest tenth would be done, or after a minute; then every 2 s, slower after the slowest
    tenth: asking costs from a bucket that all of an account's keys share.
    https://docs.toapis.com/docs/en/api-reference/tasks/image-status
    """
    fast, slow = seconds
    age = max(0.0, age)
    if age < fast:
        return min(SLOWEST, fast - age + roll * min(1.0, fast / 10))
    pause = min(SLOWEST, BETWEEN + max(0.0, age - slow) * SLOWING)
    return pause * (0.75 + roll / 2)
