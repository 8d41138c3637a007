"""Orders, and the Sources that an order is made from. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

UNKNOWN: Final = 0
"""The id that stands among owners for an unknown person."""


@dataclass(frozen=True, slots=True)
class Source:
    """A member's picture: its address, and what Discord declared about it, which may be wrong. ``size`` in bytes.

    ``channel_id`` and ``message_id`` are set if the picture is part of a message: its address is then read anew when it
    is needed, since addresses expire after a day and messages do not. ``url`` may then be empty.

    ``owner_ids`` are the Discord ids of the picture's owners; empty if they were not noted. ``credit`` mentions the
    author of the message (``seen_in`` links to it) or the owner of the avatar that a context menu was used on; empty if
    nobody has to be named.
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
        """Build a Source from its JSON, which may be older than ``owner_ids``."""
        return cls(**{**raw, "owner_ids": tuple(raw.get("owner_ids", ()))})

    @property
    def owners(self) -> frozenset[int]:
        """Return the ids of the picture's owners; ``UNKNOWN`` if they were not noted."""
        return frozenset(self.owner_ids or (UNKNOWN,))


@dataclass(frozen=True, slots=True)
class Order:
    """An order for pictures. ``ratio`` and ``resolution`` as the catalogue spells them; None: the model's default.

    ``owner_ids`` remains of the sources once they are forgotten: their owners, without the member who ordered.
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
        """Return the owners of the pictures that the order is made from."""
        if self.owner_ids is not None:
            return frozenset(self.owner_ids)
        return frozenset(owner for source in self.sources for owner in source.owners)
