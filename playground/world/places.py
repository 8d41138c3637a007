"""Places of the world: servers, and the channels and threads inside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.world.messages import Message
    from playground.world.people import Membership, Role, User

MIB = 1024 * 1024


class Kind(IntEnum):
    """https://discord.com/developers/docs/resources/channel#channel-object-channel-types"""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


THREADS = frozenset({Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD})


@dataclass(slots=True, eq=False)
class Overwrite:
    """What one role or one member is allowed or denied in one channel, on top of the roles."""

    target: Role | User
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Guild:
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    boost: int = 0
    """The boost level, 0 to 3: it decides how large a file may be."""
    active_thread_limit: int = 1000
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    """Channels and threads alike, by id."""

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def upload_limit(self) -> int:
        """Bytes a file may have. https://support.discord.com/hc/articles/25444343291031"""
        return {2: 50 * MIB, 3: 100 * MIB}.get(self.boost, 10 * MIB)

    @property
    def active_threads(self) -> list[Channel]:
        return [place for place in self.channels.values() if place.is_thread and not place.archived]

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    def channel(self, name: str) -> Channel:
        """The channel or thread of this name, with or without its #. Raises KeyError."""
        for place in self.channels.values():
            if place.name == name.removeprefix("#"):
                return place
        raise KeyError(name)


@dataclass(slots=True, eq=False)
class Channel:
    id: int
    kind: Kind
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    topic: str | None = None
    nsfw: bool = False
    slowmode: int = 0
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    """Who is in a DM, the bot left out."""
    owner: User | None = None
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    """Minutes without a message after which a thread is archived."""
    active_at: float = 0.0
    archive_changed_at: float = 0.0
    joined: dict[int, float] = field(default_factory=dict)
    """Who is in the thread, and since when."""
    sent: int = 0

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def label(self) -> str:
        """How a person names this place: #photos, #photos > A lithograph, or DM with Ana."""
        if self.kind is Kind.DM:
            return "DM with " + ", ".join(user.name for user in self.recipients)
        if self.is_thread and self.parent is not None:
            return f"#{self.parent.name} > {self.name}"
        return f"#{self.name}"

    @property
    def threads(self) -> list[Channel]:
        if self.guild is None:
            return []
        return [place for place in self.guild.channels.values() if place.parent is self and place.is_thread]

    @property
    def seen(self) -> list[Message]:
        """What somebody who scrolls through the channel sees: everybody's messages, oldest first."""
        return [message for message in self.messages.values() if message.seen_only_by is None]

    def __repr__(self) -> str:
        return f"<Channel {self.label}>"
