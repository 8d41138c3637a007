"""The Courier in life: thread, progress, pictures, apology. All by bot token: an interaction's dies after 15 minutes.

https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import discord
from cachetools import LRUCache

from bot.client import Retouch
from bot.errors import Fact, RetouchError
from bot.images.picture import Picture
from bot.jobs.courier import TOGETHER, Link, Phase, Progress
from bot.jobs.job import Job
from bot.memory import Share
from bot.orders import Source
from bot.text import title
from cogs.delivery.edit_queue import Edits
from cogs.delivery.posting import Files, Post, Route
from cogs.ui.attachments import COVER, Archive
from cogs.ui.cards import LATE, NOT_KNOWN, SORRY, SOURCE, Cards, is_open, result_mark
from cogs.ui.discord_errors import passes, translated
from cogs.ui.links import as_file, links_mark
from cogs.ui.managers import Managers
from cogs.ui.operators import Operators

EDIT_EVERY: Final = 5.0
"""Seconds between two edits of a job's progress."""

ARCHIVE_AFTER: Final = 60
"""Minutes: a server can have about a thousand open threads."""

REMEMBERED: Final = 2000
"""Jobs whose progress is shown or, since they were called off, is not shown any more; kinds of warnings."""

THREAD_EXISTS: Final = 160004

_WHY_NO_THREAD: Final = {
    160006: "place-too-many-threads",
    50001: "place-no-create-thread",
    50013: "place-no-create-thread",
    50024: "place-kind",
    10008: "place-no-card",
}
"""https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes"""

_log = logging.getLogger(__name__)


class Delivery:
    """A Courier (``bot.jobs.courier``) for Discord."""

    def __init__(self, bot: Retouch, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._cards = Cards(bot.services.phrases)
        self._jobs = bot.services.jobs
        self._image_worker = bot.services.image_worker
        self._elapsed = elapsed
        self.route = Route(bot)
        self._shown: LRUCache[str, tuple[float, str, Phase]] = LRUCache(REMEMBERED)
        self._operators = Operators(bot, self._cards, elapsed)
        self._ended: LRUCache[str, None] = LRUCache(REMEMBERED)
        self._archive = Archive(bot)
        self._edits = Edits(self._edit_now)
        self._managers = Managers(bot)

    async def read(self, source: Source, share: Share) -> bytes:
        """From the message that holds it, which does not expire; before there is one, from the upload."""
        with translated():
            return await self._archive.read(source, share)

    async def open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        """The thread grows from the card; its first message holds the source pictures, which later edits read.

        Where they are in messages already, or there are none, an order in a thread shows its progress on the card.
        """
        with translated():
            return await self._open(job, pictures)

    async def _open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        if job.destination.source_id is not None:
            return job
        if job.destination.place_id is None:
            place_id, word = await self._place(job)
            job = await self._jobs.place(job.id, place_id=place_id, word=word or job.destination.word)
        kept = all(source.message_id is not None for source in job.order.sources)
        if kept and job.destination.place_id == job.destination.channel_id:
            return await self._jobs.place(job.id, source_id=job.destination.card_id)
        named = [(one, job.stem("source", n, len(pictures))) for n, one in enumerate(pictures, 1)]
        sent = await self.route.send(
            job,
            Post(
                SOURCE,
                lambda _: None,
                embed=self._cards.progress(job, Progress("preparing")),
                files=self._files(job, named, self._cards.source_alt(job)) if named else None,
            ),
        )
        word = job.destination.word or sent.word
        job = await self._jobs.place(job.id, place_id=sent.channel_id, source_id=sent.message_id, word=word)
        if job.id not in self._ended:
            self._card_soon(job, self._cards.opened(job, self._bot.services.whole_catalogue()))
        return job

    async def _place(self, job: Job) -> tuple[int, str | None]:
        """The thread's id, or the channel's with the reason why there is no thread, if the server wants one."""
        where = job.destination
        silent = where.word in ("place-no-create-thread", "place-no-thread-messages")
        if where.kind != "channel" or not where.threaded or silent:
            return where.channel_id, None
        assert where.card_id is not None  # a story begins after the card's id was noted
        channel = self._bot.get_partial_messageable(where.channel_id, guild_id=where.guild_id)
        card = channel.get_partial_message(where.card_id)
        try:
            await card.create_thread(name=title(job.order.prompt), auto_archive_duration=ARCHIVE_AFTER)
        except discord.HTTPException as error:
            if error.code == THREAD_EXISTS:
                return where.card_id, None  # made before a crash: a message's thread has the message's id
            if passes(error):
                raise
            return where.channel_id, _WHY_NO_THREAD.get(error.code, "place-kind")
        return where.card_id, None

    async def progress(self, job: Job, progress: Progress) -> None:
        """At most one edit per 5 s, and only on change. What is waited for is shown at once, and so is its end."""
        text, now = self._cards.progress_line(job, progress), self._elapsed()
        at, shown, phase = self._shown.get(job.id, (now - EDIT_EVERY, "", "preparing"))
        is_due = now - at >= EDIT_EVERY or "held" in (phase, progress.phase)
        if text != shown and is_due and job.id not in self._ended:
            self._shown[job.id] = (now, text, progress.phase)
            self._show(job, progress)

    def _show(self, job: Job, progress: Progress) -> None:
        where = job.destination
        if _on_card(job):
            self._card_soon(job, self._cards.working(job, progress, self._bot.services.whole_catalogue()))
        elif where.place_id is not None and where.source_id is not None:
            self._edits.soon(where.place_id, where.source_id, self._cards.progress(job, progress))
        elif progress.phase == "held":  # there is no thread yet, and until it is opened only the card can say so
            self._card_soon(job, self._cards.working(job, progress, self._bot.services.whole_catalogue()))

    def _card_soon(self, job: Job, embed: discord.Embed) -> None:
        where = job.destination
        if where.card_id is not None:
            self._edits.soon(where.channel_id, where.card_id, embed, self._cards.while_running(job))

    async def late(self, job: Job) -> None:
        """A new message, which calls the member back."""
        with translated():
            await self.route.send(job, Post(LATE, lambda _: self._cards.late(job)))

    async def deliver(
        self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0
    ) -> int | None:
        """A new message: a mention that is edited in would ping nobody."""
        async with self.route.result_lock(job.id):
            known = await self._jobs.get(job.id)
            if known is not None and known.erased_id is not None:
                return None
            return await self._deliver(job, pictures, links, part)

    async def _deliver(self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], part: int) -> int:
        catalogue, mark = self._bot.services.whole_catalogue(), result_mark(part)
        alone = part == 0 and len(pictures) + len(links) == 1
        stem = f"retouch-{job.nonce}"
        named = [(one, stem if alone else f"{stem}-{n}") for n, one in enumerate(pictures, part * TOGETHER + 1)]
        lost = "place-no-card" if job.destination.word == "place-no-card" else None  # no card is left to say it

        def texts(word: str | None) -> list[str]:
            return self._cards.result(job, catalogue, part, len(pictures), links, word or lost)

        post = Post(
            mark,
            lambda word: texts(word)[0],
            files=self._files(job, named, self._cards.result_alt(job, catalogue), links),
            buttons=self._cards.under_result(job, catalogue, shown=bool(pictures)) if part == 0 else None,
        )
        with translated():
            sent = await self.route.send(job, post)
            for number, text in enumerate(texts(None)[1:], 1):
                await self.route.send(job, Post(links_mark(part, number), partial(_always, text)))
        if part == 0:
            await self._jobs.place(job.id, result_place_id=sent.channel_id)
        return sent.message_id

    async def done(self, job: Job, seconds: int) -> None:
        """On the card with the way to the picture, unless somebody deleted it: then the card says that."""
        if not _on_card(job):
            await self._edit_source(job, self._cards.progress(job, Progress("painted", None, seconds)))
        async with self.route.result_lock(job.id):
            known, where = await self._jobs.get(job.id) or job, job.destination
            if known.erased_id is None and known.result_id is not None:
                place = where.result_place_id or where.place_id or where.channel_id
                link = f"https://discord.com/channels/{where.guild_id or '@me'}/{place}/{known.result_id}"
                await self._edit_card(job, self._cards.delivered(job, self._bot.services.whole_catalogue(), link))
        self._shown.pop(job.id, None)

    async def apologise(self, job: Job, error: RetouchError) -> None:
        """In the thread where there is one, and on the card; where the card can't be reached, in a new message."""
        opened = job.destination.source_id is not None
        carded = await self._edit_card(job, self._cards.failed(job, self._bot.services.whole_catalogue(), error))
        if opened or not carded:
            sorry, mark = self._cards.sorry(job, error), NOT_KNOWN if is_open(error) else SORRY
            with translated():
                await self.route.send(job, Post(mark, lambda _: sorry, buttons=self._cards.under_trouble(job, error)))
        if opened and not _on_card(job):
            await self._edit_source(job, self._cards.stopped(job, error))
        self._shown.pop(job.id, None)

    async def cancelled(self, job: Job) -> None:
        """The card says so, whoever else edits at the same moment: from now on no progress is shown."""
        self._ended[job.id] = None
        embed = self._cards.cancelled(job, self._bot.services.whole_catalogue())
        await self._edit_card(job, embed, self._cards.under_trouble(job, None))
        if _on_card(job) or await self._edit_source(job, self._cards.stopped(job)):
            return
        where = job.destination  # its thread may have gone to sleep, and would say "Painting…" for ever
        if where.place_id and where.source_id and await self.route.wake(where.place_id):
            await self._edit_source(job, self._cards.stopped(job))

    async def show_deleted(self, job: Job, by: int) -> None:
        """Show on the card that its pictures were deleted, and by whom."""
        await self._edit_card(job, self._cards.deleted(job, self._bot.services.whole_catalogue(), by))

    async def find_card(self, job: Job) -> int | None:
        """Looks through what was written since the command for our card, by the job's mark."""
        with translated():
            return await self.route.find(job.destination.channel_id, job.nonce, after=job.destination.interaction_id)

    async def warn_operator(self, job: Job, error: RetouchError, links: Sequence[Link] = ()) -> None:
        """A direct message to each operator."""
        await self._operators.warn(job, error, links)

    async def tell_managers(
        self, guild_id: int, key: str, facts: Mapping[str, Fact], *, otherwise: int, nonce: str
    ) -> None:
        """In the server's own language."""
        text = self._bot.services.phrases.say(self._managers.locale(guild_id), key, facts)
        await self._managers.tell(guild_id, text, otherwise=otherwise, nonce=nonce)

    async def tell_operators(self, key: str, facts: Mapping[str, Fact]) -> None:
        """A direct message to each operator."""
        await self._operators.tell(key, facts)

    def _files(self, job: Job, named: Sequence[tuple[Picture, str]], alt: str, links: Sequence[Link] = ()) -> Files:
        """Of ``links`` only those that are too long for a message."""
        cover = COVER if job.destination.spoiler else ""

        async def made(limit: int) -> list[discord.File]:
            files = []
            for picture, stem in named:
                fitting = picture if len(picture.data) <= limit else await self._image_worker.fit(picture.data, limit)
                name = cover + fitting.named(stem)
                files.append(discord.File(io.BytesIO(fitting.data), filename=name, description=alt))
            return [*files, *as_file(links, cover)]

        return made

    async def _edit_card(self, job: Job, embed: discord.Embed, buttons: discord.ui.View | None = None) -> bool:
        where = job.destination
        return await self._edit(where.channel_id, where.card_id, embed, buttons)

    async def _edit_source(self, job: Job, embed: discord.Embed) -> bool:
        where = job.destination
        return await self._edit(where.place_id, where.source_id, embed)

    async def _edit(
        self,
        channel_id: int | None,
        message_id: int | None,
        embed: discord.Embed,
        buttons: discord.ui.View | None = None,
    ) -> bool:
        """Without ``buttons`` those that were there go.

        False where there is no such message, or none that we may edit: the picture goes its way all the same. Raises
        Unavailable.
        """
        if channel_id is None or message_id is None:
            return False
        await self._edits.over(channel_id, message_id)
        with translated():
            return await self._edit_at_last(channel_id, message_id, embed, buttons)

    async def _edit_now(
        self, channel_id: int, message_id: int, embed: discord.Embed, buttons: discord.ui.View | None
    ) -> None:
        """News of the moment: whatever an edit meets, the next one may do, and it must not cost a picture."""
        try:
            await self._edit_at_last(channel_id, message_id, embed, buttons)
        except Exception as error:  # noqa: BLE001 - as above
            _log.info("message %s can't be edited now: %s", message_id, error)

    async def _edit_at_last(
        self, channel_id: int, message_id: int, embed: discord.Embed, buttons: discord.ui.View | None
    ) -> bool:
        """The last word about a job: it must not be lost to trouble that passes, which is raised."""
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await message.edit(embed=embed, view=buttons, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            if passes(error):
                raise
            _log.info("message %s can't be edited: %s", message_id, error)
            return False
        return True


def _always(text: str, _: str | None) -> str:
    return text


def _on_card(job: Job) -> bool:
    """Whether the card itself shows the progress."""
    return job.destination.source_id is not None and job.destination.source_id == job.destination.card_id
