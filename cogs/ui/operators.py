"""Direct messages to the operators, without repetitions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import discord
from cachetools import TTLCache

from bot.client import Retouch
from bot.errors import Fact, RetouchError
from bot.jobs.courier import Link
from bot.jobs.job import Job
from bot.log_privacy import hide
from bot.orders import COVER
from bot.text import escape, shorten
from cogs.ui.links import as_file, lines
from cogs.ui.split import CONTENT_LIMIT, split

WARN_EVERY: Final = 600.0
"""Seconds between two warnings of one kind."""

REMEMBERED: Final = 2000
"""Kinds of warnings."""

_log = logging.getLogger(__name__)


class Operators:
    """The members of OPERATOR_IDS. Nothing here raises, so no job fails because of it. ``elapsed`` counts seconds."""

    def __init__(self, bot: Retouch, elapsed: Callable[[], float]) -> None:
        self._bot = bot
        self._warned: TTLCache[str, None] = TTLCache(REMEMBERED, WARN_EVERY, timer=elapsed)

    async def warn(self, job: Job, error: RetouchError, links: Sequence[Link]) -> None:
        """Report the trouble of a job, at most once in ten minutes for each kind of trouble.

        A report with links is always sent, since nobody else has these pictures.
        """
        if not self._is_news(error.key) and not links:
            return
        sentence = self._bot.services.phrases.explain("en", error)
        facts = {"job": job.id, "sentence": sentence, "detail": escape(hide(error.detail)[:500])}
        phrases = self._bot.services.phrases
        text = [phrases.say("en", "operator-warning", facts), *lines(phrases, "en", links, covered=job.covered)]
        await self._write(error.key, text, links, cover=COVER if job.covered else "")

    async def tell(self, key: str, facts: Mapping[str, Fact]) -> None:
        """Send a sentence, at most once in ten minutes."""
        if self._is_news(key):
            await self._write(key, [self._bot.services.phrases.say("en", key, facts)])

    def _is_news(self, kind: str) -> bool:
        if kind in self._warned:
            return False
        self._warned[kind] = None
        return True

    async def _write(self, kind: str, lines: Sequence[str], links: Sequence[Link] = (), cover: str = "") -> None:
        """Send the lines to each operator. If nobody was reached, the next trouble of this kind is sent again."""
        texts = ["\n".join(message_lines) for message_lines in split(lines, CONTENT_LIMIT) if message_lines]
        reached = False
        for operator_id in self._bot.services.operator_ids:
            try:
                channel = await self._bot.create_dm(discord.Object(operator_id))
                for text in texts[:-1]:
                    await channel.send(shorten(text, CONTENT_LIMIT))
                await channel.send(shorten(texts[-1], CONTENT_LIMIT), files=as_file(links, cover))
                reached = True
            except Exception as trouble:  # noqa: BLE001 - the other operators are told all the same, and no job fails because of it
                _log.warning("operator %s can't be told: %s", operator_id, type(trouble).__name__)
        if not reached:
            self._warned.pop(kind, None)
