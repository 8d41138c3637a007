"""Looks: a Job becomes what is shown. Words and colours only; nothing here waits.

One family of cards, as embeds beside plain attachments: see "Why not Components V2" in CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord

from bot.errors import CreateLost, GaveUp, RetouchError
from bot.jobs.courier import Link, Progress
from bot.jobs.job import Job
from bot.money import dollars
from bot.phrases import Phrases
from bot.plain import clean, escape, quote, shorten
from bot.toapis.catalogue import Catalogue

WAITING: Final = discord.Colour(0x8A8F98)
WORKING: Final = discord.Colour(0x4C8DD9)
DONE: Final = discord.Colour(0x3C9D6B)
TROUBLE: Final = discord.Colour(0xC9772B)

CARD: Final = ""
SOURCE: Final = ".0"
LATE: Final = ".1"
RESULT: Final = ".2"
SORRY: Final = ".3"
NOT_KNOWN: Final = ".4"
"""What follows the job's id in the small print and nonce of each of its messages, so that each is recognised."""

CONTENT_LIMIT: Final = 2000
"""Characters of a message: https://discord.com/developers/docs/resources/message#create-message"""

ALT_LIMIT: Final = 1024
"""Characters of alt text: https://discord.com/developers/docs/resources/message#attachment-object"""


def is_open(error: RetouchError) -> bool:
    """Whether this is not the job's last word: it may turn up, or fail for good, and then people hear of it again."""
    return isinstance(error, CreateLost | GaveUp)


def result_mark(part: int) -> str:
    """The mark of the message with this part of the result: ``.2``, ``.2-2``, ``.2-3`` …"""
    return f"{RESULT}-{part + 1}" if part else RESULT


class Looks:
    """Everything a job looks like, in the member's language."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def say(self, job: Job, key: str, **facts: str | int) -> str:
        """A sentence in the language of the job's member."""
        return self._phrases.say(job.destination.locale, key, facts)

    def member(self, job: Job) -> str:
        """The requester, as a mention."""
        return f"<@{job.destination.requester_id}>"

    def accepted(self, job: Job, catalogue: Catalogue) -> discord.Embed:
        """The answer to the command."""
        return self._card(job, WAITING, self.say(job, "state-accepted"), catalogue)

    def opened(self, job: Job, catalogue: Catalogue) -> discord.Embed:
        """The card, once it is known where the picture will come."""
        place = job.destination.place_id
        here = place is None or place == job.destination.channel_id
        text = self.say(job, "state-working") if here else self.say(job, "state-opened", place=f"<#{place}>")
        return self._card(job, WORKING, text, catalogue)

    def delivered(self, job: Job, catalogue: Catalogue, link: str) -> discord.Embed:
        """The card, with the way to the picture."""
        return self._card(job, DONE, self.say(job, "state-delivered", link=link), catalogue)

    def failed(self, job: Job, catalogue: Catalogue, error: RetouchError) -> discord.Embed:
        """The card, with the sentence of what went wrong."""
        sentence = self._phrases.explain(job.destination.locale, error)
        state = "state-unknown" if is_open(error) else "state-failed"
        return self._card(job, TROUBLE, f"**{self.say(job, state)}** · {sentence}", catalogue)

    def _card(self, job: Job, colour: discord.Colour, state: str, catalogue: Catalogue) -> discord.Embed:
        asked = self.say(job, "card-asked", member=self.member(job))
        lines = [state, "", asked, quote(job.order.prompt)]
        if job.destination.word:
            lines += ["", f"-# {self.say(job, job.destination.word)}"]
        embed = discord.Embed(colour=colour, description="\n".join(lines))
        return embed.set_footer(text=self.small_print(job, catalogue, CARD))

    def small_print(self, job: Job, catalogue: Catalogue, mark: str) -> str:
        """Model, resolution, price and the job's mark."""
        model = catalogue.get(job.order.model)
        assumed = model is None or model.is_price_assumed(job.order.resolution)
        parts = [
            model.name if model else job.order.model,
            job.order.resolution,
            job.order.ratio,
            self.say(job, "cost-about" if assumed else "cost", price=dollars(job.price)),
            job.mark + mark,
        ]
        return " · ".join(part for part in parts if part)

    def progress(self, job: Job, progress: Progress) -> discord.Embed:
        """The line under the source picture."""
        since = int(job.submitted_at or job.created_at)
        key = f"progress-{progress.phase}"
        if progress.phase == "painting" and progress.percent is not None and progress.percent > 10:
            key += "-percent"  # it sticks at 10 for most of the time: below, a number would be no news
        facts = {"since": since, "percent": progress.percent or 0, "seconds": progress.seconds}
        colour = DONE if progress.phase == "painted" else WORKING
        return self._line(job, colour, self.say(job, key, **facts), SOURCE)

    def stopped(self, job: Job) -> discord.Embed:
        """The line under the source picture of a job that failed."""
        return self._line(job, TROUBLE, self.say(job, "progress-stopped"), SOURCE)

    def late(self, job: Job) -> discord.Embed:
        """Longer than usual."""
        return self._line(job, WORKING, self.say(job, "late", member=self.member(job)), LATE)

    def sorry(self, job: Job, error: RetouchError) -> discord.Embed:
        """What went wrong, in one sentence."""
        mark = NOT_KNOWN if is_open(error) else SORRY
        return self._line(job, TROUBLE, self._phrases.explain(job.destination.locale, error), mark)

    def _line(self, job: Job, colour: discord.Colour, text: str, mark: str) -> discord.Embed:
        return discord.Embed(colour=colour, description=text).set_footer(text=job.mark + mark)

    def result(
        self, job: Job, catalogue: Catalogue, part: int, count: int, links: Sequence[Link], word: str | None
    ) -> str:
        """The text of the message that brings ``count`` pictures. It is what a phone's notification shows."""
        lines = [self.say(job, "result-more" if part else "result", member=self.member(job), count=count)]
        lines += self.links(job.destination.locale, links)
        if word:
            lines.append(f"-# {self.say(job, word)}")
        lines.append("-# " + escape(self.small_print(job, catalogue, result_mark(part))))
        return "\n".join(lines)

    def links(self, locale: str, links: Sequence[Link]) -> list[str]:
        """Painted pictures that could not be brought, one a line."""
        return [
            self._phrases.say(
                locale,
                "result-link-until" if link.expires_at else "result-link",
                {"url": link.url, "expires_at": link.expires_at or 0},
            )
            for link in links
        ]

    def result_alt(self, job: Job, catalogue: Catalogue) -> str:
        """Alt text of a painted picture."""
        model = catalogue.get(job.order.model)
        name = model.name if model else job.order.model
        return shorten(self.say(job, "result-alt", model=name, prompt=clean(job.order.prompt)), ALT_LIMIT)

    def source_alt(self, job: Job) -> str:
        """Alt text of the source picture."""
        return shorten(self.say(job, "source-alt", prompt=clean(job.order.prompt)), ALT_LIMIT)
