"""Outages: trouble that passes by itself, and for how long it is waited out. Decides only; nothing here waits."""

from __future__ import annotations

from typing import Final, Literal

from bot.database import is_away
from bot.errors import (
    KeyLocked,
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    OutOfCredit,
    RateLimited,
    ToAPIsUnavailable,
    Unavailable,
)

Where = Literal["discord", "database", "toapis", "model"]
"""The place of an outage. "model": ToAPIs answers, but this model has no capacity now."""

Reason = Literal["discord", "database", "toapis", "model", "key", "not-allowed", "credit", "locked"]
"""What a job is waiting for: the end of the key of its sentence, ``held-…``."""

FOR_THE_OPERATOR: Final = ("key", "not-allowed", "credit", "locked")
"""Reasons that last until somebody mends something at ToAPIs or in the settings."""

BEFORE: Final = 600.0
"""Seconds for which an outage is waited out before the purchase. Then the job fails, and the member can try again."""

MODEL: Final = 60.0
"""Seconds for which a model without painters is asked for again: another model may do as well."""

MODEL_EVERY: Final = 10.0
"""Seconds between two creates for a model without painters."""

FIRST: Final = 1.0
LONGEST: Final = 60.0
"""Seconds: the first pause, which doubles, and the longest."""


def where(error: Exception) -> Where | None:
    """Return the place of a passing outage, or None where the error does not pass by itself.

    An error of a paid create is passing only where it is clear that no task was made (``bot/toapis/retry.py``).
    """
    if isinstance(error, Unavailable):
        return "discord" if error.reason == "discord" else "database"
    if isinstance(error, ModelUnavailable):
        return "model"
    if isinstance(error, RateLimited | ToAPIsUnavailable):
        return "toapis"
    return "database" if is_away(error) else None


def reason(error: Exception) -> Reason | None:
    """Return what a bought job is waiting for where asking for it met this error, or None where nothing is known."""
    if isinstance(error, KeyRefused):
        return "key"
    if isinstance(error, NotAllowed):
        return "not-allowed"
    if isinstance(error, OutOfCredit):
        return "credit"
    if isinstance(error, KeyLocked):
        return "locked"
    return where(error)


def limit(place: Where, step: str, *, give_up: float) -> float:
    """Return for how many seconds a step waits out trouble of this place. ``give_up`` holds for what is bought.

    Before the purchase that is ten minutes. Within it the database is waited for without end: whether something was
    bought can be neither known nor noted without it.
    """
    if place in ("model", "toapis") and not step.startswith(("prepare", "submit")):
        return 0.0  # a task's own end, told in the words of ToAPIs: only at these two steps nothing came of it
    if place == "model":
        return MODEL
    if step == "prepare":
        return BEFORE
    if place == "database":
        return float("inf")
    return BEFORE if step.startswith("submit") else give_up


def pause(place: Where, tries: int, retry_after: float | None = None) -> float:
    """Return the seconds until the next try, after ``tries`` failures. ``retry_after``: what ToAPIs asked for."""
    if place == "model":
        return MODEL_EVERY
    usual = min(LONGEST, FIRST * 2.0 ** min(tries - 1, 10))
    return min(LONGEST, max(usual, retry_after or 0.0))
