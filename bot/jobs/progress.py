"""The Bar: how far a painting is, drawn with characters, and when the number is to be believed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

STUCK: Final = 10
"""Per cent. ToAPIs names this number from early on, sticks to it, and jumps to the end."""
STALE: Final = 20.0
"""Seconds after which a number that did not change is no news any more."""

_DONE: Final = 100
_FULL: Final = "█"
_EMPTY: Final = "░"


def believable(history: Sequence[tuple[float, int]]) -> int | None:
    """Return the percentage to show, 11 to 99, or None where showing a number would be a guess.

    ``history`` holds what ToAPIs said of one painting, oldest first: seconds since it was submitted, and per cent. The
    last number is believed where it is above 10 and below 100, was reached from a smaller one, is the largest so far,
    and was news not long ago.
    """
    if not history:
        return None
    now, percent = history[-1]
    smaller = [place for place, (_, said) in enumerate(history) if said < percent]
    if not smaller or not STUCK < percent < _DONE or any(said > percent for _, said in history):
        return None
    reached, _ = history[smaller[-1] + 1]
    return percent if now - reached <= STALE else None


def bar(percent: int, width: int = 10) -> str:
    """Format ``width`` characters and the number: ``███░░░░░░░ 30 %``. Only a finished painting fills them."""
    percent = min(max(percent, 0), _DONE)
    full = percent * width // _DONE
    return f"{_FULL * full}{_EMPTY * (width - full)} {percent} %"
