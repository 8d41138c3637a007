"""About: which job a message of ours, or the use of a button or form, is about.

Everything that acts on a job asks here. Two things must agree: an exact mark, in a message that the bot wrote
(``cogs.ui.marks``) or in the id of a button or form, and the place, since the job must be of this very server and of
this channel, thread or direct message. Ids of jobs are no secret: they are in the file names of all results.
"""

from __future__ import annotations

import discord

from bot.client import Retouch
from bot.errors import Refused
from bot.jobs.job import Job
from cogs.ui.marks import read_mark, read_names


def is_ours(bot: Retouch, message: discord.Message) -> bool:
    """Return whether the bot wrote this message.

    Its author is the bot's user. The application has an id of its own, which is another one for applications of
    before 2016: https://discord.com/developers/docs/resources/application#application-object
    """
    return bot.user is not None and message.author.id == bot.user.id


class About:
    """Reads jobs by message and by press."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    async def message(self, message: discord.Message, guild_id: int | None) -> tuple[Job, str] | None:
        """Return the job of a message, and which of its messages it is (``cogs.ui.cards``).

        Return None for a message that others wrote, that carries no mark, or whose mark names a job of another place.
        ``guild_id`` is the server in which the message stands, None in direct messages.
        """
        mark = read_mark(message) if is_ours(self._bot, message) else None
        job = await self._bot.services.jobs.get(mark[0]) if mark else None
        if job is None or mark is None or not _is_here(job, guild_id, message.channel.id):
            return None
        return job, mark[1]

    async def used(self, interaction: discord.Interaction, job_id: str) -> Job:
        """Return the job that the id of the button or form in use names.

        Raises Refused("job-gone") where there is none, or none of this place: who guesses ids learns nothing.
        """
        job = await self._bot.services.jobs.get(job_id)
        if job is None or not self._may_be_used(interaction, job):
            raise Refused("job-gone")
        return job

    def _may_be_used(self, interaction: discord.Interaction, job: Job) -> bool:
        where, shown = job.destination, interaction.message
        if interaction.channel_id is not None and where.is_in(interaction.guild_id, interaction.channel_id):
            return True
        mark = read_mark(shown) if shown is not None and is_ours(self._bot, shown) else None
        if mark is None or mark[0] != job.id:
            return False
        if not where.places:
            return _is_here(job, interaction.guild_id, 0)
        # A result that came as a direct message a moment ago: where it went may not be noted yet.
        return interaction.guild_id is None and interaction.user.id == where.requester_id

    async def shown(self, interaction: discord.Interaction, message_id: int) -> discord.Message:
        """Return a message of this place as it is now: what a button or form says of it is not believed.

        Raises discord.NotFound and discord.Forbidden.
        """
        channel = self._bot.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        return await channel.fetch_message(message_id)

    async def pictures(self, message: discord.Message, guild_id: int | None) -> tuple[Job, str] | None:
        """Return the job whose pictures a message of ours shows, or None. Only to tell whose the pictures are.

        Where the message carries no mark its files are named after the job. Such a copy may stand in another channel
        of the job's server, as in a report.
        """
        known = await self.message(message, guild_id)
        named = read_names(message) if known is None and is_ours(self._bot, message) else None
        job = await self._bot.services.jobs.get(named) if named else None
        if job is None:
            return known
        where = job.destination
        same_server = guild_id is not None and guild_id == where.guild_id
        return (job, "") if same_server or _is_here(job, guild_id, message.channel.id) else None


def _is_here(job: Job, guild_id: int | None, channel_id: int) -> bool:
    """Return whether a message with the mark of this job may stand in this place.

    Of a job whose places are forgotten only the server is known, and nothing is left that could be shown of it; the
    result of a server's job may have come as a direct message.
    """
    where = job.destination
    if not where.places:
        return guild_id is None or guild_id == where.guild_id
    return where.is_in(guild_id, channel_id)
