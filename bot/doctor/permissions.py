"""The permissions that the bot needs, and those that it has in a channel, by Discord's rules.

https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord

NEEDED: Final = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}
"""The names of the permissions, and what Discord's settings call them."""


def invite_link(application_id: int) -> str:
    """Return the address at which the bot is invited with exactly what it needs."""
    number = discord.Permissions(**dict.fromkeys(NEEDED, True)).value
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}"
        f"&scope=bot+applications.commands&permissions={number}"
    )


def missing(
    member: Mapping[str, Any], guild: Mapping[str, Any], roles: Sequence[Mapping[str, Any]], channel: Mapping[str, Any]
) -> list[str]:
    """Return the needed permissions that a member lacks in a channel. All four are as Discord's API sends them."""
    member_id = member["user"]["id"]
    if guild.get("owner_id") == member_id:
        return []
    mine = {*member["roles"], guild["id"]}
    bits = 0
    for role in roles:
        bits |= int(role["permissions"]) if role["id"] in mine else 0
    if bits & discord.Permissions(administrator=True).value:
        return []
    overwrites = {overwrite["id"]: overwrite for overwrite in channel.get("permission_overwrites") or ()}
    bits = _overwritten(bits, [overwrites[guild["id"]]] if guild["id"] in overwrites else [])
    bits = _overwritten(bits, [overwrites[id_] for id_ in member["roles"] if id_ in overwrites])
    bits = _overwritten(bits, [overwrites[member_id]] if member_id in overwrites else [])
    has = discord.Permissions(bits)
    return [label for name, label in NEEDED.items() if not getattr(has, name)]


def _overwritten(bits: int, overwrites: Sequence[Mapping[str, Any]]) -> int:
    """Apply overwrites of one rank: what any of them allows goes before what another denies."""
    denied = 0
    allowed = 0
    for overwrite in overwrites:
        denied |= int(overwrite["deny"])
        allowed |= int(overwrite["allow"])
    return (bits & ~denied) | allowed
