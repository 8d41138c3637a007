"""Links to painted pictures that could not be brought: as lines of a message, or in a file where they are too long."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import discord

from bot.i18n import Phrases
from bot.jobs.courier import TOGETHER, Link
from cogs.ui.split import CONTENT_LIMIT, split

MARK: Final = ".5"

LONGEST: Final = 1200
"""Characters of an address that stands in a message; a longer one comes in a file."""

_MARK_ROOM: Final = 40

_ESCAPED: Final = {ord(character): f"%{ord(character):X}" for character in "()<>|"}


def links_mark(part: int, number: int) -> str:
    """Return the mark of a message with links for which that part's message had no room: ``.5-1``, ``.5-2`` …"""
    return f"{MARK}-{part * TOGETHER + number}"


def lines(phrases: Phrases, locale: str, links: Sequence[Link]) -> list[str]:
    """Return a line for each link."""
    return [_line(phrases, locale, link) for link in links]


def _line(phrases: Phrases, locale: str, link: Link) -> str:
    if link.url is None:
        return phrases.say(locale, "result-link-refused")
    if _is_long(link.url):
        return phrases.say(locale, "result-link-long")
    # As it is written, a bracket or a bar would end the link or its cover.
    url = link.url.translate(_ESCAPED)
    key = "result-link-until" if link.expires_at else "result-link"
    return phrases.say(locale, key, {"url": url, "expires_at": link.expires_at or 0})


def spread(mark: str, part: int, told: Sequence[str], beside: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the lines for which there is room ``beside`` others in a part's message, and the texts of further ones.

    ``mark`` is the job's. Told again after a crash, the same links must be split in the same way.
    """
    room = CONTENT_LIMIT - len("\n".join(beside))
    first, *further = split(told, room, CONTENT_LIMIT - _MARK_ROOM)
    texts = ["\n".join([*some, f"-# {mark}{links_mark(part, number)}"]) for number, some in enumerate(further, 1)]
    return first, texts


def as_file(links: Sequence[Link], cover: str = "") -> list[discord.File]:
    """Return a file with the addresses that are too long for a message, or no file. ``cover`` begins its name."""
    urls = [link.url for link in links if link.url is not None and _is_long(link.url)]
    return [discord.File(io.BytesIO("\n".join(urls).encode()), filename=f"{cover}links.txt")] if urls else []


def _is_long(url: str) -> bool:
    return len(url.translate(_ESCAPED)) > LONGEST
