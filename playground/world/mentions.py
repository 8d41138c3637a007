"""The people that a message mentions and pings, by ``allowed_mentions`` as Discord applies them.

https://discord.com/developers/docs/resources/message#allowed-mentions-object
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from playground.world.people import Role, User
from playground.world.permissions import IN_A_DM, Permission, in_channel
from playground.world.places import Channel, Message

Json = dict[str, Any]

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_ALL = re.compile(r"@(everyone|here)\b")


@dataclass(slots=True)
class Mentions:
    users: list[User] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    everyone: bool = False
    pinged: list[User] = field(default_factory=list)


def read(
    text: str, allowed: Json | None, *, author: User, channel: Channel, people: dict[int, User],
    reply_to: Message | None, now: float,
) -> Mentions:  # fmt: skip
    """Read the mentions in a text. ``allowed`` None: the sender gave no allowed_mentions, and everything counts."""
    mentions = Mentions()
    for snowflake in dict.fromkeys(int(hit) for hit in _USER.findall(text)):
        if snowflake in people and _allows(allowed, "users", snowflake):
            mentions.users.append(people[snowflake])
    rings = allowed is None or bool(allowed.get("replied_user", False))
    if reply_to is not None and rings and reply_to.author not in mentions.users:
        mentions.users.append(reply_to.author)
    guild = channel.guild
    if guild is not None:
        bits = in_channel(guild.members[author.id], channel, now) if author.id in guild.members else 0
        may_all = bool(bits & Permission.MENTION_EVERYONE)
        for snowflake in dict.fromkeys(int(hit) for hit in _ROLE.findall(text)):
            role = guild.roles.get(snowflake)
            if role is not None and _allows(allowed, "roles", snowflake) and (role.mentionable or may_all):
                mentions.roles.append(role)
        mentions.everyone = bool(_ALL.search(text)) and may_all and _parses(allowed, "everyone")
    mentions.pinged = _pinged(mentions, author, channel, now)
    return mentions


def loud(text: str, allowed: Json | None) -> list[str]:
    """Return the mentions of many people that allowed_mentions would let through, whoever the author is."""
    everyone = [hit.group() for hit in _ALL.finditer(text)] if _parses(allowed, "everyone") else []
    return everyone + [hit.group() for hit in _ROLE.finditer(text) if _allows(allowed, "roles", int(hit.group(1)))]


def _parses(allowed: Json | None, what: str) -> bool:
    return allowed is None or what in (allowed.get("parse") or ())


def _allows(allowed: Json | None, what: str, snowflake: int) -> bool:
    if _parses(allowed, what):
        return True
    assert allowed is not None  # _parses says yes to None
    return str(snowflake) in [str(allowed_id) for allowed_id in allowed.get(what) or ()]


def _pinged(mentions: Mentions, author: User, channel: Channel, now: float) -> list[User]:
    """Return the mentioned users who can see the channel, without the author."""
    guild = channel.guild
    if guild is None:
        return [user for user in channel.recipients if user is not author]
    wanted = list(mentions.users)
    for member in guild.members.values():
        if mentions.everyone or any(role in member.roles for role in mentions.roles):
            wanted.append(member.user)
    return [
        user
        for user in dict.fromkeys(wanted)
        if user is not author
        and user.id in guild.members
        and in_channel(guild.members[user.id], channel, now) & Permission.VIEW_CHANNEL
    ]


def permissions_of(user: User, channel: Channel, now: float) -> int:
    """Return what a user may do in a channel of any kind; 0 where they are not in the server."""
    if channel.guild is None:
        return IN_A_DM
    member = channel.guild.members.get(user.id)
    return 0 if member is None else in_channel(member, channel, now)
