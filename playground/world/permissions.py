"""Permissions: roles, then overwrites, as Discord adds them up.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from enum import IntFlag

from playground.world.places import Channel, Membership


class Permission(IntFlag):
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    CHANGE_NICKNAME = 1 << 26
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


P = Permission

EVERYTHING = (1 << 53) - 1
EVERYONE = int(
    P.ADD_REACTIONS | P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.USE_EXTERNAL_EMOJIS | P.CONNECT | P.SPEAK | P.CHANGE_NICKNAME | P.USE_APPLICATION_COMMANDS
    | P.CREATE_PUBLIC_THREADS | P.SEND_MESSAGES_IN_THREADS | P.USE_EXTERNAL_APPS
)  # fmt: skip
IN_A_DM = int(EVERYONE | P.MENTION_EVERYONE)
WHILE_TIMED_OUT = int(P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY)
ONLY_WITH_SENDING = int(P.MENTION_EVERYONE | P.SEND_TTS_MESSAGES | P.ATTACH_FILES | P.EMBED_LINKS)


def in_guild(member: Membership) -> int:
    """Return what the roles alone allow."""
    if member.guild.owner is member.user:
        return EVERYTHING
    bits = 0
    for role in (member.guild.everyone, *member.roles):
        bits |= role.permissions
    return EVERYTHING if bits & P.ADMINISTRATOR else bits


def in_channel(member: Membership, channel: Channel, now: float) -> int:
    """Return what a member may do in this channel; a thread takes its parent's overwrites."""
    bits = in_guild(member)
    if bits == EVERYTHING:
        return bits
    place = channel.parent if channel.is_thread and channel.parent is not None else channel
    bits = _overwritten(bits, member, place)
    if member.timed_out_until is not None and member.timed_out_until > now:
        bits &= WHILE_TIMED_OUT
    return _implied(bits, thread=channel.is_thread)


def _overwritten(bits: int, member: Membership, place: Channel) -> int:
    everyone = place.overwrites.get(member.guild.id)
    if everyone is not None:
        bits = bits & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role in member.roles:
        overwrite = place.overwrites.get(role.id)
        if overwrite is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    bits = bits & ~deny | allow
    own = place.overwrites.get(member.user.id)
    return bits if own is None else bits & ~own.deny | own.allow


def _implied(bits: int, *, thread: bool) -> int:
    """Remove what missing permissions imply.

    https://discord.com/developers/docs/topics/permissions#implicit-permissions
    """
    if not bits & P.VIEW_CHANNEL:
        return 0
    sending = P.SEND_MESSAGES_IN_THREADS if thread else P.SEND_MESSAGES
    return bits if bits & sending else bits & ~ONLY_WITH_SENDING
