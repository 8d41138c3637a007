"""Posting of a job's messages: in the thread, else in the channel, else as a direct message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakValueDictionary

import discord

from bot.client import Retouch
from bot.errors import BadPicture, Refused, Undeliverable
from bot.gateway.rest_gate import only_with_slot
from bot.images.checked import Picture
from bot.jobs.job import Job
from cogs.delivery.files import file_option, files_of, originals
from cogs.delivery.sent_posts import SentPosts
from cogs.ui.discord_errors import content_refusal, is_too_large, passes
from cogs.ui.job_of_message import is_ours
from cogs.ui.links import MARK as LINKS
from cogs.ui.marks import read_mark
from cogs.ui.post import Attachments, Post
from cogs.ui.split import beside

PLAIN_LIMIT: Final = 10 * 1024 * 1024
"""Bytes that may be uploaded where no server is boosted, the smallest limit of all places."""

TRIES: Final = 4
"""Sizes in which a file is tried."""

INVALID_FORM: Final = 50035
THREAD_ARCHIVED: Final = 50083
THREAD_GONE: Final = (10003, 50001, THREAD_ARCHIVED, 160005)
"""The errors of a thread that was deleted, hidden, archived for good, or locked."""

NO_HISTORY: Final = 160002
"""The error when a reply is refused, since we may not read older messages."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent: its place, and the key of a word about the place if it is not the usual one."""

    channel_id: int
    message_id: int
    url: str
    word: str | None = None


class Posting:
    """Sending of each post once: with a nonce, and after a restart only if the places do not have it already."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._sent_posts = SentPosts(0.0)  # for jobs from before this process, every post may have been sent
        self._result_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def result_lock(self, job_id: str) -> asyncio.Lock:
        """Return the lock that excludes the delivery of a job's result from its deletion.

        Otherwise a delivery that is repeated after a crash could look for its message between its deletion and the
        moment when that is stored, and post the picture again.
        """
        return self._result_locks.setdefault(job_id, asyncio.Lock())

    async def send_result(self, job: Job, posts: Sequence[Post]) -> Sent | None:
        """Send the posts of a result and return the first, or None without sending if the picture was deleted."""
        async with self.result_lock(job.id):
            stored = await self._bot.services.jobs.get(job.id)
            if stored is not None and stored.erased_id is not None:
                return None
            first, *further = posts
            sent = await self.send(job, first)
            for post in further:
                await self.send(job, post)
            return sent

    async def send(self, job: Job, post: Post) -> Sent:
        """Send a post in the first place that takes it.

        Raises Undeliverable, BadPicture for a file that Discord does not take, and Discord's temporary errors.
        """
        full = job.nonce + post.mark
        if self._sent_posts.may_be_sent(full, job.created_at) or not self._bot.services.jobs.is_new(job.id):
            sent = await self._sent_before(job, full)
            if sent is not None:
                return sent
        self._sent_posts.add(full, job.created_at)
        refusals: list[str] = []
        refusal: discord.HTTPException | None = None
        for place_id, usual_word in self._places(job):
            word = _word(usual_word, refusal)
            try:
                channel_id = await self._direct(job) if place_id is None else place_id
                return await self._send_into(job, post, channel_id, word)
            except discord.HTTPException as error:
                # An invalid message is invalid in every place.
                if passes(error) or error.code == INVALID_FORM:
                    raise
                _check_pictures(post, error)
                refusal = error
                refusals.append(f"{place_id or 'direct'}: {error.code}")
        raise Undeliverable(", ".join(refusals))

    async def _sent_before(self, job: Job, full: str) -> Sent | None:
        """Return the message with this mark from the place that took it, or None.

        All places are searched before anything is sent: a place that refused the first time may be open again by now.
        """
        where = job.destination
        for place_id, word in self._places(job):
            try:
                channel_id = await self._direct(job) if place_id is None else place_id
            except discord.HTTPException as error:
                if passes(error):
                    raise
                continue
            message_id = await self.find(channel_id, full, after=where.interaction_id)
            if message_id is not None:
                channel = self._bot.get_partial_messageable(channel_id, guild_id=where.guild_id)
                return Sent(channel_id, message_id, channel.get_partial_message(message_id).jump_url, word)
        return None

    async def find_sent(self, job: Job, mark: str, thread_id: int | None) -> Sent | None:
        """Return a job's message with this mark from where it may have been sent, or None. ``thread_id``: its thread.

        Its destination may not name the thread: the database was restored from a copy that is older.
        """
        if thread_id is not None:
            job = replace(job, destination=replace(job.destination, place_id=thread_id))
        return await self._sent_before(job, job.nonce + mark)

    async def find(self, channel_id: int, mark: str, *, after: int) -> int | None:
        """Return the id of our message with this mark, sent after the message or interaction ``after``, or None."""
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
        """Return the ids of the messages with further links that follow a result. ``mark``: the job's."""
        channel = self._bot.get_partial_messageable(channel_id)
        message_ids: set[int] = set()
        try:
            async for message in channel.history(limit=50, after=discord.Object(after), oldest_first=True):
                job_id, kind = (is_ours(self._bot, message) and read_mark(message)) or ("", "")
                if job_id == mark and kind.startswith(LINKS):
                    message_ids.add(message.id)
        except discord.HTTPException as error:
            if error.status >= 500:
                raise
            _log.info("channel %s can't be read (%s)", channel_id, error.code)
        return message_ids

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of ours, if it is still there. An archived thread is opened first, else Discord refuses.

        Raises Refused("thread-locked") if a moderator locked that thread.
        """
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await message.delete()
        except discord.NotFound:
            return
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            if not await self.unarchive(channel_id):
                raise Refused("thread-locked") from error
            await message.delete()

    async def unarchive(self, thread_id: int) -> bool:
        """Open an archived thread again. Return False if we may not."""
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

    async def _send_into(self, job: Job, post: Post, channel_id: int, word: str | None) -> Sent:
        where = job.destination
        full = job.nonce + post.mark
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
        """Send a message that pings nobody but the requester, if the text mentions them."""
        guild = self._bot.get_guild(channel.guild_id) if channel.guild_id else None
        limit = guild.filesize_limit if guild else PLAIN_LIMIT
        options = options | {
            "nonce": nonce,
            "allowed_mentions": discord.AllowedMentions(
                everyone=False, roles=False, replied_user=False, users=[discord.Object(requester_id)]
            ),
        }
        if post.embed is not None:
            options["embed"] = post.embed
        if post.buttons is not None:
            options["view"] = post.buttons
        for _ in range(TRIES):
            pictures = await self._fitting(post.attachments, limit)
            files = files_of(post.attachments, pictures)
            text = post.content(word)
            options["content"] = beside(text, originals(post.attachments, pictures)) if text else text
            try:
                with only_with_slot():
                    message: discord.Message = await channel.send(**options, **file_option(files))  # type: ignore[call-overload]  # discord.py overloads each mix of options
                return message
            except discord.HTTPException as error:
                if not is_too_large(error) or not pictures:
                    raise
            # The limit may be lower than the boosts of the server say: then it is the smallest of all, or less.
            limit = min(PLAIN_LIMIT, max(len(picture.data) for picture in pictures) // 2)
        raise BadPicture("too-large", limit_mb=max(1, limit * 2 // 1024**2))

    async def _fitting(self, attachments: Attachments | None, limit: int) -> list[Picture]:
        """Return the pictures, none larger than ``limit`` bytes. Raises BadPicture where that can't be done."""
        if attachments is None:
            return []
        fit = self._bot.services.image_worker.fit
        return [
            picture if len(picture.data) <= limit else await fit(picture.data, limit, attachments.made_by)
            for picture, _ in attachments.pictures
        ]

    async def _direct(self, job: Job) -> int:
        user = discord.Object(job.destination.requester_id)
        channel = await self._bot.create_dm(user)
        return channel.id


def _check_pictures(post: Post, error: discord.HTTPException) -> None:
    """Raise BadPicture where Discord refuses a post with pictures for what it holds: the place is not to blame."""
    reason = content_refusal(error)
    if reason is not None and post.attachments is not None and post.attachments.pictures:
        raise BadPicture(reason, error.text) from error


def _word(usual: str | None, refusal: discord.HTTPException | None) -> str | None:
    """Return the key of the word about a place, ``usual`` for it, after the place before refused the post."""
    if refusal is not None and content_refusal(refusal) is not None:
        return "place-content-refused"
    if usual == "place-thread-gone" and refusal is not None and refusal.code not in THREAD_GONE:
        return "place-thread-closed"
    return usual
