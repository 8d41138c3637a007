"""The events that a session receives, by its intents and by what the bot may see.

https://discord.com/developers/docs/events/gateway#gateway-intents
"""

from __future__ import annotations

from typing import Any

from playground.world.mentions import permissions_of
from playground.world.permissions import Permission
from playground.world.places import Channel, Guild, Message
from playground.world.state import Event
from playground.world.world import World

from . import place_shapes
from .shapes import Shapes

Json = dict[str, Any]

GUILDS = 1
MEMBERS = 1 << 1
PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
CONTENT = 1 << 15


def forbidden(world: World, intents: int) -> bool:
    """Return whether a session asks for a privileged intent that is switched off in the portal."""
    app = world.application
    off = (MEMBERS, app.members_intent), (PRESENCES, app.presences_intent), (CONTENT, app.message_content)
    return any(intents & bit and not on for bit, on in off)


def guild_of(event: Event) -> Guild | None:
    """Return the server in which it happened; None for direct conversations."""
    thing = event.thing
    if isinstance(thing, Guild):
        return thing
    if "guild" in event.extra:
        extra: Guild = event.extra["guild"]
        return extra
    channel = getattr(thing, "channel", None)
    guild: Guild | None = (channel if isinstance(channel, Channel) else thing).guild
    return guild


def payload(event: Event, intents: int, form: Shapes) -> Json | None:
    """Return what a session with these intents is sent, or None."""
    family = event.name.split("_")[0]
    if event.name == "INTERACTION_CREATE":
        return form.interaction(event.thing)
    if family == "MESSAGE":
        return _message(event, intents, form)
    if event.name.startswith("GUILD_MEMBER"):
        return _member(event) if intents & MEMBERS else None
    if not intents & GUILDS:
        return None
    if family in ("CHANNEL", "THREAD"):
        return _channel(event, form)
    if family == "GUILD" and "ROLE" in event.name:
        return {"guild_id": str(event.extra["guild"].id), "role": place_shapes.role(event.thing)}
    if event.name == "GUILD_DELETE":
        return {"id": str(event.thing.id)}
    return form.guild(event.thing, everybody=bool(intents & MEMBERS))


def _message(event: Event, intents: int, form: Shapes) -> Json | None:
    """Return a message's event where the bot can see the channel; nobody hears of an ephemeral message."""
    message: Message = event.thing
    guild = message.channel.guild
    world = form.world
    if message.seen_only_by is not None or not intents & (GUILD_MESSAGES if guild is not None else DIRECT_MESSAGES):
        return None
    if not permissions_of(world.bot, message.channel, world.clock()) & Permission.VIEW_CHANNEL:
        return None
    where = {} if guild is None else {"guild_id": str(guild.id)}
    if event.name == "MESSAGE_DELETE":
        return {"id": str(message.id), "channel_id": str(message.channel.id), **where}
    shape = form.message(message, readable=form.readable(message, intents), intents=intents) | where
    shape["channel_type"] = int(message.channel.kind)
    author = guild.members.get(message.author.id) if guild is not None else None
    if author is not None:
        shape["member"] = place_shapes.member(author, with_user=False)
    if guild is not None:
        for user in shape["mentions"]:
            if int(user["id"]) in guild.members:
                user["member"] = place_shapes.member(guild.members[int(user["id"])], with_user=False)
    return shape


def _member(event: Event) -> Json:
    member = event.thing
    guild = {"guild_id": str(member.guild.id)}
    if event.name == "GUILD_MEMBER_REMOVE":
        return guild | {"user": place_shapes.user(member.user)}
    return guild | place_shapes.member(member)


def _channel(event: Event, form: Shapes) -> Json | None:
    channel: Channel = event.thing
    if channel.is_thread and not permissions_of(form.world.bot, channel, form.world.clock()) & Permission.VIEW_CHANNEL:
        return None
    if event.name == "THREAD_DELETE":
        assert channel.guild is not None and channel.parent is not None  # a thread has both
        return {"id": str(channel.id), "guild_id": str(channel.guild.id), "parent_id": str(channel.parent.id),
                "type": int(channel.kind)}  # fmt: skip
    shape = form.channel(channel)
    if event.extra.get("newly_created"):
        shape["newly_created"] = True
    return shape
