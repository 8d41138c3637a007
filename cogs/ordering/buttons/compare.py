"""The buttons that show how a picture came about: before and after, and all steps. For the member who asked."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.jobs.job import Job
from cogs.delivery.collages import Collages
from cogs.ordering.buttons.checks import refuse_deleted, refuse_forgotten
from cogs.ordering.owners import Owners
from cogs.ui.router import Use, component


class CompareButtons(commands.Cog):
    """The buttons that show how a picture came about. Everybody may press them."""

    def __init__(self, bot: Retouch, collages: Collages) -> None:
        self._bot = bot
        self._collages = collages
        self._owners = Owners(bot)

    @component("job1:compare", of_job=True)
    async def compare(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show the picture before and after, to the member who asked. Raises Refused."""
        refuse_forgotten(job, "compare")
        refuse_deleted(job)
        results = await self._owners.results(interaction)
        if not results or not job.sources:
            raise Refused("nothing-to-compare")
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.compare(interaction, job, results[0])

    @component("job1:steps", of_job=True)
    async def steps(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show all pictures that led to this one, to the member who asked. Raises Refused."""
        refuse_forgotten(job, "steps")
        results = await self._owners.results(interaction)
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.steps(interaction, job, results[0] if results else None)
