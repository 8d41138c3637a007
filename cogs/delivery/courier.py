"""The Courier for Discord: thread, progress, pictures, apology. By bot token: an interaction's lasts 15 minutes.

https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import discord
from cachetools import LRUCache

from bot.client import Retouch
from bot.errors import Fact, RetouchError
from bot.images.checked import Picture
from bot.jobs.courier import Link, Phase, Progress, QueuePlace, Recalled
from bot.jobs.job import Job, Posted
from bot.memory import Share
from bot.orders import Source
from bot.text import title
from cogs.delivery.edit_queue import EditQueue
from cogs.delivery.posting import Posting
from cogs.delivery.recalling import recall
from cogs.ui.attachments import MessageAttachments
from cogs.ui.cards import Cards
from cogs.ui.discord_errors import passes, translated
from cogs.ui.managers import Managers
from cogs.ui.operators import Operators
from cogs.ui.result_posts import ResultPosts

EDIT_EVERY: Final = 5.0
"""Seconds between two edits of a job's progress."""

ARCHIVE_AFTER: Final = 60
"""Minutes. Short, since a server can have only about a thousand open threads."""

REMEMBERED: Final = 2000
"""Jobs whose last progress is remembered, and as many that were cancelled."""

THREAD_EXISTS: Final = 160004

_WHY_NO_THREAD: Final = {
    160006: "place-too-many-threads",
    50001: "place-no-create-thread",
    50013: "place-no-create-thread",
    50024: "place-kind",
    10008: "place-no-card",
    200001: "place-title-refused",
}
"""Words about the place by Discord's error code.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
"""

_log = logging.getLogger(__name__)


class DiscordCourier:
    """A Courier (``bot.jobs.courier``) for Discord. ``elapsed`` counts seconds."""

    def __init__(self, bot: Retouch, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)
        self._result_posts = ResultPosts(self._cards)
        self._jobs = bot.services.jobs
        self._elapsed = elapsed
        self.posting = Posting(bot)
        self._progress: LRUCache[str, tuple[float, str, Phase]] = LRUCache(REMEMBERED)
        self._operators = Operators(bot, elapsed)
        self._cancelled: LRUCache[str, None] = LRUCache(REMEMBERED)
        self._attachments = MessageAttachments(bot)
        self._edit_queue = EditQueue(bot)
        self._managers = Managers(bot)

    async def read(self, source: Source, share: Share) -> bytes:
        """Read a source picture from the message that holds it, or from the upload before there is one."""
        with translated():
            return await self._attachments.read(source, share)

    async def open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        """Create the thread from the card, and post the source pictures in it, which later edits read from there.

        If they are in messages already, or if there are none, an order in a thread shows its progress on the card.
        """
        with translated():
            return await self._open(job, pictures)

    async def _open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        if job.destination.source_id is not None:
            return job
        where = job.destination
        if where.place_id is None:
            place_id, word = await self._open_thread(job)
            where = replace(where, place_id=place_id, word=word or where.word)
            job = replace(job, destination=where)
        posted = all(source.message_id is not None for source in job.order.sources)
        if posted and where.place_id == where.channel_id:
            return await self._jobs.place(job.id, place_id=where.place_id, source_id=where.card_id, word=where.word)
        sent = await self.posting.send(job, self._cards.source(job, pictures))
        word = where.word or sent.word
        job = await self._jobs.place(job.id, place_id=sent.channel_id, source_id=sent.message_id, word=word)
        if job.id not in self._cancelled:
            self._queue_card(job, self._cards.opened(job))
        return job

    async def _open_thread(self, job: Job) -> tuple[int, str | None]:
        """Create the thread, if the server wants one. Return its id, or the channel's with the reason for no thread."""
        where = job.destination
        silent = where.word in ("place-no-create-thread", "place-no-thread-messages")
        if where.kind != "channel" or not where.threaded or silent:
            return where.channel_id, None
        assert where.card_id is not None  # a workflow begins after the card's id was stored
        channel = self._bot.get_partial_messageable(where.channel_id, guild_id=where.guild_id)
        card = channel.get_partial_message(where.card_id)
        try:
            await card.create_thread(name=title(job.order.prompt), auto_archive_duration=ARCHIVE_AFTER)
        except discord.HTTPException as error:
            if error.code == THREAD_EXISTS:
                return where.card_id, None  # created before a crash: a message's thread has the message's id
            if passes(error):
                raise
            return where.channel_id, _WHY_NO_THREAD.get(error.code, "place-kind")
        return where.card_id, None

    async def queued(self, job: Job, place: QueuePlace) -> bool:
        """Show a changed place in the queue, unless other edits in that channel would have to wait for it."""
        if job.id in self._cancelled or self._edit_queue.is_busy(job.destination.channel_id):
            return False
        self._queue_card(job, self._cards.accepted(job, place))
        return True

    async def progress(self, job: Job, progress: Progress) -> None:
        """Show changed progress with at most one edit in 5 s. The beginning and the end of a wait are shown at once."""
        text = self._cards.progress_line(job, progress)
        now = self._elapsed()
        shown_at, shown_text, shown_phase = self._progress.get(job.id, (now - EDIT_EVERY, "", "preparing"))
        is_due = now - shown_at >= EDIT_EVERY or "held" in (shown_phase, progress.phase)
        if text != shown_text and is_due and job.id not in self._cancelled:
            self._progress[job.id] = (now, text, progress.phase)
            self._show(job, progress)

    def _show(self, job: Job, progress: Progress) -> None:
        where = job.destination
        if _on_card(job):
            self._queue_card(job, self._cards.working(job, progress))
        elif where.place_id is not None and where.source_id is not None:
            self._edit_queue.schedule(where.place_id, where.source_id, self._cards.progress(job, progress))
        elif progress.phase == "held":  # before there is a thread, only the card can say so
            self._queue_card(job, self._cards.working(job, progress))

    def _queue_card(self, job: Job, embed: discord.Embed) -> None:
        where = job.destination
        if where.card_id is not None:
            self._edit_queue.schedule(where.channel_id, where.card_id, embed, self._cards.while_running(job))

    async def late(self, job: Job) -> None:
        """Post a new message, which notifies the member."""
        with translated():
            await self.posting.send(job, self._cards.late(job))

    async def deliver(
        self,
        job: Job,
        pictures: Sequence[Picture],
        links: Sequence[Link],
        *,
        part: int = 0,
        originals: Sequence[Link] = (),
    ) -> Posted | None:
        """Post the result as a new message: a mention that is edited in would ping nobody.

        Return None if the picture was deleted while it was posted the first time.
        """
        posts = self._result_posts.posts(job, pictures, links, part, originals)
        with translated():
            sent = await self.posting.send_result(job, posts)
        return None if sent is None else Posted(sent.channel_id, sent.message_id)

    async def done(self, job: Job, seconds: int) -> None:
        """Show the link to the picture on the card, unless somebody deleted the picture: the card says so already."""
        if not _on_card(job):
            await self._edit_source(job, self._cards.progress(job, Progress("painted", None, seconds)))
        async with self.posting.result_lock(job.id):
            stored = await self._jobs.get(job.id) or job
            if stored.erased_id is None and stored.result_id is not None:
                where = job.destination
                place = where.result_place_id or where.place_id or where.channel_id
                link = f"https://discord.com/channels/{where.guild_id or '@me'}/{place}/{stored.result_id}"
                await self._edit_card(job, self._cards.delivered(job, link))
        self._progress.pop(job.id, None)

    async def apologise(self, job: Job, error: RetouchError) -> None:
        """Show what went wrong on the card, and in a new message if there is a thread or the card can't be edited."""
        opened = job.destination.source_id is not None
        card_edited = await self._edit_card(job, self._cards.failed(job, error))
        if opened or not card_edited:
            with translated():
                await self.posting.send(job, self._cards.apology(job, error))
        if opened and not _on_card(job):
            await self._edit_source(job, self._cards.stopped(job, error))
        self._progress.pop(job.id, None)

    async def cancelled(self, job: Job) -> None:
        """Show that the job was cancelled, and stop showing its progress."""
        self._cancelled[job.id] = None
        embed = self._cards.cancelled(job)
        await self._edit_card(job, embed, self._cards.under_trouble(job, None))
        if _on_card(job) or await self._edit_source(job, self._cards.stopped(job)):
            return
        where = job.destination  # its thread may be archived, and would say "Painting…" for ever
        if where.place_id and where.source_id and await self.posting.unarchive(where.place_id):
            await self._edit_source(job, self._cards.stopped(job))

    async def show_deleted(self, job: Job, by: int) -> None:
        """Show on the card that its pictures were deleted, and by whom."""
        await self._edit_card(job, self._cards.deleted(job, by))

    async def find_card(self, job: Job) -> int | None:
        """Return the id of our card among the messages since the command, found by its mark, or None."""
        with translated():
            return await self.posting.find(job.destination.channel_id, job.nonce, after=job.destination.interaction_id)

    async def recall(self, job: Job) -> Recalled:
        """Look for the messages about a job that a restored database does not know."""
        with translated():
            return await recall(self._bot, self.posting, job)

    async def warn_operator(self, job: Job, error: RetouchError, links: Sequence[Link] = ()) -> None:
        """Send a direct message about a job to each operator."""
        await self._operators.warn(job, error, links)

    async def tell_managers(
        self, guild_id: int, key: str, facts: Mapping[str, Fact], *, otherwise: int, nonce: str
    ) -> None:
        """Send a sentence to the managers, in the server's own language."""
        text = self._bot.services.phrases.say(self._managers.locale(guild_id), key, facts)
        await self._managers.tell(guild_id, text, otherwise=otherwise, nonce=nonce)

    async def tell_operators(self, key: str, facts: Mapping[str, Fact]) -> None:
        """Send a sentence to each operator."""
        await self._operators.tell(key, facts)

    async def _edit_card(self, job: Job, embed: discord.Embed, buttons: discord.ui.View | None = None) -> bool:
        where = job.destination
        return await self._edit_queue.edit_at_last(where.channel_id, where.card_id, embed, buttons)

    async def _edit_source(self, job: Job, embed: discord.Embed) -> bool:
        where = job.destination
        return await self._edit_queue.edit_at_last(where.place_id, where.source_id, embed)


def _on_card(job: Job) -> bool:
    """Return whether the card itself shows the progress."""
    return job.destination.source_id is not None and job.destination.source_id == job.destination.card_id
