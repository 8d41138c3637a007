"""Reports of pictures: members report a picture; moderators delete it, block its requester, or dismiss the report."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final
from weakref import WeakValueDictionary

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Refused
from bot.guilds.blocks import DAYS_MOST
from bot.guilds.blocks import REASON_LIMIT as BLOCK_REASON
from bot.guilds.picture_reports import REASON_LIMIT, PictureReport
from bot.images.checked import Picture
from bot.jobs.job import Job
from bot.memory import Share
from bot.text import clean, shorten
from cogs.moderation.erasing import Erasing, with_place
from cogs.moderation.report_card import link_to
from cogs.moderation.report_inbox import ReportInbox
from cogs.ui.attachments import MessageAttachments, pictures
from cogs.ui.job_of_message import JobFinder
from cogs.ui.log_channel import LogChannel
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.rights import in_place, in_server
from cogs.ui.router import Use, component, form

LABEL: Final = 45
"""Characters of a field's label: https://discord.com/developers/docs/components/reference#label"""


class PictureReporting(commands.Cog):
    """Reports by members and decisions by moderators. Each step checks who acts, where, and what is still open."""

    def __init__(self, bot: Retouch, erasing: Erasing, inbox: ReportInbox) -> None:
        self._bot = bot
        self._erasing = erasing
        self._attachments = MessageAttachments(bot)
        self._job_finder = JobFinder(bot)
        self._inbox = inbox
        self._log_channel = LogChannel(bot)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # For members

    async def open_form(self, interaction: discord.Interaction, job: Job) -> None:
        """Open the form that reports a picture. Raises Refused if nobody would read the report."""
        guild_id = _server(interaction, job)
        await self._inbox.channel_ids(guild_id)
        await self._bot.services.picture_reports.may(job.id, interaction.user.id)
        assert interaction.message is not None  # a button is in a message
        modal = self._form(interaction, "report", FormId("report", (job.id, str(interaction.message.id))))
        hint = self._say(interaction, "report-reason-hint")
        self._field(interaction, modal, "report-reason", "reason", REASON_LIMIT, hint=hint)
        await interaction.response.send_modal(modal)

    @form("report", of_job=True)
    async def report(self, interaction: discord.Interaction, use: Use, job: Job) -> None:
        """Show the reported picture to the moderators. Raises Refused."""
        fields = answers(use.data)
        _server(interaction, job)
        guild = interaction.guild
        if guild is None or len(use.words) != 2 or not use.words[1].isdecimal():
            raise Refused("form-old")
        await interaction.response.defer(ephemeral=True, thinking=True)
        reason = shorten(clean((fields.get("reason") or [""])[0]), REASON_LIMIT)
        # A second reporter waits until the message for the first is there, and is added to it.
        async with self._locks.setdefault(job.id, asyncio.Lock()):
            message = await self._result_message(interaction, job, int(use.words[1]))
            about = PictureReport(job.id, guild.id, job.destination.requester_id, message.channel.id, message.id)
            picture_reports = self._bot.services.picture_reports
            member_id = interaction.user.id
            async with self._bot.services.memory.share() as share:
                reported = await self._read_pictures(guild, job, message, share)
                picture_report = await picture_reports.hear(about, member_id, reason)
                try:
                    await self._inbox.post_report(guild, picture_report, job, reported)
                except BaseException:
                    await picture_reports.take_back(job.id, member_id)
                    raise
        await interaction.followup.send(self._say(interaction, "report-thanks"), ephemeral=True)

    async def _read_pictures(
        self, guild: discord.Guild, job: Job, message: discord.Message, share: Share
    ) -> list[Picture]:
        """Read the pictures of a message, and make each smaller at once, so that all of them fit into a message."""
        sources = pictures(message, ())
        reduced = []
        for source in sources:
            before = share.held
            data = await self._attachments.read(source, share)
            limit = guild.filesize_limit // len(sources)
            reduced.append(await self._bot.services.image_worker.fit(data, limit, job.made_by))
            share.give_back(share.held - before - len(reduced[-1].data))
        return reduced

    async def _result_message(self, interaction: discord.Interaction, job: Job, message_id: int) -> discord.Message:
        """Return the message with the picture. Its id is not trusted: it must carry the job's mark. Raises Refused."""
        message = interaction.message if interaction.message and interaction.message.id == message_id else None
        try:
            message = await self._job_finder.fetch_message(interaction, message_id)
        except discord.NotFound:
            raise Refused("picture-deleted") from None
        except discord.Forbidden as error:  # we may not read here, but the interaction brought the message
            if message is None:
                raise Refused("form-old") from error
        marked = await self._job_finder.find_by_message(message, interaction.guild_id)
        if marked is None or marked[0].id != job.id:
            raise Refused("form-old")
        return message

    # For moderators

    @component("report1:delete")
    async def delete(self, interaction: discord.Interaction, use: Use) -> None:
        """Delete the reported picture from everywhere that the bot posted it. Raises Refused."""
        picture_report = await self._require_open(interaction, use.first, for_all=False)
        await interaction.response.defer()
        job = await self._job(picture_report.job_id)
        left = await self._erasing.erase(_located(job, picture_report), interaction.user.id)
        await self._decide(interaction, picture_report, "deleted")
        if left:
            await interaction.followup.send(self._say(interaction, "copies-left", count=left), ephemeral=True)

    @component("report1:dismiss")
    async def dismiss(self, interaction: discord.Interaction, use: Use) -> None:
        """Close the report and leave the picture. Raises Refused."""
        picture_report = await self._require_open(interaction, use.first, for_all=False)
        await interaction.response.defer()
        await self._decide(interaction, picture_report, "dismissed")

    async def record_deletion(self, interaction: discord.Interaction, job: Job) -> None:
        """Record that a moderator deleted a picture by its own button, and close a report of it."""
        if interaction.guild_id is None:
            return
        picture_report = await self._bot.services.picture_reports.get(job.id)
        if picture_report is not None and picture_report.decision is None:
            await self._decide(interaction, picture_report, "deleted")
            return
        requester = job.destination.requester_id
        entry = await self._bot.services.audit.note(
            interaction.guild_id, "picture-deleted", interaction.user.id, requester, job=job.id
        )
        await self._log_channel.post_entry(interaction, entry)

    async def _decide(self, interaction: discord.Interaction, picture_report: PictureReport, decision: Any) -> None:
        link = link_to(picture_report.guild_id, picture_report.place_id, picture_report.result_id)
        entry = await self._bot.services.picture_reports.decide(
            picture_report, decision, interaction.user.id, job=picture_report.job_id, link=link
        )
        await self._inbox.update(picture_report.job_id)
        if entry is not None:
            await self._log_channel.post_entry(interaction, entry)

    @component("report1:block")
    async def ask_for_block(self, interaction: discord.Interaction, use: Use) -> None:
        """Open the form that blocks the requester of the picture. Raises Refused."""
        picture_report = await self._require_open(interaction, use.first, for_all=True)
        if picture_report.requester_id == NOBODY:
            raise Refused("report-nobody")
        modal = self._form(interaction, "block", FormId("block", (picture_report.job_id,)))
        self._field(interaction, modal, "block-reason", "reason", BLOCK_REASON, required=True)
        self._field(interaction, modal, "block-days", "days", len(str(DAYS_MOST)))
        await interaction.response.send_modal(modal)

    @form("block")
    async def block(self, interaction: discord.Interaction, use: Use) -> None:
        """Store the block of the picture's requester that the form describes. Raises Refused."""
        fields = answers(use.data)
        picture_report = await self._require_open(interaction, use.first, for_all=True)
        if picture_report.requester_id == NOBODY:
            raise Refused("report-nobody")
        reason, days = (fields.get(name, [""])[0] for name in ("reason", "days"))
        entry = await self._bot.services.blocks.put(
            picture_report.guild_id, picture_report.requester_id, interaction.user.id, reason, _days(days)
        )
        await interaction.response.defer()
        await self._log_channel.post_entry(interaction, entry)
        await self._decide(interaction, picture_report, "blocked")

    async def _require_open(self, interaction: discord.Interaction, job_id: str, *, for_all: bool) -> PictureReport:
        """Return the report if this moderator may decide it. Raises Refused.

        A decision about the picture needs Manage Messages where the picture is; a decision about its requester
        (``for_all``), in the whole server.
        """
        if interaction.guild_id is None or not interaction.permissions.manage_messages:
            raise Refused("not-moderator")
        picture_report = await self._bot.services.picture_reports.get(job_id)
        if picture_report is None or not _is_here(picture_report, interaction):
            raise Refused("report-gone")
        may = in_server(interaction) if for_all else await in_place(self._bot, interaction, picture_report.place_id)
        if not may.manage_messages:
            raise Refused("not-moderator-there" if not for_all else "not-moderator-server")
        if picture_report.decision is not None:
            raise Refused("report-decided")
        return picture_report

    # Common parts

    async def _job(self, job_id: str) -> Job:
        job = await self._bot.services.jobs.get(job_id)
        if job is None:
            raise Refused("job-gone")
        return job

    def _form(self, interaction: discord.Interaction, kind: str, form_id: FormId) -> discord.ui.Modal:
        title = self._say(interaction, f"{kind}-title")
        return discord.ui.Modal(title=title[:LABEL], custom_id=str(form_id), timeout=OPEN_FOR)

    def _field(
        self,
        interaction: discord.Interaction,
        modal: discord.ui.Modal,
        key: str,
        name: str,
        most: int,
        *,
        required: bool = False,
        hint: str | None = None,
    ) -> None:
        style = discord.TextStyle.paragraph if name == "reason" else discord.TextStyle.short
        text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=name, style=style, max_length=most, required=required, placeholder=hint
        )
        modal.add_item(discord.ui.Label(text=self._say(interaction, key)[:LABEL], component=text))

    def _say(self, interaction: discord.Interaction, key: str, **facts: str | int) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts)


def _server(interaction: discord.Interaction, job: Job) -> int:
    """Return the id of the server, if the picture was made there. Raises Refused."""
    if interaction.guild_id is None:
        raise Refused("report-direct")
    if job.destination.guild_id != interaction.guild_id:
        raise Refused("job-gone")
    return interaction.guild_id


def _is_here(picture_report: PictureReport, interaction: discord.Interaction) -> bool:
    """Return whether this is the channel with the report's message, as far as the channel is stored yet."""
    in_channel = picture_report.channel_id is None or picture_report.channel_id == interaction.channel_id
    return in_channel and picture_report.guild_id == interaction.guild_id


def _days(text: str) -> int | None:
    """Parse a number of days; None for an empty text. Raises Refused("block-days")."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or not text.isascii() or not 1 <= int(text) <= DAYS_MOST:
        raise Refused("block-days", most=DAYS_MOST)
    return int(text)


def _located(job: Job, picture_report: PictureReport) -> Job:
    """Return the job with the place of its picture, which only the report knows once the job is forgotten."""
    if job.forgotten_at is None:
        return job
    return with_place(job, picture_report.place_id, picture_report.result_id)
