"""The Moderators: they are told of a complaint in one message, which is written anew when more becomes known."""

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
from bot.images.picture import Picture
from bot.jobs.job import Job
from bot.text import escape
from cogs.moderation.report_card import ComplaintLooks
from cogs.ui.log_channel import writable

TELL_OWNER_EVERY: Final = 24 * 3600.0
"""Seconds between two messages to a server's owner."""

REMEMBERED: Final = 1000
"""Owners."""

_log = logging.getLogger(__name__)


class Moderators:
    """In the server's channel for reports, else in its log channel."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._warned: OrderedDict[int, float] = OrderedDict()

    async def places(self, guild_id: int) -> list[int]:
        """The channels that a report may go to, the best one first. Raises Refused where there is none."""
        rules = await self._bot.services.rules.get(guild_id)
        found = [*rules.reports_channel, *rules.log_channel]
        if not found:
            raise Refused("report-nowhere")
        return list(dict.fromkeys(found))

    async def hear(
        self, guild: discord.Guild, picture_report: PictureReport, job: Job, pictures: Sequence[Picture]
    ) -> None:
        """Brings a complaint, or adds to the message that is there. Raises Refused where nobody can be told."""
        if picture_report.message_id is not None and await self._write(picture_report, job, guild):
            return
        rules = await self._bot.services.rules.get(guild.id)
        for place in await self.places(guild.id):
            astray = bool(rules.reports_channel) and place not in rules.reports_channel
            message = await self._bring(guild, place, picture_report, job, pictures, astray=astray)
            if message is not None:
                await self._bot.services.picture_reports.told(picture_report.job_id, place, message.id)
                return
        await self._tell_owner(guild)
        raise Refused("report-unreachable")

    async def rewrite(self, job_id: str) -> None:
        """The message, if there is one, says what is known now. Where the picture is gone, so is its copy."""
        picture_report = await self._bot.services.picture_reports.get(job_id)
        job = await self._bot.services.jobs.get(job_id)
        if picture_report is None or job is None:
            return
        guild = self._bot.get_guild(picture_report.guild_id)
        await self._write(picture_report, job, guild)

    async def gone(self, job_id: str, by: int) -> None:
        """The picture was deleted: the copy goes, and the message says so."""
        await self._bot.services.picture_reports.gone(job_id, by)
        await self.rewrite(job_id)

    async def _write(self, picture_report: PictureReport, job: Job, guild: discord.Guild | None) -> bool:
        """False where the message is gone, or was never there."""
        if picture_report.channel_id is None or picture_report.message_id is None:
            return False
        cards = self._cards(guild)
        channel = self._bot.get_partial_messageable(picture_report.channel_id, guild_id=picture_report.guild_id)
        message = channel.get_partial_message(picture_report.message_id)
        embed, view = (
            cards.embed(picture_report, job, self._bot.services.whole_catalogue()),
            cards.buttons(picture_report),
        )
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

    async def _bring(
        self,
        guild: discord.Guild,
        place: int,
        picture_report: PictureReport,
        job: Job,
        pictures: Sequence[Picture],
        *,
        astray: bool,
    ) -> discord.Message | None:
        """None where this place does not take it."""
        channel, cards = writable(guild, place), self._cards(guild)
        if channel is None:
            return None
        words = [cards.say("report-news"), *([cards.say("report-astray")] if astray else [])]
        view = cards.buttons(picture_report)
        assert view is not None  # it was heard a moment ago, so it is not decided
        try:
            return await channel.send(
                "\n".join(words),
                embed=cards.embed(picture_report, job, self._bot.services.whole_catalogue()),
                view=view,
                files=self._files(job, pictures, cards),
            )
        except discord.HTTPException as error:
            if error.status >= 500 or error.status == 429:
                raise
            _log.warning("server %s: reports can't be written into channel %s: %s", guild.id, place, error)
            return None

    def _files(self, job: Job, pictures: Sequence[Picture], cards: ComplaintLooks) -> list[discord.File]:
        """Behind a spoiler, since nobody should have to see it unprepared."""
        files = []
        for number, picture in enumerate(pictures, 1):
            name, alt = picture.named(f"reported-{job.nonce}-{number}"), cards.say("report-alt")
            files.append(discord.File(io.BytesIO(picture.data), name, spoiler=True, description=alt))
        return files

    async def _tell_owner(self, guild: discord.Guild) -> None:
        """At most once a day."""
        now = time.time()
        if guild.owner_id is None or now - self._warned.get(guild.id, 0.0) < TELL_OWNER_EVERY:
            return
        self._warned[guild.id] = now
        while len(self._warned) > REMEMBERED:
            self._warned.popitem(last=False)
        try:
            channel = await self._bot.create_dm(discord.Object(guild.owner_id))
            await channel.send(self._cards(guild).say("report-owner", server=escape(guild.name)))
        except discord.HTTPException as error:
            _log.warning("server %s: its owner can't be told that reports go nowhere: %s", guild.id, error)

    def _cards(self, guild: discord.Guild | None) -> ComplaintLooks:
        return ComplaintLooks(self._bot.services.phrases, guild.preferred_locale.value if guild else "en")
