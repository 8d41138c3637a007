"""Places of the world: servers, their channels and threads, the members in them, and the messages.

They stand in one file because they refer to each other: a channel knows its server and its messages, a message its
channel, the thread made from it, and the interaction that it answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from playground.world.clock import moment
from playground.world.looks import Sticker
from playground.world.messages import EPHEMERAL, LOADING, Attachment, caption, parts
from playground.world.people import Role, User

Json = dict[str, Any]

MIB = 1024 * 1024


class ChannelType(IntEnum):
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


THREADS = frozenset({ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})


@dataclass(slots=True, eq=False)
class Overwrite:
    """The permissions that a role or a member is allowed or denied in a channel, on top of the roles."""

    target: Role | User
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Membership:
    user: User
    guild: Guild
    joined_at: float
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None
    timed_out_until: float | None = None
    avatar: bytes | None = None
    """The avatar that this member has in this server only."""

    def __repr__(self) -> str:
        return f"<Membership of {self.user.name} in {self.guild.name}>"


@dataclass(slots=True, eq=False)
class Guild:
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    boost: int = 0
    """The boost level, 0 to 3: it decides how large a file may be."""
    active_thread_limit: int = 1000
    lowered_limit: int | None = None
    """The bytes that a file may really have, where that is less than the boost level says."""
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Membership] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    """Channels and threads alike, by id."""

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def upload_limit(self) -> int:
        """Return how many bytes a file may have. https://support.discord.com/hc/articles/25444343291031"""
        by_boost = {2: 50 * MIB, 3: 100 * MIB}.get(self.boost, 10 * MIB)
        return by_boost if self.lowered_limit is None else min(by_boost, self.lowered_limit)

    @property
    def active_threads(self) -> list[Channel]:
        return [place for place in self.channels.values() if place.is_thread and not place.archived]

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    def channel(self, name: str) -> Channel:
        """Return the channel or thread of this name, with or without its #. Raises KeyError."""
        for place in self.channels.values():
            if place.name == name.removeprefix("#"):
                return place
        raise KeyError(name)


@dataclass(slots=True, eq=False)
class Channel:
    id: int
    kind: ChannelType
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    topic: str | None = None
    nsfw: bool = False
    slowmode: int = 0
    position: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    refuses: dict[str, int] = field(default_factory=dict)
    """What Discord's filters refuse here and in threads ("files", "embeds", "links", "titles"), each with the code."""
    messages: dict[int, Message] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    """The people in a DM, without the bot."""
    owner: User | None = None
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    """Minutes without a message after which a thread is archived."""
    active_at: float = 0.0
    archive_changed_at: float = 0.0
    joined: dict[int, float] = field(default_factory=dict)
    """The ids of the people in the thread, and when they joined."""
    sent: int = 0

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    @property
    def label(self) -> str:
        """Return how a person names this place: #photos, #photos > A lithograph, or DM with Ana."""
        if self.kind is ChannelType.DM:
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
        """Return what somebody who scrolls through the channel sees: everybody's messages, oldest first."""
        return [message for message in self.messages.values() if message.seen_only_by is None]

    def __repr__(self) -> str:
        return f"<Channel {self.label}>"


@dataclass(slots=True, eq=False)
class Message:
    id: int
    channel: Channel
    author: User
    content: str = ""
    kind: int = 0
    """https://discord.com/developers/docs/resources/message#message-object-message-types"""
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    reply_to: Message | None = None
    reference: Json | None = None
    forwarded: Message | None = None
    """A copy of the message that this one forwards, as it was in that moment."""
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: list[User] = field(default_factory=list)
    """The people whom this message pinged. Only a new message pings, never an edit."""
    edited_at: float | None = None
    interaction: InteractionMetadata | None = None
    seen_only_by: User | None = None
    """Set for an ephemeral message."""
    thread: Channel | None = None
    deleted: bool = False
    reactions: dict[str, list[User]] = field(default_factory=dict)
    stickers: list[Sticker] = field(default_factory=list)

    @property
    def created_at(self) -> float:
        return moment(self.id)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Return whether it shows "Retouch is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """Return all the words that a person sees: content, embeds, and text components, one a line."""
        words: list[str | None] = [self.content]
        for embed in self.embeds:
            words += [embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")]
            words += [f"{row.get('name')}: {row.get('value')}" for row in embed.get("fields", [])]
            words.append(embed.get("footer", {}).get("text"))
        words += [part["content"] for part in parts(self.components) if part.get("type") == 10]
        return "\n".join(word for word in words if word)

    @property
    def buttons(self) -> list[str]:
        """Return the labels (or emoji) of the buttons, as shown."""
        return [caption(part) for part in parts(self.components) if part.get("type") == 2]

    def __repr__(self) -> str:
        return f"<Message by {self.author.name} in {self.channel.label}: {self.text[:60]!r}>"


class InteractionType(IntEnum):
    """https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type"""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(slots=True, eq=False)
class InteractionMetadata:
    """The interaction that a message answers, as far as the message shows it.

    https://discord.com/developers/docs/resources/message#message-interaction-metadata-object
    """

    id: int
    kind: InteractionType
    user: User
    guild: Guild | None
    data: Json
    name: str = ""
    """The words that were typed or the button that was pressed, for the transcript."""
    source: Message | None = None
    """The message whose button was pressed."""
    target: Message | None = None
    """The message that a menu command was used on."""
    opener: InteractionMetadata | None = None
    """The interaction that was answered with the form that this one brings back."""
    by_user_install: bool = False
    """The bot itself is not in this place; the member brought the app along."""
    original: Message | None = None
    """The message of the first answer (``@original``)."""
