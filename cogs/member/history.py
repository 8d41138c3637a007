"""/history: past jobs, mine or those of this place, five a page, with their pictures."""

from __future__ import annotations

import asyncio
import re
from typing import Final, Literal, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused, SourceGone
from bot.jobs.job import Job
from bot.jobs.lineage import result_of
from cogs.ui.attachments import Archive
from cogs.ui.cards import Cards
from cogs.ui.router import Use, button, component

PAGE: Final = 5
"""Jobs on a page: an embed each."""

Scope = Literal["mine", "here"]


class History(commands.Cog):
    """What was made: only for whoever asks to see."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._archive = Archive(bot)
        self._cards = Cards(bot.services.phrases)

    @app_commands.command(description="Look through pictures that were made: yours, or those of this place")
    @app_commands.describe(what="Whose pictures?")
    @app_commands.choices(
        what=[app_commands.Choice(name="mine", value="mine"), app_commands.Choice(name="here", value="here")]
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def history(self, interaction: discord.Interaction, what: app_commands.Choice[str] | None = None) -> None:
        """The newest page."""
        with self._bot.services.looking.of(interaction.user.id):
            await interaction.response.defer(ephemeral=True, thinking=True)
            embeds, view = await self.page(interaction, cast("Scope", what.value if what else "mine"), 0)
            await interaction.followup.send(embeds=embeds, view=view, ephemeral=True)

    @component("past1:mine", "past1:here")
    async def turn_page(self, interaction: discord.Interaction, use: Use) -> None:
        """Show another page in place of this one. The history is that of the member who presses."""
        if not re.fullmatch("[0-9]{1,4}", use.first):
            raise Refused("button-old")
        with self._bot.services.looking.of(interaction.user.id):
            await interaction.response.defer()
            embeds, view = await self.page(interaction, cast("Scope", use.action), int(use.first))
            await interaction.edit_original_response(embeds=embeds, view=view)

    async def page(
        self, interaction: discord.Interaction, scope: Scope, page: int
    ) -> tuple[list[discord.Embed], discord.ui.View]:
        """A page of it, from 0. Raises Refused where there is nothing at all, and for whom the operator has blocked."""
        self._bot.services.intake.admit(interaction.user.id, interaction.guild_id)
        jobs = await self._bot.services.jobs.history(
            member_id=interaction.user.id if scope == "mine" else None,
            place_id=interaction.channel_id if scope == "here" else None,
            skip=page * PAGE,
            most=PAGE + 1,
        )
        if not jobs:
            raise Refused("history-empty")
        locale, catalogue = interaction.locale.value, self._bot.services.whole_catalogue()
        thumbnails = await asyncio.gather(*(self._thumbnail(job, interaction.user.id) for job in jobs[:PAGE]))
        embeds = [
            self._cards.past(locale, job, catalogue, thumbnail)
            for job, thumbnail in zip(jobs[:PAGE], thumbnails, strict=True)
        ]
        view = discord.ui.View(timeout=None)
        say = self._bot.services.phrases.say
        newer = f"past1:{scope}:{max(0, page - 1)}"
        older = f"past1:{scope}:{page + 1}"
        view.add_item(button(newer, say(locale, "history-newer"), disabled=page == 0))
        view.add_item(button(older, say(locale, "history-older"), disabled=len(jobs) <= PAGE))
        return embeds, view

    async def _thumbnail(self, job: Job, member_id: int) -> str | None:
        """Where its picture can be seen now; None where it can't, and for others where it came as a direct message."""
        hidden = job.destination.came_direct and job.destination.requester_id != member_id
        source = None if hidden else result_of(job)
        try:
            return None if source is None else (await self._archive.now(source)).url
        except (discord.HTTPException, SourceGone):
            return None
