"""The Route: where a job's message can go. The thread first, then the channel, then a direct message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakValueDictionary

import discord

from bot.client import Retouch
from bot.errors import BadPicture, Refused, Undeliverable
from bot.jobs.job import Job
from cogs.delivery.sent_posts import Tried
from cogs.ui.discord_errors import passes
from cogs.ui.job_of_message import is_ours
from cogs.ui.links import MARK as LINKS
from cogs.ui.marks import read_mark
from cogs.ui.split import cut

PLAIN_LIMIT: Final = 10 * 1024 * 1024
"""Bytes that may be uploaded where no server is boosted: the least that Discord takes anywhere."""

TOO_LARGE: Final = 40005
INVALID_FORM: Final = 50035
THREAD_ARCHIVED: Final = 50083
NO_HISTORY: Final = 160002
"""A reply is refused where we may not read older messages."""

Files = Callable[[int], Awaitable[Sequence[discord.File]]]
"""Makes the attachments, none larger than a number of bytes. A file can be sent once: each try makes them anew."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """A message to be. ``mark`` tells it from the job's other ones; ``content`` may say a word about the place."""

    mark: str
    content: Callable[[str | None], str | None]
    embed: discord.Embed | None = None
    files: Files | None = None
    buttons: discord.ui.View | None = None

    def bare(self) -> Post:
        """Return what is left of it where Discord refuses its form: the files, and as much text as any message holds.

        Without that, a mistake of ours about Discord's limits would lose a picture that was paid for.
        """

        def content(word: str | None) -> str | None:
            text = self.content(word)
            return None if text is None else cut(text)

        return replace(self, content=content, embed=self.embed if self.content(None) is None else None, buttons=None)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that people have: where, and the key of a word about the place, if it is not the usual one."""

    channel_id: int
    message_id: int
    url: str
    word: str | None = None


class Route:
    """Sends once: with a nonce, and in a later life only after a look whether the message is there already."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._tried = Tried(0.0)  # of jobs that this life did not take, every post may have been sent
        self._result_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def result_lock(self, job_id: str) -> asyncio.Lock:
        """Return the lock that excludes the delivery of a job's result from its deletion.

        Otherwise a delivery that is repeated after a crash could look for its message after that was deleted, before
        the deletion is noted, and post the picture again.
        """
        return self._result_locks.setdefault(job_id, asyncio.Lock())

    async def send(self, job: Job, post: Post) -> Sent:
        """Sends in the first place that takes it.

        Raises Undeliverable, BadPicture for a file that no place takes, and Discord's own trouble of the moment.
        """
        full = job.nonce + post.mark
        if self._tried.may_be_sent(full, job.created_at) or not self._bot.services.jobs.is_new(job.id):
            sent = await self._sent_before(job, full)
            if sent is not None:
                return sent
        self._tried.add(full, job.created_at)
        refusals: list[str] = []
        for place_id, word in self._places(job):
            try:
                channel_id = await self._direct(job) if place_id is None else place_id
                return await self._into(job, post, channel_id, word)
            except discord.HTTPException as error:
                # What is wrong with the message is wrong in every place.
                if passes(error) or error.code == INVALID_FORM:
                    raise
                refusals.append(f"{place_id or 'direct'}: {error.code}")
        raise Undeliverable(", ".join(refusals))

    async def _sent_before(self, job: Job, full: str) -> Sent | None:
        """Return the message with this mark from whatever place took it, or None.

        All places are looked at before anything is sent: one that refused the first time may be open again by now.
        """
        where = job.destination
        for place_id, word in self._places(job):
            try:
                channel_id = await self._direct(job) if place_id is None else place_id
            except discord.HTTPException as error:
                if passes(error):
                    raise
                continue
            found = await self.find(channel_id, full, after=where.interaction_id)
            if found is not None:
                channel = self._bot.get_partial_messageable(channel_id, guild_id=where.guild_id)
                return Sent(channel_id, found, channel.get_partial_message(found).jump_url, word)
        return None

    async def find(self, channel_id: int, mark: str, *, after: int) -> int | None:
        """Our own message with this mark, among those after the message or interaction with the id ``after``."""
        channel = self._bot.get_partial_messageable(channel_id)
        try:
            async for message in channel.history(limit=300, after=discord.Object(after), oldest_first=True):
                if is_ours(self._bot, message) and "".join(read_mark(message) or ()) == mark:
                    return message.id
        except discord.HTTPException as error:
            if passes(error):
                raise
            _log.info("channel %s can't be read (%s)", channel_id, error.code)
        return None

    async def find_links(self, channel_id: int, mark: str, *, after: int) -> set[int]:
        """Return our own messages that follow a result with the links for which it had no room. ``mark``: the job's."""
        channel = self._bot.get_partial_messageable(channel_id)
        found: set[int] = set()
        try:
            async for message in channel.history(limit=50, after=discord.Object(after), oldest_first=True):
                job_id, kind = (is_ours(self._bot, message) and read_mark(message)) or ("", "")
                if job_id == mark and kind.startswith(LINKS):
                    found.add(message.id)
        except discord.HTTPException as error:
            if error.status >= 500:
                raise
            _log.info("channel %s can't be read (%s)", channel_id, error.code)
        return found

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Our own message; nothing happens where it is gone already. In a sleeping thread nothing can be deleted.

        Raises Refused("thread-locked") where a moderator closed that thread.
        """
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await message.delete()
        except discord.NotFound:
            return
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            if not await self.wake(channel_id):
                raise Refused("thread-locked") from error
            await message.delete()

    async def wake(self, thread_id: int) -> bool:
        """Opens an archived thread again. False where we may not."""
        try:
            await self._bot.http.edit_channel(thread_id, archived=False)
        except discord.HTTPException as error:
            _log.info("thread %s can't be opened again: %s", thread_id, error)
            return False
        return True

    def _places(self, job: Job) -> list[tuple[int | None, str | None]]:
        where = job.destination
        place = where.place_id or where.channel_id
        places: list[tuple[int | None, str | None]] = [(place, None)]
        if place != where.channel_id:
            places.append((where.channel_id, "place-thread-gone"))
        return [*places, (None, "place-direct")]

    async def _into(self, job: Job, post: Post, channel_id: int, word: str | None) -> Sent:
        where, full = job.destination, job.nonce + post.mark
        channel = self._bot.get_partial_messageable(channel_id, guild_id=where.guild_id)
        options: dict[str, object] = {}
        if channel_id == where.channel_id and where.card_id is not None:
            options["reference"] = discord.MessageReference(
                message_id=where.card_id, channel_id=channel_id, fail_if_not_exists=False
            )
        try:
            message = await self._post(channel, full, where.requester_id, post, word, options)
        except discord.HTTPException as error:
            if error.code not in (NO_HISTORY, INVALID_FORM):
                raise
            if error.code == INVALID_FORM:
                _log.error("job %s: Discord does not take the message%s: %s", job.id, post.mark, error.text)
                post = post.bare()
            message = await self._post(channel, full, where.requester_id, post, word, {})
        return Sent(channel_id, message.id, message.jump_url, word)

    async def _post(
        self,
        channel: discord.PartialMessageable,
        nonce: str,
        requester_id: int,
        post: Post,
        word: str | None,
        options: dict[str, object],
    ) -> discord.Message:
        """Pings the requester, where the text names them, and nobody else."""
        guild = self._bot.get_guild(channel.guild_id) if channel.guild_id else None
        limit = guild.filesize_limit if guild else PLAIN_LIMIT
        options = options | {
            "content": post.content(word),
            "nonce": nonce,
            "allowed_mentions": discord.AllowedMentions(
                everyone=False, roles=False, replied_user=False, users=[discord.Object(requester_id)]
            ),
        }
        if post.embed is not None:
            options["embed"] = post.embed
        if post.buttons is not None:
            options["view"] = post.buttons
        for share in (1, 2, 4):
            made = await post.files(limit // share) if post.files else []
            try:
                message: discord.Message = await channel.send(**options, **_files(made))  # type: ignore[call-overload]  # discord.py overloads each mix of options
                return message
            except discord.HTTPException as error:
                if error.code != TOO_LARGE:
                    raise
        raise BadPicture("too-large", limit_mb=max(1, limit // 4 // 1024**2))

    async def _direct(self, job: Job) -> int:
        user = discord.Object(job.destination.requester_id)
        channel = await self._bot.create_dm(user)
        return channel.id


def _files(made: Sequence[discord.File]) -> dict[str, object]:
    return {"files": list(made)} if made else {}
