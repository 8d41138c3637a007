"""Links to painted pictures that could not be posted: lines of a message, or a file for the links that are too long."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import discord

from bot.i18n import Phrases
from bot.jobs.courier import TOGETHER, Link
from bot.jobs.job import Job
from cogs.ui.split import CONTENT_LIMIT, split

MARK: Final = ".5"

LONGEST: Final = 1200
"""Characters of an address that is written into a message; a longer address comes in a file."""

_NOT_TO_BE_SHOWN: Final = ("explicit",)
"""The reasons of links to pictures that Discord would not show here."""

_MARK_ROOM: Final = 40

_ESCAPED: Final = {ord(character): f"%{ord(character):X}" for character in "()<>|"}


def links_mark(part: int, number: int) -> str:
    """Return the mark of a further message with links that did not fit into the part's: ``.5-1``, ``.5-2`` …"""
    return f"{MARK}-{part * TOGETHER + number}"


def lines(phrases: Phrases, locale: str, links: Sequence[Link]) -> list[str]:
    """Return a line for each link."""
    return [_line(phrases, locale, link) for link in links]


def _line(phrases: Phrases, locale: str, link: Link) -> str:
    if link.url is None:
        return phrases.say(locale, "result-link-refused")
    if _is_long(link.url):
        return phrases.say(locale, "result-link-long")
    # Unescaped, a bracket would end the link, and a bar its spoiler.
    url = link.url.translate(_ESCAPED)
    key = "result-link-until" if link.expires_at else "result-link"
    return phrases.say(locale, key, {"url": url, "expires_at": link.expires_at or 0})


def spread(
    phrases: Phrases, job: Job, part: int, links: Sequence[Link], beside: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the lines that fit ``beside`` others into a part's message, and the texts of the further messages.

    When they are posted again after a crash, the same links must be split in the same way.
    """
    link_lines = lines(phrases, job.destination.locale, links)
    # Discord shows the picture behind a link, unless the link is a spoiler.
    hidden = job.destination.spoiler or any(link.why in _NOT_TO_BE_SHOWN for link in links)
    link_lines = [f"||{line}||" for line in link_lines] if hidden else link_lines
    room = CONTENT_LIMIT - len("\n".join(beside))
    first, *further = split(link_lines, room, CONTENT_LIMIT - _MARK_ROOM)
    texts = [
        "\n".join([*message_lines, f"-# {job.nonce}{links_mark(part, number)}"])
        for number, message_lines in enumerate(further, 1)
    ]
    return first, texts


def as_file(links: Sequence[Link], cover: str = "") -> list[discord.File]:
    """Return a file with the addresses that are too long for a message, or no file. ``cover`` begins its name."""
    urls = [link.url for link in links if link.url is not None and _is_long(link.url)]
    return [discord.File(io.BytesIO("\n".join(urls).encode()), filename=f"{cover}links.txt")] if urls else []


def _is_long(url: str) -> bool:
    return len(url.translate(_ESCAPED)) > LONGEST
