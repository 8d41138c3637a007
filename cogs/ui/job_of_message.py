"""The job that a message of ours belongs to, or that a button or form is used for.

Everything that acts on a job looks it up here. Two things must agree: an exact mark, in a message that the bot wrote
(``cogs.ui.marks``) or in the id of a button or form, and the place: the job must belong to this server and to this
channel, thread or direct message. Ids of jobs are no secret: they are in the file names of all results.
"""

from __future__ import annotations

import discord

from bot.client import Retouch
from bot.errors import Refused
from bot.jobs.job import Job
from cogs.ui.marks import read_mark, read_names


def is_ours(bot: Retouch, message: discord.Message) -> bool:
    """Return whether the bot wrote this message.

    Its author is the bot's user. The application has an id of its own, which differs from the user's for applications
    created before 2016: https://discord.com/developers/docs/resources/application#application-object
    """
    return bot.user is not None and message.author.id == bot.user.id


class JobFinder:
    """Look-up of jobs by message, and by the use of a button or form."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    async def find_by_message(self, message: discord.Message, guild_id: int | None) -> tuple[Job, str] | None:
        """Return the job of a message and the message's mark without the job's id (``cogs.ui.cards``).

        Return None for a message that others wrote, that carries no mark, or if its mark names a job of another place.
        ``guild_id`` is the server in which the message stands, None in direct messages.
        """
        mark = read_mark(message) if is_ours(self._bot, message) else None
        job = await self._bot.services.jobs.get(mark[0]) if mark else None
        if job is None or mark is None or not _is_here(job, guild_id, message.channel.id):
            return None
        return job, mark[1]

    async def require(self, interaction: discord.Interaction, job_id: str) -> Job:
        """Return the job named in the id of the button or form in use.

        Raises Refused("job-gone") if there is no such job, or if it belongs to another place: guessed ids reveal
        nothing.
        """
        job = await self._bot.services.jobs.get(job_id)
        if job is None or not self._may_be_used(interaction, job):
            raise Refused("job-gone")
        return job

    def _may_be_used(self, interaction: discord.Interaction, job: Job) -> bool:
        where = job.destination
        message = interaction.message
        if interaction.channel_id is not None and where.is_in(interaction.guild_id, interaction.channel_id):
            return True
        mark = read_mark(message) if message is not None and is_ours(self._bot, message) else None
        if mark is None or mark[0] != job.id:
            return False
        if not where.places:
            return _is_here(job, interaction.guild_id, 0)
        # The result may have come as a direct message a moment ago, before its place was stored.
        return interaction.guild_id is None and interaction.user.id == where.requester_id

    async def fetch_message(self, interaction: discord.Interaction, message_id: int) -> discord.Message:
        """Return the current state of a message of this place. The content of a button or form is not trusted.

        Raises discord.NotFound and discord.Forbidden.
        """
        channel = self._bot.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        return await channel.fetch_message(message_id)

    async def find_by_pictures(self, message: discord.Message, guild_id: int | None) -> tuple[Job, str] | None:
        """Return the job of the pictures in a message of ours, or None. Only to find out who owns the pictures.

        If the message carries no mark, its files are named after the job. Such a copy may be in another channel of the
        job's server, as in a report.
        """
        marked = await self.find_by_message(message, guild_id)
        job_id = read_names(message) if marked is None and is_ours(self._bot, message) else None
        job = await self._bot.services.jobs.get(job_id) if job_id else None
        if job is None:
            return marked
        where = job.destination
        same_server = guild_id is not None and guild_id == where.guild_id
        return (job, "") if same_server or _is_here(job, guild_id, message.channel.id) else None


def _is_here(job: Job, guild_id: int | None, channel_id: int) -> bool:
    """Return whether a message with the mark of this job may be in this place.

    Once a job's places are forgotten, only its server is known, and nothing is left that could be shown. The result of
    a server's job may have come as a direct message.
    """
    where = job.destination
    if not where.places:
        return guild_id is None or guild_id == where.guild_id
    return where.is_in(guild_id, channel_id)
