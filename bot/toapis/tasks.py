"""ToAPIs' answers as values: uploads, the states of a task, downloads, balances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.errors import ToAPIsError
from bot.money import Micros

CREDITS_PER_DOLLAR: Final = 200
"""https://docs.toapis.com/docs/en/api-reference/account/user-balance"""


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded picture. ``url`` is public and goes into ``create``; ``size`` in bytes."""

    id: str
    url: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class Billing:
    """The cost of a task by ToAPIs' word. ``cost`` is None while it is ``pending``, and if ToAPIs sent none."""

    state: str
    """``pending``, ``settled`` or ``refunded``."""
    cost: Micros | None


@dataclass(frozen=True, slots=True)
class Queued:
    """A task that ToAPIs has accepted and not started."""

    task_id: str
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class Painting:
    """A running task. ``progress`` is 0 to 100, or None. It is unreliable: it stays at 10 for long, then jumps."""

    task_id: str
    progress: int | None = None
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class Painted:
    """A finished task. ``urls`` may be empty for a poll or two. ``expires_at``: Unix seconds, 24 h after completion.

    ``seconds`` is how long it took by ToAPIs' own clock (``completed_at - created_at``, whole seconds), if it said so.
    """

    task_id: str
    urls: tuple[str, ...]
    expires_at: int | None = None
    billing: Billing | None = None
    business_id: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that ended without a picture; ToAPIs refunds it. ``error`` is the typed reason."""

    task_id: str
    error: ToAPIsError
    billing: Billing | None = None
    business_id: str | None = None


Task = Queued | Painting | Painted | Failed


@dataclass(frozen=True, slots=True)
class Download:
    """A result's bytes, as they came. ``declared_type`` is the server's claim, which may be wrong."""

    data: bytes
    declared_type: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance in ToAPIs' credits. ``credits_left`` is None if the key is unlimited."""

    credits_left: int | None
    credits_used: int

    @property
    def left(self) -> Micros | None:
        """Return the credits that are left in micro-dollars; None: unlimited."""
        return None if self.credits_left is None else Micros(self.credits_left * 1_000_000 // CREDITS_PER_DOLLAR)
