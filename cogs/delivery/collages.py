"""Collages: before and after, or all steps, shown to the member who asked. Remembered while they can be deleted."""

from __future__ import annotations

import io
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Final, Generic, TypeVar

import discord

from bot.client import Retouch
from bot.errors import BadPicture, SourceGone
from bot.images.checked import Picture
from bot.jobs.job import Job
from bot.jobs.lineage import result_of, used
from bot.orders import Source
from bot.text import clean, shorten
from cogs.ui.attachments import MessageAttachments
from cogs.ui.cards import ALT_LIMIT, Cards

ATTACHMENT_ROOM: Final = 10 * 1024 * 1024
"""Bytes that Discord takes as a file in every place."""

STEPS_SHOWN: Final = 24
"""Pictures of a film strip: more would be too small to see on a phone."""

DELETABLE_FOR: Final = 15 * 60.0
"""Seconds for which an interaction's token can delete the messages that it sent.

https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

REMEMBERED: Final = 500
"""Messages."""

_log = logging.getLogger(__name__)


T = TypeVar("T")


class RecentMessages(Generic[T]):
    """The collages of the last 15 minutes, with the messages of the pictures in them.

    In memory only: the token that can delete them is stored nowhere.
    """

    def __init__(self) -> None:
        self._messages: deque[tuple[T, frozenset[int], float]] = deque(maxlen=REMEMBERED)

    def add(self, message: T, of: Collection[int], now: float) -> None:
        """Store a message with pictures ``of`` these messages. ``now``: seconds, from any fixed moment."""
        self._messages.append((message, frozenset(of), now))

    def pop(self, message_ids: Collection[int], now: float) -> list[T]:
        """Remove and return the messages with pictures of any of ``message_ids``. Older messages are forgotten."""
        while self._messages and now - self._messages[0][2] >= DELETABLE_FOR:
            self._messages.popleft()
        affected = [entry for entry in self._messages if not entry[1].isdisjoint(message_ids)]
        for entry in affected:
            self._messages.remove(entry)
        return [entry[0] for entry in affected]


class Collages:
    """Collages of pictures. ``forget`` deletes those with a deleted picture, until a restart or for 15 minutes."""

    def __init__(self, bot: Retouch, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._attachments = MessageAttachments(bot)
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)
        self._clock = clock
        self._recent: RecentMessages[discord.WebhookMessage] = RecentMessages()

    async def compare(self, interaction: discord.Interaction, job: Job, after: Source) -> None:
        """Show the first source of a job beside its painted picture ``after``."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        sources = (job.sources[0], after)
        async with self._bot.services.memory.share() as share:
            before, later = [await self._attachments.read(source, share) for source in sources]
            collage = await self._bot.services.image_worker.compare(before, later, ATTACHMENT_ROOM)
            del before, later  # before their share is given back
        locale = interaction.locale.value
        alt = self._cards.say_in(locale, "compare-alt", prompt=clean(job.order.prompt))
        message = await interaction.followup.send(
            "\n".join(self._cards.say_in(locale, key) for key in ("compare", "compare-ai")),
            file=_file(collage, f"compare-{job.nonce}", alt, covered=job.covered or after.covered),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def steps(self, interaction: discord.Interaction, job: Job, last: Source | None) -> None:
        """Show all pictures that led to a job's result. A picture that is gone is an empty frame, with words.

        ``last``: the result in the message that was pressed, which may not be stored yet.
        """
        await interaction.response.defer(ephemeral=True, thinking=True)
        line = await self._bot.services.jobs.lineage(job.id, STEPS_SHOWN - 1)
        path = used(line)
        before = [result_of(step) for step in path[:-1]]
        sources = [*(path[0].sources[:1] or [None]), *before, last or result_of(path[-1])]
        frames = [await self._frame(source) for source in sources]
        film_strip = await self._bot.services.image_worker.film_strip(frames, ATTACHMENT_ROOM, made_by=path[0].made_by)
        forgotten = any(step.forgotten_at is not None for step in line)
        there = [frame is not None for frame in frames]
        text = self._cards.steps(interaction.locale.value, path, there, forgotten=forgotten)
        alt = self._cards.say_in(interaction.locale.value, "steps-alt", count=len(frames))
        covered = any(step.covered for step in path) or (last is not None and last.covered)
        message = await interaction.followup.send(
            text,
            file=_file(film_strip, f"steps-{job.nonce}", alt, covered=covered),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def forget(self, message_ids: Collection[int]) -> None:
        """Delete the collages with pictures of these messages, since those were deleted."""
        for message in self._recent.pop(message_ids, self._clock()):
            try:
                await message.delete()
            except discord.HTTPException as error:
                _log.info("a collage can't be deleted: %s", error)

    def _remember(self, message: discord.WebhookMessage, sources: Collection[Source | None]) -> None:
        message_ids = [source.message_id for source in sources if source is not None and source.message_id is not None]
        self._recent.add(message, message_ids, self._clock())

    async def _frame(self, source: Source | None) -> bytes | None:
        """Return a picture as a thumbnail, or None if it is gone. Memory could not hold all pictures of a long line."""
        try:
            if source is None:
                return None
            async with self._bot.services.memory.share() as share:
                return (
                    await self._bot.services.image_worker.thumbnail(await self._attachments.read(source, share))
                ).data
        except (SourceGone, BadPicture):
            return None


def _file(collage: Picture, stem: str, alt: str, *, covered: bool) -> discord.File:
    """Return a collage as a file, covered where any picture in it is."""
    file = io.BytesIO(collage.data)
    return discord.File(file, collage.named(stem), spoiler=covered, description=shorten(alt, ALT_LIMIT))
