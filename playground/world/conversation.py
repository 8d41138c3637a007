"""Changes of messages and threads. Each is recorded in the transcript and sent to the gateway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from playground.world import mentions
from playground.world.covers import seen_open
from playground.world.looks import Sticker
from playground.world.messages import EPHEMERAL, HAS_SNAPSHOT, HAS_THREAD, SILENT, Attachment, parts
from playground.world.people import User
from playground.world.places import Channel, ChannelType, InteractionMetadata, Message
from playground.world.state import WorldState

Json = dict[str, Any]

THREAD_STARTER = 21  # https://discord.com/developers/docs/resources/message#message-object-message-types
THREAD_CREATED = 18


def post(
    world: WorldState, channel: Channel, author: User, content: str = "", *, kind: int = 0,
    embeds: list[Json] | None = None, attachments: list[Attachment] | None = None,
    components: list[Json] | None = None, flags: int = 0,
    allowed: Json | None = None, reply_to: Message | None = None, reference: Json | None = None,
    nonce: str | int | None = None, interaction: InteractionMetadata | None = None, seen_only_by: User | None = None,
    forwarded: Message | None = None, stickers: Iterable[Sticker] = (),
) -> Message:  # fmt: skip
    """Post a new message. Nothing else pings people."""
    message = Message(
        world.clock.snowflake(), channel, author, content, kind, embeds or [], attachments or [], components or [],
        flags,
        nonce=nonce, reply_to=reply_to, reference=reference, interaction=interaction, seen_only_by=seen_only_by,
        forwarded=forwarded, stickers=list(stickers),
    )  # fmt: skip
    _read_mentions(world, message, allowed)
    for words in mentions.loud(_words(message), allowed) if author is world.bot else ():
        world.offences.append(f"a message in {channel.label} lets {words} ring: allowed_mentions does not forbid it")
    if message.ephemeral or flags & SILENT:
        message.pinged = []
    channel.messages[message.id] = message
    channel.active_at = world.clock()
    channel.sent += 1
    if channel.is_thread:
        if channel.archived:
            change_thread(world, channel, by=author.name, archived=False)
        for user in (author, *message.mentions):
            channel.joined.setdefault(user.id, world.clock())
    world.record("message", author.name, channel, message.text, **described(message))
    world.tell("MESSAGE_CREATE", message)
    return message


def forward(world: WorldState, message: Message, channel: Channel, author: User) -> Message:
    """Post a message that holds a copy of another one, without a word of who wrote that.

    https://discord.com/developers/docs/resources/message#message-reference-content-attribution-forwards
    """
    copy = replace(message, embeds=list(message.embeds), attachments=list(message.attachments))
    guild = {} if message.channel.guild is None else {"guild_id": str(message.channel.guild.id)}
    reference = {"type": 1, "channel_id": str(message.channel.id), "message_id": str(message.id), **guild}
    return post(world, channel, author, flags=HAS_SNAPSHOT, reference=reference, forwarded=copy)


def edit(
    world: WorldState, message: Message, changes: Json, *, allowed: Json | None = None, quiet: bool = False
) -> None:
    """Change some of a message's fields. Mentions in it are shown, and ping nobody.

    ``quiet`` is for what Discord changes by itself: it leaves no "(edited)" and no line in the transcript.
    """
    for key, value in changes.items():
        setattr(message, key, value)
    if "content" in changes or "components" in changes:
        pinged = message.pinged
        _read_mentions(world, message, allowed)
        message.pinged = pinged
    if not quiet:
        message.edited_at = world.clock()
        facts = described(message) | {"pinged": []}
        world.record("edited", message.author.name, message.channel, message.text, **facts)
    world.tell("MESSAGE_UPDATE", message)


def delete(world: WorldState, message: Message, by: str) -> None:
    message.deleted = True
    message.channel.messages.pop(message.id, None)
    world.record("deleted", by, message.channel, message.text, message=str(message.id), ephemeral=message.ephemeral)
    world.tell("MESSAGE_DELETE", message)


def open_thread(
    world: WorldState, parent: Channel, owner: User, name: str, *, starter: Message | None = None,
    auto_archive: int | None = None, private: bool = False,
) -> Channel:  # fmt: skip
    """Open a thread; from a message, it gets that message's id. https://discord.com/developers/docs/topics/threads"""
    kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
    if parent.kind is ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    guild = parent.guild
    now = world.clock()
    assert guild is not None  # only a server's channels have threads
    thread = Channel(
        starter.id if starter is not None else world.clock.snowflake(), kind, name, guild, parent, owner=owner,
        auto_archive=auto_archive or 4320, active_at=now, archive_changed_at=now, joined={owner.id: now},
    )  # fmt: skip
    guild.channels[thread.id] = world.channels[thread.id] = thread
    facts = {"thread": str(thread.id), "message": str(starter.id) if starter is not None else None}
    world.record("thread", owner.name, parent, name, **facts)
    world.tell("THREAD_CREATE", thread, newly_created=True)
    if starter is not None:
        starter.thread = thread
        edit(world, starter, {"flags": starter.flags | HAS_THREAD}, quiet=True)
        first = Message(world.clock.snowflake(), thread, starter.author, kind=THREAD_STARTER, reply_to=starter)
        first.reference = {"channel_id": str(parent.id), "message_id": str(starter.id), "guild_id": str(guild.id)}
        thread.messages[first.id] = first
        world.tell("MESSAGE_CREATE", first)
    return thread


def announce_thread(world: WorldState, thread: Channel, owner: User) -> None:
    """Post the line "Ana started a thread" in the parent of a thread that no message started."""
    assert thread.parent is not None  # every thread has one
    note = Message(world.clock.snowflake(), thread.parent, owner, thread.name, kind=THREAD_CREATED)
    note.reference = {"channel_id": str(thread.id)}
    thread.parent.messages[note.id] = note
    world.tell("MESSAGE_CREATE", note)


def change_thread(
    world: WorldState, thread: Channel, *, by: str, archived: bool | None = None, locked: bool | None = None,
    name: str | None = None, auto_archive: int | None = None,
) -> None:  # fmt: skip
    """Archive, lock, rename; each as its own line in the transcript."""
    if name is not None and name != thread.name:
        world.record("renamed", by, thread, name)
        thread.name = name
    if locked is not None and locked != thread.locked:
        thread.locked = locked
        world.record("locked" if locked else "unlocked", by, thread)
    if archived is not None and archived != thread.archived:
        thread.archived = archived
        thread.archive_changed_at = world.clock()
        thread.active_at = world.clock()
        world.record("archived" if archived else "unarchived", by, thread)
    if auto_archive is not None:
        thread.auto_archive = auto_archive
    world.tell("THREAD_UPDATE", thread)


def _read_mentions(world: WorldState, message: Message, allowed: Json | None) -> None:
    seen = mentions.read(
        _words(message), allowed, author=message.author, channel=message.channel, people=world.users,
        reply_to=message.reply_to, now=world.clock(),
    )  # fmt: skip
    message.mentions = seen.users
    message.mention_roles = seen.roles
    message.mention_everyone = seen.everyone
    message.pinged = seen.pinged


def _words(message: Message) -> str:
    """Return all the words of a message that can ping: its content and its text components, not its embeds."""
    texts = [part["content"] for part in parts(message.components) if part.get("type") == 10]
    return "\n".join([message.content, *texts])


def described(message: Message) -> Json:
    """Describe a message: the facts that the transcript keeps."""
    return {
        "message": str(message.id),
        "ephemeral": bool(message.flags & EPHEMERAL),
        "only_for": message.seen_only_by.name if message.seen_only_by is not None else None,
        "thinking": message.loading,
        "content": message.content,
        "embeds": [{key: embed.get(key) for key in ("title", "description")} for embed in message.embeds],
        "attachments": [
            {"name": file.name, "description": file.description, "covered": file.covered}
            for file in message.attachments
        ],
        "open": seen_open(message),
        "buttons": message.buttons,
        "pinged": [user.name for user in message.pinged],
        "reply_to": str(message.reply_to.id) if message.reply_to is not None else None,
        "interaction": str(message.interaction.id) if message.interaction is not None else None,
    }
