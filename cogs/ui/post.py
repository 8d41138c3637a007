"""A message of a job as it is sent: what the cards make, and what ``delivery.posting`` sends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import discord

from bot.images.ai_mark import MadeBy
from bot.images.checked import Picture
from bot.jobs.courier import Link
from cogs.ui.split import cut


def _nothing(_: str | None) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Attachments:
    """The files of a post: pictures with their names without endings, and the links that are too long for a message.

    ``cover`` begins the name of each file: with ``SPOILER_`` Discord covers it. ``originals``: for each picture the
    line that leads to it as it was painted, shown where only a smaller copy fits; empty for pictures without one.
    """

    pictures: Sequence[tuple[Picture, str]]
    alt: str
    cover: str = ""
    links: Sequence[Link] = ()
    originals: Sequence[str] = ()
    made_by: MadeBy | None = None
    """How the pictures were painted; None if they were not."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message to send. ``mark`` tells it from the job's other messages; ``content`` gets a word about the place."""

    mark: str
    content: Callable[[str | None], str | None] = _nothing
    embed: discord.Embed | None = None
    attachments: Attachments | None = None
    buttons: discord.ui.View | None = None

    @classmethod
    def of_text(cls, mark: str, text: str, buttons: discord.ui.View | None = None) -> Post:
        """Return a post that says the same in every place."""
        return cls(mark, lambda _: text, buttons=buttons)

    def bare(self) -> Post:
        """Return a reduced post, for when Discord refuses its form: the files, and as much text as any message holds.

        Otherwise a mistake of ours about Discord's limits would lose a picture that was paid for.
        """

        def content(word: str | None) -> str | None:
            text = self.content(word)
            return None if text is None else cut(text)

        return replace(self, content=content, embed=self.embed if self.content(None) is None else None, buttons=None)
