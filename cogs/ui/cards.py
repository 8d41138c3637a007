"""The texts, embeds and buttons that show a Job. Words and colours only; nothing here waits.

All cards are of one family, as embeds beside plain attachments: see "Why not Components V2" in CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from bot.images.checked import Picture
from bot.jobs.courier import Progress, QueuePlace
from bot.jobs.job import Job, JobState
from bot.jobs.progress import bar
from bot.money import dollars
from bot.orders import COVER, Source
from bot.text import clean, escape, quote, shorten
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.catalogue.model import Model
from cogs.ui.components import row
from cogs.ui.post import Attachments, Post
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
"""The suffixes of the job's id in the small print and nonce of each of its messages, so that each is recognised."""

TRY_AGAIN: Final = (Interrupted, ModelUnavailable, PaintingFailed, RateLimited, ResultGone, ToAPIsUnavailable)
"""Temporary troubles: the same order may succeed in a minute."""

TRY_OTHERS: Final = (ModelUnavailable, NotAllowed, OrderRejected, PaintingFailed, PolicyRefused)
"""Other words, another shape or another model may succeed at once."""

_COLOURS: Final = {JobState.DELIVERED: DONE, JobState.FAILED: TROUBLE, JobState.UNKNOWN: TROUBLE}

_NAME_LIMIT: Final = 80
"""Characters of a model's name."""

ALT_LIMIT: Final = 1024
"""Characters of alt text: https://discord.com/developers/docs/resources/message#attachment-object"""


def is_open(error: RetouchError) -> bool:
    """Return whether the outcome of the job is still open: the picture may still come, and people are told again."""
    return isinstance(error, CreateLost | GaveUp)


class Cards:
    """The texts, embeds and buttons of jobs, in the member's language.

    ``whole_catalogue`` returns every model that can have been ordered.
    """

    def __init__(self, phrases: Phrases, whole_catalogue: Callable[[], Catalogue]) -> None:
        self.phrases = phrases
        self._whole_catalogue = whole_catalogue

    def say(self, job: Job, key: str, **facts: str | int) -> str:
        """Return a sentence in the language of the job's member."""
        return self.phrases.say(job.destination.locale, key, facts)

    def model(self, job: Job) -> Model | None:
        """Return the model of a job's order, or None where no catalogue has it."""
        return self._whole_catalogue().get(job.order.model)

    def member(self, job: Job) -> str:
        """Return a mention of the requester."""
        return f"<@{job.destination.requester_id}>"

    def accepted(self, job: Job, place: QueuePlace | None = None) -> discord.Embed:
        """Return the card that answers the command, with the job's place in the queue where it has to wait."""
        if place is None:
            return self._card(job, WAITING, self.say(job, "state-accepted"))
        text = self.say(job, "state-in-queue", place=place.number, begins=place.begins_at or 0)
        return self._card(job, WAITING, text)

    def opened(self, job: Job) -> discord.Embed:
        """Return the card once it is known where the result will be posted."""
        place = job.destination.place_id
        here = place is None or place == job.destination.channel_id
        text = self.say(job, "state-working") if here else self.say(job, "state-opened", place=f"<#{place}>")
        return self._card(job, WORKING, text)

    def working(self, job: Job, progress: Progress) -> discord.Embed:
        """Return the card of a job that shows its progress on the card."""
        return self._card(job, WORKING, self.progress_line(job, progress))

    def cancelled(self, job: Job) -> discord.Embed:
        """Return the card of a cancelled job, which says whether it cost something."""
        member = f"<@{job.cancelled_by}>"
        key = "state-cancelled-free" if job.task_id is None else "state-cancelled-bought"
        return self._card(job, WAITING, self.say(job, key, member=member))

    def deleted(self, job: Job, by: int) -> discord.Embed:
        """Return the card of a job whose picture was deleted."""
        return self._card(job, WAITING, self.say(job, "state-deleted", member=f"<@{by}>"))

    def delivered(self, job: Job, link: str) -> discord.Embed:
        """Return the card with the link to the picture."""
        return self._card(job, DONE, self.say(job, "state-delivered", link=link))

    def failed(self, job: Job, error: RetouchError) -> discord.Embed:
        """Return the card with the sentence about what went wrong."""
        sentence = self.phrases.explain(job.destination.locale, error)
        state = "state-unknown" if is_open(error) else "state-failed"
        if isinstance(error, BadPicture):
            state = "state-unusable"  # the sentence is also used before there is an order, and mentions no money
        return self._card(job, TROUBLE, f"**{self.say(job, state)}** · {sentence}")

    def _card(self, job: Job, colour: discord.Colour, state: str) -> discord.Embed:
        requested = self.say(job, "card-asked", member=self.member(job))
        lines = [state, "", requested, quote(job.order.prompt), *self.credits(job)]
        if job.destination.word:
            lines += ["", f"-# {self.say(job, job.destination.word)}"]
        embed = discord.Embed(colour=colour, description="\n".join(lines))
        return embed.set_footer(text=self.small_print(job, CARD))

    def small_print(self, job: Job, mark: str) -> str:
        """Return the small print: model, resolution, price and the job's mark."""
        model = self.model(job)
        assumed = model is None or model.is_price_assumed(job.order.resolution)
        parts = [
            self.model_name(job),
            job.order.resolution,
            job.order.ratio,
            self.say(job, "cost-about" if assumed else "cost", price=dollars(job.price)),
            job.nonce + mark,
        ]
        return " · ".join(part for part in parts if part)

    def progress(self, job: Job, progress: Progress) -> discord.Embed:
        """Return the progress line under the source picture."""
        colour = DONE if progress.phase == "painted" else WORKING
        return self._line(job, colour, self.progress_line(job, progress), SOURCE)

    def progress_line(self, job: Job, progress: Progress) -> str:
        """Return the progress of the job in a line."""
        since = int(job.submitted_at or job.created_at)
        key = f"held-{progress.reason}" if progress.phase == "held" else f"progress-{progress.phase}"
        progress_bar = "" if progress.percent is None else bar(progress.percent) + " "
        until = progress.until or 0
        return self.say(job, key, since=since, bar=progress_bar, seconds=progress.seconds, until=until)

    def stopped(self, job: Job, error: RetouchError | None = None) -> discord.Embed:
        """Return the line under the source picture of a job that failed, or whose outcome is unknown at present."""
        key = "state-unknown" if error is not None and is_open(error) else "progress-stopped"
        return self._line(job, TROUBLE, self.say(job, key), SOURCE)

    def source(self, job: Job, pictures: Sequence[Picture]) -> Post:
        """Return the first message of a thread: the source pictures, if they are not in a message yet, and progress."""
        named = [(picture, job.stem("source", n, len(pictures))) for n, picture in enumerate(pictures, 1)]
        cover = COVER if job.covered else ""
        files = Attachments(named, self.source_alt(job), cover) if named else None
        return Post(SOURCE, embed=self.progress(job, Progress("preparing")), attachments=files)

    def late(self, job: Job) -> Post:
        """Return the message that says that the job takes longer than usual."""
        return self._message(job, self.say(job, "late", member=self.member(job)), LATE)

    def apology(self, job: Job, error: RetouchError) -> Post:
        """Return the message that says what went wrong, in a sentence."""
        text = f"{self.member(job)} {self.phrases.explain(job.destination.locale, error)}"
        mark = NOT_KNOWN if is_open(error) else SORRY
        return self._message(job, text, mark, self.under_trouble(job, error))

    def _message(self, job: Job, text: str, mark: str, buttons: discord.ui.View | None = None) -> Post:
        """Return a text with its mark. No embed: phones show text in notifications, and no permission hides it."""
        return Post.of_text(mark, f"{text}\n-# {job.nonce}{mark}", buttons)

    def _line(self, job: Job, colour: discord.Colour, text: str, mark: str) -> discord.Embed:
        return discord.Embed(colour=colour, description=text).set_footer(text=job.nonce + mark)

    def credits(self, job: Job) -> list[str]:
        """Return lines that credit the owners of messages and avatars of others used by menu. They ping nobody."""
        credited = dict.fromkeys((source.credit, source.seen_in) for source in job.order.sources if source.credit)
        return [
            "-# " + self.say(job, "credit-message" if link else "credit-avatar", member=member, link=link)
            for member, link in credited
        ]

    def while_running(self, job: Job) -> discord.ui.View:
        """Return the buttons of a job that is still running."""
        return self.buttons(job, ["cancel"])

    def under_trouble(self, job: Job, error: RetouchError | None) -> discord.ui.View | None:
        """Return the buttons under a failed job: another try, or the form, if that may succeed. None for no buttons."""
        actions = ["retry"] if error is None or isinstance(error, TRY_AGAIN) else []
        actions += ["change"] if isinstance(error, TRY_OTHERS) else []
        return self.buttons(job, actions) if actions else None

    def buttons(self, job: Job, actions: Sequence[str]) -> discord.ui.View:
        """Return the buttons of these actions on a job."""
        return row(job.id, {action: self.say(job, f"button-{action}") for action in actions})

    def say_in(self, locale: str, key: str, **facts: str | int) -> str:
        """Return a sentence in a language of its own, for the member who pressed a button."""
        return self.phrases.say(locale, key, facts)

    def steps(self, locale: str, path: Sequence[Job], there: Sequence[bool], *, forgotten: bool) -> str:
        """Return a caption for the numbers of a film strip. ``there``: whether each frame has a picture.

        ``forgotten``: there may have been other steps before the first.
        """
        first = "steps-first" if there[0] else "steps-gone"
        first = first if path[0].order.sources else "steps-from-words"
        first = "steps-forgotten" if forgotten else first
        lines = [self.phrases.say(locale, first)]
        for number, (job, is_there) in enumerate(zip(path, there[1:], strict=True), 2):
            prompt = escape(shorten(clean(job.order.prompt).replace("\n", " "), 120))
            key = "steps-step" if is_there else "steps-step-gone"
            lines.append(self.phrases.say(locale, key, {"number": number, "prompt": prompt}))
        small_print = self.phrases.say(locale, "steps-ai")
        return shorten("\n".join(lines), CONTENT_LIMIT - len(small_print) - 1) + f"\n{small_print}"

    def history_entry(self, locale: str, job: Job, picture: Source | None) -> discord.Embed:
        """Return a job as a page of the history shows it. A covered picture is not in it: an embed can't cover one.

        https://github.com/discord/discord-api-docs/issues/1235
        """
        where = job.destination
        result_id = job.result_id if job.erased_id is None else None
        place = where.result_place_id or where.place_id or where.channel_id
        server = "@me" if where.came_direct or where.guild_id is None else where.guild_id
        link = f"https://discord.com/channels/{server}/{place}/{result_id}" if result_id else ""
        key = "past-deleted" if job.state is JobState.DELIVERED and not link else f"past-{job.state}"
        key = key if job.forgotten_at is None else "past-forgotten"
        state = self.phrases.say(locale, key, {"link": link})
        when = f"<t:{int(job.created_at)}:R>"
        lines = [quote(shorten(job.order.prompt, 300))] if job.forgotten_at is None else []
        lines.append(f"{state} · {when}")
        covered = picture is not None and picture.covered
        lines += [self.phrases.say(locale, "past-covered")] if covered else []
        embed = discord.Embed(colour=_COLOURS.get(job.state, WAITING), description="\n".join(lines))
        if picture is not None and not covered:
            embed.set_thumbnail(url=picture.url)
        painted = [self.phrases.say(locale, "made-by-ai")] if job.state is JobState.DELIVERED else []
        return embed.set_footer(text=" · ".join([*painted, self.model_name(job)]))

    def result_alt(self, job: Job) -> str:
        """Return the alt text of a painted picture."""
        alt = self.say(job, "result-alt", model=self.model_name(job), prompt=clean(job.order.prompt))
        return shorten(alt, ALT_LIMIT)

    def source_alt(self, job: Job) -> str:
        """Return the alt text of the source picture."""
        return shorten(self.say(job, "source-alt", prompt=clean(job.order.prompt)), ALT_LIMIT)

    def model_name(self, job: Job) -> str:
        """Return the model's name as it fits into small print: an operator may call a model anything."""
        model = self.model(job)
        return shorten(model.name if model else job.order.model, _NAME_LIMIT)
