"""What members ask for: an Order, and the Sources it is made from. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

UNKNOWN: Final = 0
"""Stands among owners for somebody who can't be told."""


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
