"""The messages that show a job's pictures: text, alt text, buttons and files of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import discord

from bot.images.checked import Picture
from bot.jobs.courier import TOGETHER, Link
from bot.jobs.job import Job
from bot.orders import COVER
from bot.text import escape
from cogs.ui.cards import RESULT, Cards
from cogs.ui.links import links_mark, original_lines, spread
from cogs.ui.post import Attachments, Post
from cogs.ui.split import CONTENT_LIMIT

_NO_CARD: Final = "place-no-card"
_EXPLAINED: Final = frozenset({"too-large", "explicit", "automod", "harmful", "not-taken"})
"""The reasons, of those for which a message with pictures is refused, that have a sentence ``result-why-…``."""


def result_mark(part: int) -> str:
    """Return the mark of the message with this part of the result: ``.2``, ``.2-2``, ``.2-3`` …"""
    return f"{RESULT}-{part + 1}" if part else RESULT


class ResultPosts:
    """Makes the posts with painted pictures, in the member's language."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def posts(
        self,
        job: Job,
        pictures: Sequence[Picture],
        links: Sequence[Link],
        part: int = 0,
        originals: Sequence[Link] = (),
    ) -> list[Post]:
        """Return the message with a part of the result, and those with the links for which it has no room."""
        alone = part == 0 and len(pictures) + len(links) == 1
        stem = f"retouch-{job.nonce}"
        named = [(picture, stem if alone else f"{stem}-{n}") for n, picture in enumerate(pictures, part * TOGETHER + 1)]
        cover = COVER if job.covered else ""
        first, *further = self.texts(job, part, len(pictures), links, None)
        post = Post(
            result_mark(part),
            lambda word: self.texts(job, part, len(pictures), links, word)[0] if word else first,
            attachments=Attachments(
                named,
                self._cards.result_alt(job),
                cover,
                links,
                originals=original_lines(self._cards.phrases, job, originals, 0 if alone else part * TOGETHER + 1),
                made_by=job.made_by,
            ),
            buttons=self.buttons(job, with_picture=bool(pictures)) if part == 0 else None,
        )
        return [post, *(Post.of_text(links_mark(part, number), text) for number, text in enumerate(further, 1))]

    def texts(self, job: Job, part: int, count: int, links: Sequence[Link], word: str | None) -> list[str]:
        """Return the texts of the messages with ``count`` pictures and these links. Mostly it is a single message.

        A phone's notification shows the first line. Links for which the first message has no room go into further
        messages; ``word`` is left out if there is no room for it, so that the links are split alike in every place.
        """
        word = word or (_NO_CARD if job.destination.word == _NO_CARD else None)  # there is no card that says it
        say = self._cards.say
        head = [say(job, "result-more" if part else "result", member=self._cards.member(job), count=count)]
        head += [say(job, f"result-why-{why}") for why in sorted({link.why for link in links} & _EXPLAINED)]
        tail = [] if part else self._cards.credits(job)
        small_print = self._cards.small_print(job, result_mark(part))
        tail.append(f"-# {escape(say(job, 'made-by-ai'))} · {escape(small_print)}")
        first, further = spread(self._cards.phrases, job, part, links, [*head, *tail])
        text = "\n".join([*head, *first, *tail])
        if word and len(text) + len(line := f"-# {say(job, word)}") < CONTENT_LIMIT:
            text = "\n".join([*head, *first, *tail[:-1], line, tail[-1]])
        return [text, *further]

    def buttons(self, job: Job, *, with_picture: bool) -> discord.ui.View:
        """Return the buttons under a result; ``with_picture`` is False if the message holds only a link to it."""
        model = self._cards.model(job)
        actions = ["go"] if with_picture else []
        actions += ["change", "again"]
        actions += ["sharper"] if model and model.sharper(job.order.resolution) else []
        actions += ["compare"] if job.order.sources and with_picture else []
        actions += ["steps"] if job.parent_id else []
        actions += ["delete"]
        actions += ["report"] if with_picture and job.destination.guild_id is not None else []
        return self._cards.buttons(job, actions)
