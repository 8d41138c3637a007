"""/history: past jobs with their pictures, those of a member or of a place, five on a page."""

from __future__ import annotations

import asyncio
import re
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused, SourceGone
from bot.jobs.job import Job
from bot.jobs.lineage import result_of
from bot.orders import Source
from cogs.ui.attachments import MessageAttachments
from cogs.ui.cards import Cards
from cogs.ui.router import Use, button, component

PAGE: Final = 5
"""Jobs on a page: an embed each."""


class History(commands.Cog):
    """The /history command, answered to the member only."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._attachments = MessageAttachments(bot)
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)

    @app_commands.command(description="Look through pictures that were made: yours, or those of this place")
    @app_commands.describe(what="Whose pictures?")
    @app_commands.choices(
        what=[app_commands.Choice(name="mine", value="mine"), app_commands.Choice(name="here", value="here")]
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def history(self, interaction: discord.Interaction, what: app_commands.Choice[str] | None = None) -> None:
        """Show the newest page. Raises Refused."""
        with self._bot.services.looking.of(interaction.user.id):
            await interaction.response.defer(ephemeral=True, thinking=True)
            embeds, view = await self.page(interaction, 0, mine=what is None or what.value == "mine")
            await interaction.followup.send(embeds=embeds, view=view, ephemeral=True)

    @component("past1:mine", "past1:here")
    async def turn_page(self, interaction: discord.Interaction, use: Use) -> None:
        """Show another page in place of this one. The history is that of the member who presses."""
        if not re.fullmatch("[0-9]{1,4}", use.first):
            raise Refused("button-old")
        with self._bot.services.looking.of(interaction.user.id):
            await interaction.response.defer()
            embeds, view = await self.page(interaction, int(use.first), mine=use.action == "mine")
            await interaction.edit_original_response(embeds=embeds, view=view)

    async def page(
        self, interaction: discord.Interaction, page: int, *, mine: bool
    ) -> tuple[list[discord.Embed], discord.ui.View]:
        """Build a page, from 0, of the member's own jobs (``mine``) or of this place's.

        Raises Refused if it is empty.
        """
        jobs = await self._bot.services.jobs.history(
            member_id=interaction.user.id if mine else None,
            place_id=None if mine else interaction.channel_id,
            skip=page * PAGE,
            most=PAGE + 1,
        )
        if not jobs:
            raise Refused("history-empty")
        locale = interaction.locale.value
        pictures = await asyncio.gather(*(self._picture(job, interaction.user.id) for job in jobs[:PAGE]))
        embeds = [
            self._cards.history_entry(locale, job, picture) for job, picture in zip(jobs[:PAGE], pictures, strict=True)
        ]
        view = discord.ui.View(timeout=None)
        say = self._bot.services.phrases.say
        scope = "mine" if mine else "here"
        newer = f"past1:{scope}:{max(0, page - 1)}"
        older = f"past1:{scope}:{page + 1}"
        view.add_item(button(newer, say(locale, "history-newer"), disabled=page == 0))
        view.add_item(button(older, say(locale, "history-older"), disabled=len(jobs) <= PAGE))
        return embeds, view

    async def _picture(self, job: Job, member_id: int) -> Source | None:
        """Return the picture with its current address, or None if it is gone or was sent directly to another member."""
        hidden = job.destination.came_direct and job.destination.requester_id != member_id
        source = None if hidden else result_of(job)
        try:
            return None if source is None else await self._attachments.refresh(source)
        except (discord.HTTPException, SourceGone):
            return None
