"""Looks: a Job becomes what is shown. Words and colours only; nothing here waits.

One family of cards, as embeds beside plain attachments: see "Why not Components V2" in CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord

from bot.errors import (
    BadPicture,
    CreateLost,
    GaveUp,
    Interrupted,
    ModelUnavailable,
    NotAllowed,
    OrderRejected,
    PaintingFailed,
    PolicyRefused,
    RateLimited,
    ResultGone,
    RetouchError,
    ToAPIsUnavailable,
)
from bot.i18n import Phrases
from bot.jobs.courier import Link, Progress
from bot.jobs.job import Job, JobState
from bot.jobs.progress import bar
from bot.money import dollars
from bot.text import clean, escape, quote, shorten
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.components import row
from cogs.ui.links import lines, spread
from cogs.ui.split import CONTENT_LIMIT

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

TRY_AGAIN: Final = (Interrupted, ModelUnavailable, PaintingFailed, RateLimited, ResultGone, ToAPIsUnavailable)
"""Troubles of the moment: the same order may go well in a minute."""

TRY_OTHERS: Final = (ModelUnavailable, NotAllowed, OrderRejected, PaintingFailed, PolicyRefused)
"""Other words, another shape or another model may go well at once."""

_COLOURS: Final = {JobState.DELIVERED: DONE, JobState.FAILED: TROUBLE, JobState.UNKNOWN: TROUBLE}

_NAME_LIMIT: Final = 80
"""Characters of a model's name."""

ALT_LIMIT: Final = 1024
"""Characters of alt text: https://discord.com/developers/docs/resources/message#attachment-object"""


def is_open(error: RetouchError) -> bool:
    """Whether this is not the job's last word: it may turn up, or fail for good, and then people hear of it again."""
    return isinstance(error, CreateLost | GaveUp)


def result_mark(part: int) -> str:
    """The mark of the message with this part of the result: ``.2``, ``.2-2``, ``.2-3`` …"""
    return f"{RESULT}-{part + 1}" if part else RESULT


class Cards:
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

    def working(self, job: Job, progress: Progress, catalogue: Catalogue) -> discord.Embed:
        """The card of a job that shows its progress there."""
        return self._card(job, WORKING, self.progress_line(job, progress), catalogue)

    def cancelled(self, job: Job, catalogue: Catalogue) -> discord.Embed:
        """The card of a job that was called off, and whether it cost something."""
        member = f"<@{job.cancelled_by}>"
        key = "state-cancelled-free" if job.task_id is None else "state-cancelled-bought"
        return self._card(job, WAITING, self.say(job, key, member=member), catalogue)

    def deleted(self, job: Job, catalogue: Catalogue, by: int) -> discord.Embed:
        """The card of a job whose picture was deleted."""
        return self._card(job, WAITING, self.say(job, "state-deleted", member=f"<@{by}>"), catalogue)

    def delivered(self, job: Job, catalogue: Catalogue, link: str) -> discord.Embed:
        """The card, with the way to the picture."""
        return self._card(job, DONE, self.say(job, "state-delivered", link=link), catalogue)

    def failed(self, job: Job, catalogue: Catalogue, error: RetouchError) -> discord.Embed:
        """The card, with the sentence of what went wrong."""
        sentence = self._phrases.explain(job.destination.locale, error)
        state = "state-unknown" if is_open(error) else "state-failed"
        if isinstance(error, BadPicture):
            state = "state-unusable"  # its sentence is also said before there is an order, and names no money
        return self._card(job, TROUBLE, f"**{self.say(job, state)}** · {sentence}", catalogue)

    def _card(self, job: Job, colour: discord.Colour, state: str, catalogue: Catalogue) -> discord.Embed:
        asked = self.say(job, "card-asked", member=self.member(job))
        lines = [state, "", asked, quote(job.order.prompt), *self.credits(job)]
        if job.destination.word:
            lines += ["", f"-# {self.say(job, job.destination.word)}"]
        embed = discord.Embed(colour=colour, description="\n".join(lines))
        return embed.set_footer(text=self.small_print(job, catalogue, CARD))

    def small_print(self, job: Job, catalogue: Catalogue, mark: str) -> str:
        """Model, resolution, price and the job's mark."""
        model = catalogue.get(job.order.model)
        assumed = model is None or model.is_price_assumed(job.order.resolution)
        parts = [
            _name(job, catalogue),
            job.order.resolution,
            job.order.ratio,
            self.say(job, "cost-about" if assumed else "cost", price=dollars(job.price)),
            job.nonce + mark,
        ]
        return " · ".join(part for part in parts if part)

    def progress(self, job: Job, progress: Progress) -> discord.Embed:
        """The line under the source picture."""
        colour = DONE if progress.phase == "painted" else WORKING
        return self._line(job, colour, self.progress_line(job, progress), SOURCE)

    def progress_line(self, job: Job, progress: Progress) -> str:
        """Where the job is, in a line."""
        since = int(job.submitted_at or job.created_at)
        key = f"held-{progress.reason}" if progress.phase == "held" else f"progress-{progress.phase}"
        shown = "" if progress.percent is None else bar(progress.percent) + " "
        until = progress.until or 0
        return self.say(job, key, since=since, bar=shown, seconds=progress.seconds, until=until)

    def stopped(self, job: Job, error: RetouchError | None = None) -> discord.Embed:
        """The line under the source picture of a job that came to no picture, or of which nobody knows for now."""
        key = "state-unknown" if error is not None and is_open(error) else "progress-stopped"
        return self._line(job, TROUBLE, self.say(job, key), SOURCE)

    def late(self, job: Job) -> str:
        """Longer than usual."""
        return self._news(job, self.say(job, "late", member=self.member(job)), LATE)

    def sorry(self, job: Job, error: RetouchError) -> str:
        """What went wrong, in one sentence."""
        sentence = self._phrases.explain(job.destination.locale, error)
        return self._news(job, f"{self.member(job)} {sentence}", NOT_KNOWN if is_open(error) else SORRY)

    def _news(self, job: Job, sentence: str, mark: str) -> str:
        """As text, not as an embed: a phone's notification shows it, and no permission can take it away."""
        return f"{sentence}\n-# {job.nonce}{mark}"

    def _line(self, job: Job, colour: discord.Colour, text: str, mark: str) -> discord.Embed:
        return discord.Embed(colour=colour, description=text).set_footer(text=job.nonce + mark)

    def result(
        self, job: Job, catalogue: Catalogue, part: int, count: int, links: Sequence[Link], word: str | None
    ) -> list[str]:
        """Return the texts of the messages that bring ``count`` pictures and these links. Mostly it is one.

        The first is what a phone's notification shows. Links for which it has no room come in further ones; ``word`` is
        left out where there is no room for it, so that the links are split alike wherever they come.
        """
        head = [self.say(job, "result-more" if part else "result", member=self.member(job), count=count)]
        tail = [] if part else self.credits(job)
        tail.append("-# " + escape(self.small_print(job, catalogue, result_mark(part))))
        told = self.links(job.destination.locale, links)
        # Discord shows the picture that a link leads to.
        told = [f"||{line}||" for line in told] if job.destination.spoiler else told
        first, further = spread(job.nonce, part, told, [*head, *tail])
        text = "\n".join([*head, *first, *tail])
        if word and len(text) + len(line := f"-# {self.say(job, word)}") < CONTENT_LIMIT:
            text = "\n".join([*head, *first, *tail[:-1], line, tail[-1]])
        return [text, *further]

    def credits(self, job: Job) -> list[str]:
        """Whose message or avatar it is made from, where a menu was used on somebody else's. In text: pings nobody."""
        found = dict.fromkeys((one.credit, one.seen_in) for one in job.order.sources if one.credit)
        return [
            "-# " + self.say(job, "credit-message" if link else "credit-avatar", member=member, link=link)
            for member, link in found
        ]

    def links(self, locale: str, links: Sequence[Link]) -> list[str]:
        """Return a line for each painted picture that could not be brought."""
        return lines(self._phrases, locale, links)

    def while_running(self, job: Job) -> discord.ui.View:
        """What can be pressed while it is being made."""
        return self._buttons(job, ["cancel"])

    def under_result(self, job: Job, catalogue: Catalogue, *, shown: bool) -> discord.ui.View:
        """What can be pressed under a painted picture; with ``shown`` False, under the mere link to one."""
        model = catalogue.get(job.order.model)
        actions = ["go"] if shown else []
        actions += ["change", "again"]
        actions += ["sharper"] if model and model.sharper(job.order.resolution) else []
        actions += ["compare"] if job.order.sources and shown else []
        actions += ["steps"] if job.parent_id else []
        actions += ["delete"]
        actions += ["report"] if shown and job.destination.guild_id is not None else []
        return self._buttons(job, actions)

    def under_trouble(self, job: Job, error: RetouchError | None) -> discord.ui.View | None:
        """What can be pressed under bad news: another try, or the form, where that may go better."""
        actions = ["retry"] if error is None or isinstance(error, TRY_AGAIN) else []
        actions += ["change"] if isinstance(error, TRY_OTHERS) else []
        return self._buttons(job, actions) if actions else None

    def _buttons(self, job: Job, actions: Sequence[str]) -> discord.ui.View:
        return row(job.id, {action: self.say(job, f"button-{action}") for action in actions})

    def to_whom(self, locale: str, key: str, **facts: str | int) -> str:
        """A sentence for whoever pressed, in their language."""
        return self._phrases.say(locale, key, facts)

    def steps(self, locale: str, path: Sequence[Job], there: Sequence[bool], *, forgotten: bool) -> str:
        """The numbers of a film strip in words. ``there``: whether each frame has a picture.

        ``forgotten``: there may have been others before the first.
        """
        first = "steps-first" if there[0] else "steps-gone"
        first = first if path[0].order.sources else "steps-from-words"
        first = "steps-forgotten" if forgotten else first
        lines = [self._phrases.say(locale, first)]
        for number, (job, is_there) in enumerate(zip(path, there[1:], strict=True), 2):
            prompt = escape(shorten(clean(job.order.prompt).replace("\n", " "), 120))
            key = "steps-step" if is_there else "steps-step-gone"
            lines.append(self._phrases.say(locale, key, {"number": number, "prompt": prompt}))
        return shorten("\n".join(lines), CONTENT_LIMIT)

    def past(self, locale: str, job: Job, catalogue: Catalogue, thumbnail: str | None) -> discord.Embed:
        """A job in somebody's history."""
        where, seen = job.destination, job.result_id if job.erased_id is None else None
        place = where.result_place_id or where.place_id or where.channel_id
        server = "@me" if where.came_direct or where.guild_id is None else where.guild_id
        link = f"https://discord.com/channels/{server}/{place}/{seen}" if seen else ""
        key = "past-deleted" if job.state is JobState.DELIVERED and not link else f"past-{job.state}"
        key = key if job.forgotten_at is None else "past-forgotten"
        state, when = self._phrases.say(locale, key, {"link": link}), f"<t:{int(job.created_at)}:R>"
        lines = [quote(shorten(job.order.prompt, 300))] if job.forgotten_at is None else []
        lines.append(f"{state} · {when}")
        embed = discord.Embed(colour=_COLOURS.get(job.state, WAITING), description="\n".join(lines))
        if thumbnail:
            embed.set_thumbnail(url=thumbnail)
        return embed.set_footer(text=_name(job, catalogue))

    def result_alt(self, job: Job, catalogue: Catalogue) -> str:
        """Alt text of a painted picture."""
        return shorten(
            self.say(job, "result-alt", model=_name(job, catalogue), prompt=clean(job.order.prompt)), ALT_LIMIT
        )

    def source_alt(self, job: Job) -> str:
        """Alt text of the source picture."""
        return shorten(self.say(job, "source-alt", prompt=clean(job.order.prompt)), ALT_LIMIT)


def _name(job: Job, catalogue: Catalogue) -> str:
    """Return the model's name as it fits into small print: an operator may call a model anything."""
    model = catalogue.get(job.order.model)
    return shorten(model.name if model else job.order.model, _NAME_LIMIT)
