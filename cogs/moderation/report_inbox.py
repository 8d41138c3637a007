"""Reports of pictures as messages to the moderators: a message for each picture, updated when more is known."""

from __future__ import annotations

import io
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import Refused
from bot.guilds.picture_reports import PictureReport
from bot.images.checked import Picture
from bot.jobs.job import Job
from bot.text import escape
from cogs.moderation.report_card import ReportCard
from cogs.ui.log_channel import writable

TELL_OWNER_EVERY: Final = 24 * 3600.0
"""Seconds between two messages to a server's owner."""

REMEMBERED: Final = 1000
"""Owners."""

_log = logging.getLogger(__name__)


class ReportInbox:
    """Messages in the server's channel for reports, else in its log channel."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._warned: OrderedDict[int, float] = OrderedDict()

    async def channel_ids(self, guild_id: int) -> list[int]:
        """Return the channels for reports, the preferred channel first. Raises Refused when there is none."""
        rules = await self._bot.services.rules.get(guild_id)
        channel_ids = [*rules.reports_channel, *rules.log_channel]
        if not channel_ids:
            raise Refused("report-nowhere")
        return list(dict.fromkeys(channel_ids))

    async def post_report(
        self, guild: discord.Guild, picture_report: PictureReport, job: Job, pictures: Sequence[Picture]
    ) -> None:
        """Post a report, or update its message if there is one already. Raises Refused when no channel takes it."""
        if picture_report.message_id is not None and await self._update(picture_report, job, guild):
            return
        rules = await self._bot.services.rules.get(guild.id)
        for place in await self.channel_ids(guild.id):
            astray = bool(rules.reports_channel) and place not in rules.reports_channel
            message = await self._post(guild, place, picture_report, job, pictures, astray=astray)
            if message is not None:
                await self._bot.services.picture_reports.told(picture_report.job_id, place, message.id)
                return
        await self._tell_owner(guild)
        raise Refused("report-unreachable")

    async def update(self, job_id: str) -> None:
        """Update the message about a job's picture, if there is one. A deleted picture is removed from it, too."""
        picture_report = await self._bot.services.picture_reports.get(job_id)
        job = await self._bot.services.jobs.get(job_id)
        if picture_report is None or job is None:
            return
        guild = self._bot.get_guild(picture_report.guild_id)
        await self._update(picture_report, job, guild)

    async def mark_deleted(self, job_id: str, by: int) -> None:
        """Record that the picture was deleted, and remove its copy from the message."""
        await self._bot.services.picture_reports.gone(job_id, by)
        await self.update(job_id)

    async def _update(self, picture_report: PictureReport, job: Job, guild: discord.Guild | None) -> bool:
        """Update the message of a report. Return False when it is gone, or was never there."""
        if picture_report.channel_id is None or picture_report.message_id is None:
            return False
        card = self._card(guild)
        channel = self._bot.get_partial_messageable(picture_report.channel_id, guild_id=picture_report.guild_id)
        message = channel.get_partial_message(picture_report.message_id)
        embed = card.embed(picture_report, job)
        view = card.buttons(picture_report)
        try:
            if picture_report.gone_by is None:
                await message.edit(embed=embed, view=view)
            else:
                await message.edit(embed=embed, view=view, attachments=[])
        except discord.HTTPException as error:
            if error.status >= 500:
                raise
            _log.info("the moderators' message %s can't be written anew: %s", picture_report.message_id, error)
            return False
        return True

    async def _post(
        self,
        guild: discord.Guild,
        place: int,
        picture_report: PictureReport,
        job: Job,
        pictures: Sequence[Picture],
        *,
        astray: bool,
    ) -> discord.Message | None:
        """Post a report in a channel. Return None when the channel does not take it."""
        channel = writable(guild, place)
        if channel is None:
            return None
        card = self._card(guild)
        words = [card.say("report-news"), *([card.say("report-astray")] if astray else [])]
        view = card.buttons(picture_report)
        assert view is not None  # it was stored a moment ago, so it is not decided
        try:
            return await channel.send(
                "\n".join(words),
                embed=card.embed(picture_report, job),
                view=view,
                files=self._files(job, pictures, card),
            )
        except discord.HTTPException as error:
            if error.status >= 500 or error.status == 429:
                raise
            _log.warning("server %s: reports can't be written into channel %s: %s", guild.id, place, error)
            return None

    def _files(self, job: Job, pictures: Sequence[Picture], card: ReportCard) -> list[discord.File]:
        """Return the pictures as spoilers, since nobody should have to see them unprepared."""
        files = []
        for number, picture in enumerate(pictures, 1):
            name = picture.named(f"reported-{job.nonce}-{number}")
            alt = card.say("report-alt")
            files.append(discord.File(io.BytesIO(picture.data), name, spoiler=True, description=alt))
        return files

    async def _tell_owner(self, guild: discord.Guild) -> None:
        """Send the owner of the server a message that reports can't be posted, at most once a day."""
        now = time.time()
        if guild.owner_id is None or now - self._warned.get(guild.id, 0.0) < TELL_OWNER_EVERY:
            return
        self._warned[guild.id] = now
        while len(self._warned) > REMEMBERED:
            self._warned.popitem(last=False)
        try:
            channel = await self._bot.create_dm(discord.Object(guild.owner_id))
            await channel.send(self._card(guild).say("report-owner", server=escape(guild.name)))
        except discord.HTTPException as error:
            _log.warning("server %s: its owner can't be told that reports go nowhere: %s", guild.id, error)

    def _card(self, guild: discord.Guild | None) -> ReportCard:
        services = self._bot.services
        locale = guild.preferred_locale.value if guild else "en"
        return ReportCard(services.phrases, services.whole_catalogue, locale)
