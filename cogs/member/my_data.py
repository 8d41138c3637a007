"""/about privacy and /mydata: a member's data, explained, exported and deleted. For everybody, even blocked members."""

from __future__ import annotations

import asyncio
import gzip
import io
import shutil
import tempfile
from typing import IO, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from cogs.ui.router import Use, button, component

LARGEST_FILE: Final = 10 * 1024 * 1024
"""Bytes of a file that Discord takes everywhere. Larger exports are compressed."""

EXPORTS_AT_ONCE: Final = 2
"""Exports of all members, since each reads many rows. Further ones wait in order."""

EVERYWHERE: Final = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
INSTALLED: Final = app_commands.AppInstallationType(guild=True, user=False)


class MyData(commands.Cog):
    """The commands, answered to the member only; and the record of servers that the bot left, for later deletion."""

    about = app_commands.Group(
        name="about", description="About this bot", allowed_installs=INSTALLED, allowed_contexts=EVERYWHERE
    )
    mydata = app_commands.Group(
        name="mydata", description="What I keep about you", allowed_installs=INSTALLED, allowed_contexts=EVERYWHERE
    )

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._privacy = bot.services.privacy
        self._exports = asyncio.Semaphore(EXPORTS_AT_ONCE)

    @about.command(name="privacy", description="What I keep, for how long, and where pictures go")
    async def on_privacy(self, interaction: discord.Interaction) -> None:
        """Show what is stored, with the operator's actual periods."""
        days = {"days": self._privacy.retention_days, "gone": self._privacy.guild_gone_days}
        parts = ("orders", "pictures", "ai", "yours", "servers")
        text = "\n".join(self._say(interaction, f"about-privacy-{part}", **days) for part in parts)
        await interaction.response.send_message(text, ephemeral=True)

    @mydata.command(description="All that I keep about you, as one file")
    async def export(self, interaction: discord.Interaction) -> None:
        """Send all data about the member as JSON, compressed if it is too large otherwise. Raises Refused."""
        with self._bot.services.exporting.of(interaction.user.id):
            await interaction.response.defer(ephemeral=True, thinking=True)
            async with self._exports:
                await self._send_export(interaction)

    async def _send_export(self, interaction: discord.Interaction) -> None:
        """Send the export from temporary files, so that little of it is in memory."""
        with tempfile.TemporaryFile() as plain, tempfile.TemporaryFile() as packed:
            file = plain
            name = "mydata.json"
            text = io.TextIOWrapper(plain, "utf-8", write_through=True)
            await self._privacy.export(interaction.user.id, text, self._say(interaction, "mydata-made-by-ai"))
            if plain.tell() > LARGEST_FILE:
                file = packed
                name = "mydata.json.gz"
                await asyncio.to_thread(_pack, plain, packed)
            if file.tell() > LARGEST_FILE:
                raise Refused("export-too-large")
            file.seek(0)
            sentence = self._say(interaction, "mydata-export")
            await interaction.followup.send(sentence, file=discord.File(file, name), ephemeral=True)

    @mydata.command(description="Forget what you keep about me; asks once more")
    async def delete(self, interaction: discord.Interaction) -> None:
        """Show what will be deleted, what stays, and what only the member can delete. Request a confirmation."""
        view = discord.ui.View(timeout=None)
        view.add_item(button("forget1", self._say(interaction, "button-forget"), discord.ButtonStyle.danger))
        parts = ("sure", "goes", "day", "open", "stays", "wish", "moderation", "messages")
        text = "\n".join(self._say(interaction, f"mydata-{part}") for part in parts)
        await interaction.response.send_message(text, view=view, ephemeral=True)

    @mydata.command(description="Whether others may have your pictures changed; without a choice, how it stands")
    @app_commands.describe(allow="May others use your pictures, your avatar, and what you had painted?")
    @app_commands.choices(
        allow=[app_commands.Choice(name="yes", value="yes"), app_commands.Choice(name="no", value="no")]
    )
    async def pictures(self, interaction: discord.Interaction, allow: app_commands.Choice[str] | None = None) -> None:
        """Set or show the member's consent to edits of their pictures by others, in every server."""
        consent = self._bot.services.consent
        member_id = interaction.user.id
        if allow is not None:
            await consent.give(member_id, allow.value == "yes")
        is_given = await consent.is_given(member_id)
        sentence = self._say(interaction, "mydata-pictures-yes" if is_given else "mydata-pictures-no")
        await interaction.response.send_message(sentence, ephemeral=True)

    @component("forget1", for_blocked=True)
    async def forget(self, interaction: discord.Interaction, _: Use) -> None:
        """Delete the data of the member who confirmed it."""
        await interaction.response.defer()
        left = await self._privacy.forget(interaction.user.id)
        keys = ["mydata-forgotten"]
        keys += ["mydata-counted"] if left.counted else []
        keys += ["mydata-left"] if left.open else []
        facts = {"forgotten": left.forgotten, "counted": left.counted, "open": left.open}
        text = "\n".join(self._say(interaction, key, **facts) for key in [*keys, "mydata-messages"])
        await interaction.edit_original_response(content=text, view=None)

    def _say(self, interaction: discord.Interaction, key: str, **facts: int) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts)

    # Servers

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Compare the recorded departures with the servers, all known by now, also those that are unavailable."""
        await self._privacy.present({guild.id for guild in self._bot.guilds}, self._bot.services.slot.owns)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Remove a departure, since the bot may have joined the server again."""
        await self._privacy.departures.take_back({guild.id})

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Remove a departure, since the bot is in the server. Until the client is ready, ``on_ready`` does it."""
        if self._bot.is_ready():
            await self._privacy.departures.take_back({guild.id})

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Record a departure. An outage of a server is another event (``on_guild_unavailable``)."""
        await self._privacy.departures.note({guild.id})


def _pack(plain: IO[bytes], packed: IO[bytes]) -> None:
    plain.seek(0)
    with gzip.GzipFile(fileobj=packed, mode="wb") as target:
        shutil.copyfileobj(plain, target)
