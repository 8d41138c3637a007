"""Reporting: a member reports a picture, and moderators decide: delete it, block who made it, or dismiss the report."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
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
from bot.images.picture import Picture
from bot.jobs.job import Job
from bot.memory import Share
from bot.text import clean, shorten
from cogs.moderation.erasing import Erasing
from cogs.moderation.report_card import link_to
from cogs.moderation.report_inbox import Moderators
from cogs.ui.attachments import Archive, pictures
from cogs.ui.job_of_message import About
from cogs.ui.log_channel import Notice
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.rights import in_place, in_server
from cogs.ui.router import Use, component, form

LABEL: Final = 45
"""Characters of a field's label: https://discord.com/developers/docs/components/reference#label"""


class Reporting(commands.Cog):
    """Each step looks anew who it is, where, and whether that is still to be decided."""

    def __init__(self, bot: Retouch, erasing: Erasing, inbox: Moderators) -> None:
        self._bot = bot
        self._erasing = erasing
        self._archive = Archive(bot)
        self._about = About(bot)
        self._moderators = inbox
        self._notice = Notice(bot)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # A member

    async def open_form(self, interaction: discord.Interaction, job: Job) -> None:
        """Answer with the form that reports a picture. Raises Refused where nobody would read it."""
        guild_id = _server(interaction, job)
        await self._moderators.places(guild_id)
        await self._bot.services.picture_reports.may(job.id, interaction.user.id)
        assert interaction.message is not None  # a button stands in a message
        modal = self._form(interaction, "report", FormId("report", (job.id, str(interaction.message.id))))
        hint = self._say(interaction, "report-reason-hint")
        self._field(interaction, modal, "report-reason", "reason", REASON_LIMIT, hint=hint)
        await interaction.response.send_modal(modal)

    @form("report", of_job=True)
    async def report(self, interaction: discord.Interaction, use: Use, job: Job) -> None:
        """Show the reported picture to the moderators. Raises Refused."""
        given = answers(use.data)
        _server(interaction, job)
        guild = interaction.guild
        if guild is None or len(use.words) != 2 or not use.words[1].isdecimal():
            raise Refused("form-old")
        await interaction.response.defer(ephemeral=True, thinking=True)
        reason = shorten(clean((given.get("reason") or [""])[0]), REASON_LIMIT)
        # A second voice waits until the first one's message is there, and is added to it.
        async with self._turns.setdefault(job.id, asyncio.Lock()):
            shown = await self._shown(interaction, job, int(use.words[1]))
            about = PictureReport(job.id, guild.id, job.destination.requester_id, shown.channel.id, shown.id)
            picture_reports, member_id = self._bot.services.picture_reports, interaction.user.id
            async with self._bot.services.memory.share() as share:
                seen = await self._seen(guild, shown, share)
                heard = await picture_reports.hear(about, member_id, reason)
                try:
                    await self._moderators.hear(guild, heard, job, seen)
                except BaseException:
                    await picture_reports.take_back(job.id, member_id)
                    raise
        await interaction.followup.send(self._say(interaction, "report-thanks"), ephemeral=True)

    async def _seen(self, guild: discord.Guild, shown: discord.Message, share: Share) -> list[Picture]:
        """Read the pictures of a message, each made small at once, so that all of them fit into one message."""
        sources, seen = pictures(shown, ()), []
        for source in sources:
            before = share.held
            data = await self._archive.read(source, share)
            seen.append(await self._bot.services.image_worker.fit(data, guild.filesize_limit // len(sources)))
            share.give_back(share.held - before - len(seen[-1].data))
        return seen

    async def _shown(self, interaction: discord.Interaction, job: Job, message_id: int) -> discord.Message:
        """The message with the picture, as it is now; nobody is believed which one it is. Raises Refused."""
        message = interaction.message if interaction.message and interaction.message.id == message_id else None
        try:
            message = await self._about.shown(interaction, message_id)
        except discord.NotFound:
            raise Refused("picture-deleted") from None
        except discord.Forbidden as error:  # we may not read back here, but were shown it
            if message is None:
                raise Refused("form-old") from error
        known = await self._about.message(message, interaction.guild_id)
        if known is None or known[0].id != job.id:
            raise Refused("form-old")
        return message

    # A moderator

    @component("report1:delete")
    async def delete(self, interaction: discord.Interaction, use: Use) -> None:
        """Delete the reported picture from everywhere that the bot posted it. Raises Refused."""
        picture_report = await self._open(interaction, use.first, for_all=False)
        await interaction.response.defer()
        job = await self._job(picture_report.job_id)
        left = await self._erasing.erase(_found(job, picture_report), interaction.user.id)
        await self._decided(interaction, picture_report, "deleted")
        if left:
            await interaction.followup.send(self._say(interaction, "copies-left", count=left), ephemeral=True)

    @component("report1:dismiss")
    async def dismiss(self, interaction: discord.Interaction, use: Use) -> None:
        """Close the report and leave the picture. Raises Refused."""
        picture_report = await self._open(interaction, use.first, for_all=False)
        await interaction.response.defer()
        await self._decided(interaction, picture_report, "dismissed")

    async def deleted(self, interaction: discord.Interaction, job: Job) -> None:
        """A moderator deleted a picture by its own button. That ends a report of it, and is kept and told."""
        if interaction.guild_id is None:
            return
        picture_report = await self._bot.services.picture_reports.get(job.id)
        if picture_report is not None and picture_report.decision is None:
            await self._decided(interaction, picture_report, "deleted")
            return
        requester = job.destination.requester_id
        entry = await self._bot.services.audit.note(
            interaction.guild_id, "picture-deleted", interaction.user.id, requester, job=job.id
        )
        await self._notice.did(interaction, entry)

    async def _decided(self, interaction: discord.Interaction, picture_report: PictureReport, decision: Any) -> None:
        link = link_to(picture_report.guild_id, picture_report.place_id, picture_report.result_id)
        entry = await self._bot.services.picture_reports.decide(
            picture_report, decision, interaction.user.id, job=picture_report.job_id, link=link
        )
        await self._moderators.rewrite(picture_report.job_id)
        if entry is not None:
            await self._notice.did(interaction, entry)

    @component("report1:block")
    async def ask_for_block(self, interaction: discord.Interaction, use: Use) -> None:
        """Answer with the form that blocks the member who made the picture. Raises Refused."""
        picture_report = await self._open(interaction, use.first, for_all=True)
        if picture_report.requester_id == NOBODY:
            raise Refused("report-nobody")
        modal = self._form(interaction, "block", FormId("block", (picture_report.job_id,)))
        self._field(interaction, modal, "block-reason", "reason", BLOCK_REASON, required=True)
        self._field(interaction, modal, "block-days", "days", len(str(DAYS_MOST)))
        await interaction.response.send_modal(modal)

    @form("block")
    async def block(self, interaction: discord.Interaction, use: Use) -> None:
        """Block the member who made the picture, as the form says. Raises Refused."""
        given = answers(use.data)
        picture_report = await self._open(interaction, use.first, for_all=True)
        if picture_report.requester_id == NOBODY:
            raise Refused("report-nobody")
        reason, days = (given.get(name, [""])[0] for name in ("reason", "days"))
        blocks, by = self._bot.services.blocks, interaction.user.id
        entry = await blocks.put(picture_report.guild_id, picture_report.requester_id, by, reason, _days(days))
        await interaction.response.defer()
        await self._notice.did(interaction, entry)
        await self._decided(interaction, picture_report, "blocked")

    async def _open(self, interaction: discord.Interaction, job_id: str, *, for_all: bool) -> PictureReport:
        """The complaint, if it is this moderator's to decide. Raises Refused.

        Who decides about the picture manages messages where it is; ``for_all``, about its member, in the whole server.
        """
        if interaction.guild_id is None or not interaction.permissions.manage_messages:
            raise Refused("not-moderator")
        self._bot.services.intake.admit(interaction.user.id, interaction.guild_id)
        picture_report = await self._bot.services.picture_reports.get(job_id)
        if picture_report is None or not _is_here(picture_report, interaction):
            raise Refused("report-gone")
        may = in_server(interaction) if for_all else await in_place(self._bot, interaction, picture_report.place_id)
        if not may.manage_messages:
            raise Refused("not-moderator-there" if not for_all else "not-moderator-server")
        if picture_report.decision is not None:
            raise Refused("report-decided")
        return picture_report

    # What they share

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
    """The server in which a picture was made, and is reported. Raises Refused."""
    if interaction.guild_id is None:
        raise Refused("report-direct")
    if job.destination.guild_id != interaction.guild_id:
        raise Refused("job-gone")
    return interaction.guild_id


def _is_here(picture_report: PictureReport, interaction: discord.Interaction) -> bool:
    """Return whether this is the channel in which moderators read the complaint, as far as that is noted yet."""
    told = picture_report.channel_id is None or picture_report.channel_id == interaction.channel_id
    return told and picture_report.guild_id == interaction.guild_id


def _days(text: str) -> int | None:
    """Raises Refused("block-days")."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or not text.isascii() or not 1 <= int(text) <= DAYS_MOST:
        raise Refused("block-days", most=DAYS_MOST)
    return int(text)


def _found(job: Job, picture_report: PictureReport) -> Job:
    """Where a forgotten job's picture is, only the complaint knows."""
    if job.forgotten_at is None:
        return job
    where = replace(
        job.destination,
        channel_id=picture_report.place_id,
        interaction_id=picture_report.result_id - 1,
        place_id=None,
        result_place_id=None,
    )
    return replace(job, destination=where, result_id=picture_report.result_id)
