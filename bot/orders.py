"""Orders, and the Sources that an order is made from. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

UNKNOWN: Final = 0
"""The id that stands among owners for an unknown person."""

COVER: Final = "SPOILER_"
"""The prefix of a file's name that covers it as a spoiler, until somebody clicks it. Discord's flag needs no prefix.

https://discord.com/developers/docs/reference#editing-message-attachments"""


@dataclass(frozen=True, slots=True)
class Source:
    """A member's picture: its address, and what Discord declared about it, which may be wrong. ``size`` in bytes.

    ``channel_id`` and ``message_id`` are set if the picture is part of a message: its address is then read anew when it
    is needed, since addresses expire after a day and messages do not. ``url`` may then be empty.

    ``owner_ids`` are the Discord ids of the picture's owners; empty if they were not noted. ``credit`` mentions the
    author of the message (``seen_in`` links to it) or the owner of the avatar that a context menu was used on; empty if
    nobody has to be named.

    ``covered``: it stands as a spoiler, and so must all that is made from it.
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
    covered: bool = False

    @classmethod
    def restored(cls, raw: Mapping[str, Any]) -> Source:
        """Build a Source from its JSON, which may be older than ``owner_ids`` and ``covered``: then its name tells."""
        later = {"owner_ids": tuple(raw.get("owner_ids", ())), "covered": raw.get("covered", _is_cover(raw["name"]))}
        return cls(**{**raw, **later})

    @property
    def owners(self) -> frozenset[int]:
        """Return the ids of the picture's owners; ``UNKNOWN`` if they were not noted."""
        return frozenset(self.owner_ids or (UNKNOWN,))


@dataclass(frozen=True, slots=True)
class Order:
    """An order for pictures. ``ratio`` and ``resolution`` as the catalogue spells them; None: the model's default.

    ``owner_ids`` remains of the sources once they are forgotten: their owners, without the member who ordered.
    ``spoiler``: the member wants the result covered.
    """

    prompt: str
    model: str
    ratio: str | None = None
    resolution: str | None = None
    count: int = 1
    sources: tuple[Source, ...] = ()
    owner_ids: tuple[int, ...] | None = None
    spoiler: bool = False

    @property
    def covered(self) -> bool:
        """Return whether its pictures are covered: the member wants it, or a picture that it is made from is."""
        return self.spoiler or any(source.covered for source in self.sources)

    @property
    def owners(self) -> frozenset[int]:
        """Return the owners of the pictures that the order is made from."""
        if self.owner_ids is not None:
            return frozenset(self.owner_ids)
        return frozenset(owner for source in self.sources for owner in source.owners)


def _is_cover(name: str) -> bool:
    return name.startswith(COVER)
