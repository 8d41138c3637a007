"""The current permissions of the member of an interaction. Checked at each step: buttons outlive lost permissions.

Actions on a whole server need a permission in the whole server: an overwrite of a channel grants Manage Messages in
that channel alone. https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

import discord

from bot.client import Retouch
from bot.errors import Refused


def in_server(interaction: discord.Interaction) -> discord.Permissions:
    """Return the permissions of the member's roles in the server, without any channel's overwrites; none elsewhere."""
    member = interaction.user
    if not isinstance(member, discord.Member) or interaction.guild_id is None:
        return discord.Permissions.none()
    return member.guild_permissions


def require_manager(interaction: discord.Interaction) -> int:
    """Return the server's id. Raises Refused if the member may not manage it, and outside servers."""
    if interaction.guild_id is None or not in_server(interaction).manage_guild:
        raise Refused("not-manager")
    return interaction.guild_id


async def in_place(bot: Retouch, interaction: discord.Interaction, channel_id: int) -> discord.Permissions:
    """Return the member's permissions in another channel or thread of the server, or in the server when it is gone."""
    member = interaction.user
    guild = interaction.guild
    if not isinstance(member, discord.Member) or guild is None:
        return discord.Permissions.none()
    channel: object = guild.get_channel_or_thread(channel_id)
    try:
        channel = channel or await bot.fetch_channel(channel_id)  # an archived thread is not in the cache
    except discord.HTTPException:
        return in_server(interaction)
    if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or channel.guild.id != guild.id:
        return discord.Permissions.none()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return in_server(interaction)
    return channel.permissions_for(member)
