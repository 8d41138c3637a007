"""What is ordered from ToAPIs, and what a task there can be. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.errors import ToAPIsError
from bot.money import Micros

CREDITS_PER_DOLLAR: Final = 200
"""https://docs.toapis.com/docs/en/api-reference/account/user-balance"""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that ToAPIs has taken. ``url`` is public and goes into ``create``; ``size`` in bytes."""

    id: str
    url: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class Billing:
    """What ToAPIs says the task cost. ``cost`` is None while it is ``pending`` or was not told."""

    state: str
    """``pending``, ``settled`` or ``refunded``."""
    cost: Micros | None


@dataclass(frozen=True, slots=True)
class Queued:
    """Accepted by ToAPIs; nobody paints yet."""

    task_id: str
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class Painting:
    """``progress`` is 0 to 100 as ToAPIs tells it, or None. It is not to be believed: it sticks at 10, then jumps."""

    task_id: str
    progress: int | None = None
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class Painted:
    """Finished. ``urls`` may be empty for a poll or two. ``expires_at`` in Unix seconds (24 h after completion)."""

    task_id: str
    urls: tuple[str, ...]
    expires_at: int | None = None
    billing: Billing | None = None
    business_id: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Finished without a picture; ToAPIs refunds these. ``error`` is the typed reason."""

    task_id: str
    error: ToAPIsError
    billing: Billing | None = None
    business_id: str | None = None


Task = Queued | Painting | Painted | Failed


@dataclass(frozen=True, slots=True)
class Download:
    """A result's bytes, as they came. ``declared_type`` is the server's word for it: not to be believed."""

    data: bytes
    declared_type: str | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left, in ToAPIs' credits. None: unlimited."""

    credits_left: int | None
    credits_used: int

    @property
    def left(self) -> Micros | None:
        """The same in micro-dollars."""
        return None if self.credits_left is None else Micros(self.credits_left * 1_000_000 // CREDITS_PER_DOLLAR)
