"""Collages: before and after, or all steps, for the eyes of whoever asks. Remembered while they can be taken back."""

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
from bot.jobs.job import Job
from bot.jobs.lineage import result_of, used
from bot.orders import Source
from bot.text import clean, shorten
from cogs.ui.attachments import Archive
from cogs.ui.cards import ALT_LIMIT, Cards

ATTACHMENT_ROOM: Final = 10 * 1024 * 1024
"""Bytes that every place takes."""

STEPS_SHOWN: Final = 24
"""Pictures of a film strip: more would be too small to see, on a phone."""

TAKEN_BACK_FOR: Final = 15 * 60.0
"""Seconds for which an interaction's token can delete what it wrote.

https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

REMEMBERED: Final = 500

_log = logging.getLogger(__name__)


T = TypeVar("T")


class Lately(Generic[T]):
    """What was shown in the last 15 minutes, and of which messages' pictures it was made. In memory alone: the token
    that can take it back is written down nowhere."""

    def __init__(self) -> None:
        self._shown: deque[tuple[T, frozenset[int], float]] = deque(maxlen=REMEMBERED)

    def add(self, one: T, of: Collection[int], now: float) -> None:
        """``now`` in seconds, from anywhere."""
        self._shown.append((one, frozenset(of), now))

    def take(self, message_ids: Collection[int], now: float) -> list[T]:
        """Those that were made of one of these, each once. All that is older is forgotten."""
        while self._shown and now - self._shown[0][2] >= TAKEN_BACK_FOR:
            self._shown.popleft()
        gone = [entry for entry in self._shown if not entry[1].isdisjoint(message_ids)]
        for entry in gone:
            self._shown.remove(entry)
        return [entry[0] for entry in gone]


class Collages:
    """``forget`` takes back those with a picture that was deleted; a restart forgets them, and so does time."""

    def __init__(self, bot: Retouch, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._archive = Archive(bot)
        self._cards = Cards(bot.services.phrases)
        self._clock = clock
        self._lately: Lately[discord.WebhookMessage] = Lately()

    async def compare(self, interaction: discord.Interaction, job: Job, after: Source) -> None:
        """Its first source beside this painted picture of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        sources = (job.sources[0], after)
        async with self._bot.services.memory.share() as share:
            before, later = [await self._archive.read(source, share) for source in sources]
            made = await self._bot.services.image_worker.compare(before, later, ATTACHMENT_ROOM)
            del before, later  # before their share is given back
        locale = interaction.locale.value
        alt = self._cards.to_whom(locale, "compare-alt", prompt=clean(job.order.prompt))
        message = await interaction.followup.send(
            self._cards.to_whom(locale, "compare"),
            file=discord.File(
                io.BytesIO(made.data), made.named(f"compare-{job.nonce}"), description=shorten(alt, ALT_LIMIT)
            ),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def steps(self, interaction: discord.Interaction, job: Job, last: Source | None) -> None:
        """All pictures that led to it. One that is gone is an empty frame, with words.

        ``last`` is its own one where somebody sees it: that may not be noted yet.
        """
        await interaction.response.defer(ephemeral=True, thinking=True)
        line = await self._bot.services.jobs.lineage(job.id, STEPS_SHOWN - 1)
        path = used(line)
        before = [result_of(step) for step in path[:-1]]
        sources = [*(path[0].sources[:1] or [None]), *before, last or result_of(path[-1])]
        frames = [await self._frame(source) for source in sources]
        made = await self._bot.services.image_worker.film_strip(frames, ATTACHMENT_ROOM)
        forgotten = any(step.forgotten_at is not None for step in line)
        there = [frame is not None for frame in frames]
        text = self._cards.steps(interaction.locale.value, path, there, forgotten=forgotten)
        alt = self._cards.to_whom(interaction.locale.value, "steps-alt", count=len(frames))
        message = await interaction.followup.send(
            text,
            file=discord.File(io.BytesIO(made.data), made.named(f"steps-{job.nonce}"), description=alt),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def forget(self, message_ids: Collection[int]) -> None:
        """The pictures of these messages were deleted: strips with one of them go, too."""
        for message in self._lately.take(message_ids, self._clock()):
            try:
                await message.delete()
            except discord.HTTPException as error:
                _log.info("a strip can't be taken back: %s", error)

    def _remember(self, message: discord.WebhookMessage, sources: Collection[Source | None]) -> None:
        of = [one.message_id for one in sources if one is not None and one.message_id is not None]
        self._lately.add(message, of, self._clock())

    async def _frame(self, source: Source | None) -> bytes | None:
        """Small at once: the pictures of a long line would not all fit into memory."""
        try:
            if source is None:
                return None
            async with self._bot.services.memory.share() as share:
                return (await self._bot.services.image_worker.thumbnail(await self._archive.read(source, share))).data
        except (SourceGone, BadPicture):
            return None
