"""Rights: what the member of an interaction may do now. Asked at each step: a kept button outlives lost rights.

What holds for a whole server needs a right of the whole server: an overwrite of a channel grants Manage Messages in
that channel alone. https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

import discord

from bot.client import Retouch


def in_server(interaction: discord.Interaction) -> discord.Permissions:
    """Return what the member's roles allow in the server, without any channel's overwrites; nothing elsewhere."""
    member = interaction.user
    if not isinstance(member, discord.Member) or interaction.guild_id is None:
        return discord.Permissions.none()
    return member.guild_permissions


async def in_place(bot: Retouch, interaction: discord.Interaction, channel_id: int) -> discord.Permissions:
    """Return what the member may do in another channel or thread of the server; in the server, where it is gone."""
    member, guild = interaction.user, interaction.guild
    if not isinstance(member, discord.Member) or guild is None:
        return discord.Permissions.none()
    channel = guild.get_channel_or_thread(channel_id)
    try:
        found = channel or await bot.fetch_channel(channel_id)  # a thread that sleeps is in no memory
    except discord.HTTPException:
        return in_server(interaction)
    if not isinstance(found, discord.abc.GuildChannel | discord.Thread) or found.guild.id != guild.id:
        return discord.Permissions.none()
    if isinstance(found, discord.Thread) and found.parent is None:
        return in_server(interaction)
    return found.permissions_for(member)
