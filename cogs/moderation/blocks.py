"""/block: members who may make no pictures in this server."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Refused
from bot.guilds.audit import AuditEntry
from bot.guilds.blocks import DAYS_MOST, REASON_LIMIT, Block
from bot.text import escape
from cogs.ui.log_channel import LogChannel
from cogs.ui.rights import in_server
from cogs.ui.split import CONTENT_LIMIT

LISTED: Final = 25
"""Blocks that are listed."""


class BlockCommands(commands.Cog):
    """The /block commands, for members who may manage messages in the whole server.

    Discord offers them to members who may manage messages in a single channel, too.
    """

    block = app_commands.Group(
        name="block",
        description="Who may make no pictures in this server",
        default_permissions=discord.Permissions(manage_messages=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._blocks = bot.services.blocks
        self._log_channel = LogChannel(bot)

    @block.command(description="A member makes no more pictures here; they are told why when they try")
    @app_commands.describe(
        member="Who?", reason="Why? They will read it", days="For how many days? Leave it out for ever"
    )
    async def add(
        self,
        interaction: discord.Interaction,
        member: discord.User,
        reason: app_commands.Range[str, 1, REASON_LIMIT],
        days: app_commands.Range[int, 1, DAYS_MOST] | None = None,
    ) -> None:
        """Add a block in place of an older block of the member. Raises Refused."""
        guild_id = await self._begin(interaction)
        entry = await self._blocks.put(guild_id, member.id, interaction.user.id, reason, days)
        await self._end(interaction, "blocked-for" if days else "blocked-for-ever", entry)

    @block.command(description="A blocked member may make pictures here again")
    @app_commands.describe(member="Who?")
    async def remove(self, interaction: discord.Interaction, member: discord.User) -> None:
        """Remove a block before its end. Raises Refused."""
        guild_id = await self._begin(interaction)
        entry = await self._blocks.remove(guild_id, member.id, interaction.user.id)
        await self._end(interaction, "unblocked", entry)

    @block.command(name="list", description="Who is blocked here, why, and until when")
    async def show(self, interaction: discord.Interaction) -> None:
        """Show the blocks, the newest first. Raises Refused."""
        blocks = await self._blocks.of_server(await self._begin(interaction))
        lines = [self._say(interaction, "blocks-some" if blocks else "blocks-none")]
        for number, block in enumerate(blocks):
            line = self._line(interaction, block)
            if number == LISTED or len("\n".join([*lines, line])) > CONTENT_LIMIT - 100:
                lines.append(self._say(interaction, "blocks-more", count=len(blocks) - number))
                break
            lines.append(line)
        await interaction.followup.send("\n".join(lines), ephemeral=True)

    def _line(self, interaction: discord.Interaction, block: Block) -> str:
        by = self._say(interaction, "audit-somebody") if block.by == NOBODY else f"<@{block.by}>"
        facts: dict[str, str | int] = {"member": f"<@{block.member_id}>", "by": by, "reason": escape(block.reason)}
        if block.until is None:
            return self._say(interaction, "blocks-for-ever", **facts)
        return self._say(interaction, "blocks-until", until=int(block.until), **facts)

    async def _begin(self, interaction: discord.Interaction) -> int:
        """Check the member, defer the answer (databases may be slow), and return the server's id. Raises Refused."""
        if not in_server(interaction).manage_messages:
            raise Refused("not-moderator-server")
        guild_id = interaction.guild_id
        assert guild_id is not None  # elsewhere a member has no rights in a server
        await interaction.response.defer(ephemeral=True, thinking=True)
        return guild_id

    async def _end(self, interaction: discord.Interaction, key: str, entry: AuditEntry) -> None:
        until = entry.facts.get("until", 0)
        sentence = self._say(interaction, key, member=f"<@{entry.member_id}>", until=until)
        await interaction.followup.send(sentence, ephemeral=True)
        await self._log_channel.post_entry(interaction, entry)

    def _say(self, interaction: discord.Interaction, key: str, **facts: str | int) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts)
