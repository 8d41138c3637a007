"""The view: the world as one person sees it, as JSON for the page. Reads only; changes nothing."""

from __future__ import annotations

import re
from typing import Any, Final

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.mentions import permissions_of
from playground.world.messages import Attachment
from playground.world.people import User
from playground.world.permissions import Permission
from playground.world.places import Channel, InteractionType, Message
from playground.world.typed_command import CannotDo, leaves

Json = dict[str, Any]

_OURS: Final = re.compile(r"https?://127\.0\.0\.1:\d+/attachments/\d+/(?P<id>\d+)/(?P<name>[^?/]+)(\?.*)?")
"""The address of an attachment at the stand-in's file server."""
_SIDE: Final = 160
"""Pixels."""

THREAD_STARTER: Final = 21
"""The empty message with which Discord begins a thread; its app draws the card there instead."""


def view(me: Member, here: Channel | None) -> Json:
    """Return every place that this person can see, and all of the place that they are looking at."""
    world = me.world
    seen = [place for place in world.channels.values() if readable(me, place)]
    here = here if here in seen else next((place for place in seen if place.name == "photos"), seen[0])
    servers = [
        {
            "id": str(guild.id),
            "name": guild.name,
            "channels": [_place(me, place) for place in seen if place.guild is guild and not place.is_thread],
            "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles.values()],
        }
        for guild in world.guilds.values()
        if me.user.id in guild.members
    ]
    return {
        "me": str(me.user.id),
        "people": [_person(me, user) for user in world.users.values()],
        "servers": servers,
        "direct": [_place(me, place) | {"name": world.bot.name} for place in seen if place.guild is None],
        "here": _open(me, here),
    }


def _person(me: Member, user: User) -> Json:
    member = any(user.id in guild.members for guild in me.world.guilds.values())
    return {"id": str(user.id), "name": user.name, "bot": user.bot, "member": member}


def readable(me: Member, place: Channel) -> bool:
    """Return whether this person can read there at all."""
    if place.guild is None:
        return me.user in place.recipients
    return bool(permissions_of(me.user, place, me.world.clock()) & Permission.VIEW_CHANNEL)


def _place(me: Member, place: Channel) -> Json:
    messages = [message for message in me.sees(place) if message.kind != THREAD_STARTER]
    starter = place.parent.messages.get(place.id) if place.parent is not None else None
    is_mine = starter is not None and starter.interaction is not None and starter.interaction.user is me.user
    return {
        "id": str(place.id),
        "name": place.name,
        "topic": place.topic or "",
        "archived": place.archived,
        "mine": is_mine,
        "count": len(messages),
        "last": str(messages[-1].id) if messages else "0",
        "pings": [str(message.id) for message in messages if me.user in message.pinged],
        "threads": [_place(me, thread) for thread in place.threads if readable(me, thread)],
    }


def _open(me: Member, place: Channel) -> Json:
    """Return the open place: its messages, what may be written, and which commands are offered."""
    bits = permissions_of(me.user, place, me.world.clock())
    needed = Permission.SEND_MESSAGES_IN_THREADS if place.is_thread else Permission.SEND_MESSAGES
    messages = [_message(me, message) for message in me.sees(place) if message.kind != THREAD_STARTER]
    interactions = me.world.interactions.values()
    messages += [_failure(me, interaction) for interaction in interactions if _failed(me, interaction, place)]
    kind = "thread" if place.is_thread else "channel"
    return {
        "id": str(place.id),
        "name": place.name or me.world.bot.name,
        "kind": "direct" if place.guild is None else kind,
        "topic": place.topic or "",
        "parent": str(place.parent.id) if place.parent is not None else None,
        "writable": bool(bits & needed) and not place.locked,
        "messages": sorted(messages, key=lambda message: int(message["id"])),
        "commands": _offered(me, place),
    }


def _offered(me: Member, place: Channel) -> list[Json]:
    offered: dict[tuple[str, int], Json] = {}
    for command in me.world.commands:
        for name, description in leaves(command):
            try:
                _, _, specs = me.finds(place, name, kind=command["type"])
            except CannotDo:
                continue
            shape = {"name": name, "kind": command["type"], "description": description, "options": specs}
            offered[name, command["type"]] = shape
    return list(offered.values())


def _failed(me: Member, interaction: Interaction, place: Channel) -> bool:
    return (
        interaction.failed
        and interaction.user is me.user
        and interaction.channel is place
        and interaction.kind is not InteractionType.AUTOCOMPLETE
    )


def _failure(me: Member, interaction: Interaction) -> Json:
    """Return what Discord's app says by itself, to this person only."""
    bot = me.world.bot
    return {
        "id": str(interaction.id), "author": {"id": str(bot.id), "name": bot.name, "bot": True},
        "at": interaction.created_at, "failed": True, "ephemeral": True, "used": interaction.name,
        "content": "The application did not respond", "embeds": [], "attachments": [], "components": [], "pings": False,
    }  # fmt: skip


def _message(me: Member, message: Message) -> Json:
    author = message.author
    reply = message.reply_to
    used = message.interaction
    bits = permissions_of(me.user, message.channel, me.world.clock())
    return {
        "id": str(message.id),
        "author": {"id": str(author.id), "name": author.name, "bot": author.bot},
        "at": message.created_at,
        "kind": message.kind,
        "content": message.content,
        "loading": message.loading,
        "edited": message.edited_at is not None,
        "ephemeral": message.ephemeral,
        "pings": me.user in message.mentions or message.mention_everyone,
        "embeds": [_embed(embed, message) for embed in message.embeds],
        "attachments": [attachment(file) for file in message.attachments if not file.placed],
        "components": [_component(part, message) for part in message.components],
        "thread": str(message.thread.id) if message.thread is not None else None,
        "used": used.name if used is not None else None,
        "by": used.user.name if used is not None else None,
        "reply": None if reply is None else _quoted(me, reply),
        "deletable": not message.ephemeral and (author is me.user or bool(bits & Permission.MANAGE_MESSAGES)),
    }


def _quoted(me: Member, reply: Message) -> Json:
    hidden = reply.deleted or reply.seen_only_by not in (None, me.user)
    text = "Original message was deleted" if hidden else reply.text or ("a picture" if reply.attachments else "")
    return {"id": str(reply.id), "author": "" if hidden else reply.author.name, "text": text[:160]}


def attachment(file: Attachment) -> Json:
    """Return a file as the page shows it. ``url`` is on the page's own server."""
    return {
        "id": str(file.id), "name": file.name, "alt": file.description or "", "url": f"/file/{file.id}",
        "size": len(file.data), "width": file.width, "height": file.height, "covered": file.covered,
    }  # fmt: skip


def _embed(embed: Json, message: Message) -> Json:
    shape = dict(embed)
    for key in ("image", "thumbnail"):
        if isinstance(embed.get(key), dict):
            shape[key] = _media(embed[key], message) | {"covered": False}  # Discord covers nothing in an embed
    return shape


def _component(part: Json, message: Message) -> Json:
    shape = dict(part)
    for key in ("components", "items"):
        if isinstance(part.get(key), list):
            shape[key] = [_component(inner, message) for inner in part[key]]
    for key in ("media", "file"):
        if isinstance(part.get(key), dict):
            shape[key] = _media(part[key], message) | {"covered": bool(part.get("spoiler"))}
    if isinstance(part.get("accessory"), dict):
        shape["accessory"] = _component(part["accessory"], message)
    return shape


def _media(media: Json, message: Message) -> Json:
    """Replace attachment://name by the file itself, and so the address of a file of this world.

    An address elsewhere stays one, which the page only links to.
    """
    address = str(media.get("url") or "")
    for file in message.attachments:
        if address == f"attachment://{file.name}":
            return attachment(file)
    if ours := _OURS.fullmatch(address):
        side = _SIDE  # of a thumbnail, whatever the picture's own
        name = ours["name"]
        url = f"/file/{ours['id']}"
        return {"id": ours["id"], "name": name, "alt": "", "url": url, "width": side, "height": side}
    return {"url": address, "elsewhere": True}
