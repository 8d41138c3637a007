"""/style: a server's own styles, added and removed by its managers."""

from __future__ import annotations

from functools import partial
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.guilds.styles import NAME_LIMIT, TEMPLATE_LIMIT
from bot.text import escape, quote, shorten
from cogs.ui.split import CONTENT_LIMIT

LABEL: Final = 100
"""Characters of a suggestion. https://discord.com/developers/docs/interactions/application-commands"""


class ServerStyles(commands.Cog):
    """The /style commands. For members who may manage the server, unless its settings under Integrations differ."""

    style = app_commands.Group(
        name="style",
        description="This server's own styles",
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
    )

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._styles = bot.services.styles

    @style.command(description="Add a style, or write an old one anew; members find it in /edit and /imagine")
    @app_commands.describe(
        name="What is it called?",
        words="What is sent; {prompt} is where a member's words go. For example: {prompt}, as a neon sign",
    )
    async def add(
        self,
        interaction: discord.Interaction,
        name: app_commands.Range[str, 1, NAME_LIMIT],
        words: app_commands.Range[str, 1, TEMPLATE_LIMIT],
    ) -> None:
        """Store a style, in place of a style with the same name. Raises Refused."""
        guild_id = await self._begin(interaction)
        style = await self._styles.put(guild_id, name, words, interaction.user.id)
        sentence = self._bot.services.phrases.say(interaction.locale.value, "style-kept", {"style": escape(style.name)})
        text = shorten(f"{sentence}\n{quote(style.template, TEMPLATE_LIMIT)}", CONTENT_LIMIT)
        await interaction.followup.send(text, ephemeral=True)

    @style.command(description="Remove one of this server's own styles; its pictures stay")
    @app_commands.describe(name="Which one?")
    async def remove(self, interaction: discord.Interaction, name: str) -> None:
        """Delete a style. Raises Refused."""
        guild_id = await self._begin(interaction)
        style = await self._styles.remove(guild_id, name)
        sentence = self._bot.services.phrases.say(
            interaction.locale.value, "style-removed", {"style": escape(style.name)}
        )
        await interaction.followup.send(sentence, ephemeral=True)

    @remove.autocomplete("name")
    async def _own(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Return the server's styles with their words, so that a manager can tell them apart."""
        say = partial(self._bot.services.phrases.say, interaction.locale.value)
        styles = await self._styles.suggest(interaction.guild_id, typed, say=say)
        own = [style for style in styles if style.key is None]
        return [
            app_commands.Choice(name=shorten(f"{style.name}: {style.template}", LABEL), value=style.id) for style in own
        ]

    async def _begin(self, interaction: discord.Interaction) -> int:
        """Defer the answer, since databases may be slow, and return the server's id."""
        guild_id = interaction.guild_id
        assert guild_id is not None  # the command is offered in servers only
        await interaction.response.defer(ephemeral=True, thinking=True)
        return guild_id
