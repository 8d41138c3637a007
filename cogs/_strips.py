"""Strips: before and after, or all steps, for the eyes of whoever asks. Remembered while they can be taken back."""

from __future__ import annotations

import io
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import discord

from bot.app import Retouch
from bot.errors import BadPicture, SourceGone
from bot.jobs.job import Job
from bot.jobs.lineage import result_of, used
from bot.plain import clean, shorten
from bot.toapis.models import Source
from cogs._archive import Archive
from cogs._looks import ALT_LIMIT, Looks

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


@dataclass(frozen=True, slots=True)
class _Shown:
    """A strip that somebody sees, and the messages whose pictures are in it. Its token is never written down."""

    message: discord.WebhookMessage
    of: frozenset[int]
    at: float


class Strips:
    """``forget`` takes back those with a picture that was deleted; a restart forgets them, and so does time."""

    def __init__(self, bot: Retouch, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._archive = Archive(bot)
        self._looks = Looks(bot.parts.phrases)
        self._clock = clock
        self._shown: deque[_Shown] = deque(maxlen=REMEMBERED)

    async def compare(self, interaction: discord.Interaction, job: Job, after: Source) -> None:
        """Its first source beside this painted picture of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        sources = (job.sources[0], after)
        before, later = [await self._archive.read(one) for one in sources]
        made = await self._bot.parts.darkroom.compare(before, later, ATTACHMENT_ROOM)
        locale = interaction.locale.value
        alt = self._looks.to_whom(locale, "compare-alt", prompt=clean(job.order.prompt))
        message = await interaction.followup.send(
            self._looks.to_whom(locale, "compare"),
            file=discord.File(
                io.BytesIO(made.data), made.named(f"compare-{job.mark}"), description=shorten(alt, ALT_LIMIT)
            ),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def steps(self, interaction: discord.Interaction, job: Job) -> None:
        """All pictures that led to it. One that is gone is an empty frame, with words."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        line = await self._bot.parts.jobs.lineage(job.id, STEPS_SHOWN - 1)
        path = used(line)
        sources = [*(path[0].sources[:1] or [None]), *(result_of(step) for step in path)]
        frames = [await self._frame(source) for source in sources]
        made = await self._bot.parts.darkroom.film_strip(frames, ATTACHMENT_ROOM)
        forgotten = any(step.forgotten_at is not None for step in line)
        there = [frame is not None for frame in frames]
        text = self._looks.steps(interaction.locale.value, path, there, forgotten=forgotten)
        alt = self._looks.to_whom(interaction.locale.value, "steps-alt", count=len(frames))
        message = await interaction.followup.send(
            text,
            file=discord.File(io.BytesIO(made.data), made.named(f"steps-{job.mark}"), description=alt),
            ephemeral=True,
            wait=True,
        )
        self._remember(message, sources)

    async def forget(self, message_ids: Collection[int]) -> None:
        """The pictures of these messages were deleted: strips with one of them go, too."""
        gone = [one for one in self._shown if not one.of.isdisjoint(message_ids)]
        for one in gone:
            self._shown.remove(one)
            if self._clock() - one.at < TAKEN_BACK_FOR:
                try:
                    await one.message.delete()
                except discord.HTTPException as error:
                    _log.info("a strip can't be taken back: %s", error)

    def _remember(self, message: discord.WebhookMessage, sources: Collection[Source | None]) -> None:
        now = self._clock()
        while self._shown and now - self._shown[0].at >= TAKEN_BACK_FOR:
            self._shown.popleft()
        of = frozenset(one.message_id for one in sources if one is not None and one.message_id is not None)
        self._shown.append(_Shown(message, of, now))

    async def _frame(self, source: Source | None) -> bytes | None:
        """Small at once: the pictures of a long line would not all fit into memory."""
        try:
            if source is None:
                return None
            return (await self._bot.parts.darkroom.thumbnail(await self._archive.read(source))).data
        except (SourceGone, BadPicture):
            return None
