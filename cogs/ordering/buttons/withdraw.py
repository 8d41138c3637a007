"""The buttons that take a job or its picture away: cancel, delete, and the report that asks moderators to delete."""

from __future__ import annotations

from functools import partial

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Refused
from bot.jobs.job import Job
from cogs.moderation.erasing import Erasing, with_place
from cogs.moderation.reports import PictureReporting
from cogs.ordering.buttons.checks import refuse_deleted, refuse_forgotten
from cogs.ui.cards import Cards
from cogs.ui.components import row
from cogs.ui.job_of_message import JobFinder
from cogs.ui.marks import read_requester
from cogs.ui.router import Use, component


class WithdrawButtons(commands.Cog):
    """The buttons that take a job or its picture away. Only the requester and moderators cancel and delete."""

    def __init__(self, bot: Retouch, erasing: Erasing, reports: PictureReporting) -> None:
        self._bot = bot
        self._erasing = erasing
        self._reports = reports
        self._job_finder = JobFinder(bot)
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)

    @component("job1:report", of_job=True)
    async def report(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that reports the picture. Raises Refused."""
        refuse_deleted(job)
        await self._reports.open_form(interaction, job)

    @component("job1:cancel", of_job=True)
    async def cancel(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Cancel the job. Raises Refused."""
        refuse_forgotten(job, "cancel")
        self._check_rights(interaction, job)
        outcome = await self._bot.services.jobs.cancel(job.id, interaction.user.id)
        if outcome is None:
            raise Refused("too-late-to-cancel")
        if outcome == "free":
            await self._bot.services.ledger.give_back(job.id)
        sentence = self._cards.say_in(interaction.locale.value, f"cancelled-{outcome}")
        await interaction.response.send_message(sentence, ephemeral=True)
        if outcome != "buying":  # else the workflow shows the cancellation once the purchase is clear
            await self._bot.courier.cancelled(await self._reload(job))
        if outcome == "free":
            await self._bot.services.intake.leave_queue(job)

    @component("job1:delete", of_job=True)
    async def ask_to_delete(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Request a confirmation. Raises Refused."""
        self._check_rights(interaction, job)
        say = partial(self._cards.say_in, interaction.locale.value)
        # The place of a forgotten job's picture is stored nowhere, so the id of the second button holds it.
        where = f":{interaction.message.id}" if job.forgotten_at is not None and interaction.message else ""
        confirmation = row(job.id + where, {"erase": say("button-erase")})
        await interaction.response.send_message(say("delete-sure"), view=confirmation, ephemeral=True)

    @component("job1:erase")
    async def delete(self, interaction: discord.Interaction, use: Use) -> None:
        """Delete the picture everywhere. Raises Refused.

        The place of a forgotten job's picture is known only from the button, so the message is read and checked.
        """
        job_id = use.first
        message_id = use.words[1] if len(use.words) > 1 else ""
        if await self._is_forgotten(job_id):
            await self._erase_forgotten(interaction, job_id, message_id)
            return
        job = await self._job_finder.require(interaction, job_id)
        self._check_rights(interaction, job)
        await self._erase(interaction, job)

    async def _erase_forgotten(self, interaction: discord.Interaction, job_id: str, message_id: str) -> None:
        """Delete the picture of a forgotten job, whose place is known only from the button. So the message is checked.

        Raises Refused for a member who may not do so, and for a message that is not of this job.
        """
        if not message_id.isdecimal():
            raise Refused("forgotten-delete")
        try:
            message = await self._job_finder.fetch_message(interaction, int(message_id))
        except discord.NotFound:
            raise Refused("picture-deleted") from None
        except discord.Forbidden:
            raise Refused("forgotten-order") from None
        marked = await self._job_finder.find_by_message(message, interaction.guild_id)
        if marked is None or marked[0].id != job_id:
            raise Refused("job-gone")
        self._check_rights(interaction, marked[0], message)
        await self._erase(interaction, with_place(marked[0], message.channel.id, message.id))

    async def _erase(self, interaction: discord.Interaction, job: Job) -> None:
        await interaction.response.defer()
        say = partial(self._cards.say_in, interaction.locale.value)
        left = await self._erasing.erase(job, interaction.user.id)
        sentences = [say("deleted"), *([say("copies-left", count=left)] if left else [])]
        await interaction.edit_original_response(content="\n".join(sentences), view=None)
        job = await self._reload(job)  # a forgotten job may still have its requester stored
        requester_id = job.destination.requester_id
        by_moderator = requester_id == NOBODY and interaction.permissions.manage_messages
        if requester_id not in (interaction.user.id, NOBODY) or by_moderator:
            await self._reports.record_deletion(interaction, job)

    async def _is_forgotten(self, job_id: str) -> bool:
        job = await self._bot.services.jobs.get(job_id)
        return job is not None and job.forgotten_at is not None

    async def _reload(self, job: Job) -> Job:
        """Read the job again. Raises Refused when it is gone."""
        current = await self._bot.services.jobs.get(job.id)
        if current is None:
            raise Refused("job-gone")
        return current

    def _check_rights(self, interaction: discord.Interaction, job: Job, result: discord.Message | None = None) -> None:
        """Raise Refused unless the member is the job's requester or a moderator.

        The requester of a forgotten job is known only from the message with its ``result``, which mentions them.
        """
        mine = interaction.user.id == job.destination.requester_id
        message = result or interaction.message
        if job.forgotten_at is not None and message is not None:
            mine = mine or interaction.user.id == read_requester(message)
        if not mine and not interaction.permissions.manage_messages:
            raise Refused("not-yours")
