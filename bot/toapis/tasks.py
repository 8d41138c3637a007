"""What is ordered from ToAPIs, and what a task there can be. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import ToAPIsError
from bot.money import Micros

UNKNOWN: Final = 0
"""Stands among owners for somebody who can't be told."""

CREDITS_PER_DOLLAR: Final = 200
"""https://docs.toapis.com/docs/en/api-reference/account/user-balance"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a member's picture can be read: what Discord declared of it, not to be believed. ``size`` in bytes.

    ``channel_id`` and ``message_id`` where it is part of a message: its address is then read anew when it is needed,
    since addresses expire after a day and messages do not. ``url`` may then be empty.

    ``owner_ids`` are Discord's, of the people whose picture it is; empty where that was not noted. ``credit`` mentions
    whose message (``seen_in``: the link to it) or avatar a menu was used on; empty where nobody has to be named.
    """

    url: str
    name: str
    declared_type: str | None = None
    size: int = 0
    channel_id: int | None = None
    message_id: int | None = None
    owner_ids: tuple[int, ...] = ()
    credit: str = ""
    seen_in: str = ""

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Source:
        """As it was kept as JSON, perhaps before owners were noted."""
        return cls(**{**raw, "owner_ids": tuple(raw.get("owner_ids", ()))})

    @property
    def owners(self) -> frozenset[int]:
        """Whose picture it is; ``UNKNOWN`` where that was not noted."""
        return frozenset(self.owner_ids or (UNKNOWN,))


@dataclass(frozen=True, slots=True)
class Order:
    """What a member asked for. ``ratio`` and ``resolution`` as the catalogue spells them; None: the model's default.

    ``owner_ids`` is what is left of the sources once they are forgotten: whose they were, but for the member who asked.
    """

    prompt: str
    model: str
    ratio: str | None = None
    resolution: str | None = None
    count: int = 1
    sources: tuple[Source, ...] = ()
    owner_ids: tuple[int, ...] | None = None

    @property
    def owners(self) -> frozenset[int]:
        """Whose pictures it is made from."""
        if self.owner_ids is not None:
            return frozenset(self.owner_ids)
        return frozenset(one for source in self.sources for one in source.owners)


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
