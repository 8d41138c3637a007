"""Links to painted pictures that could not be posted: lines of a message, or a file for the links that are too long."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import discord

from bot.errors import Fact
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


def lines(phrases: Phrases, locale: str, links: Sequence[Link], *, covered: bool = False) -> list[str]:
    """Return a line for each link. Discord shows the picture behind a link, but of ``covered`` ones shows nothing.

    Bars make a spoiler of it, and with angle brackets there is no picture of it at all:
    https://support.discord.com/hc/en-us/articles/206342858
    """
    texts = [_line(phrases, locale, link, quiet=covered) for link in links]
    return [f"||{text}||" for text in texts] if covered else texts


def _line(phrases: Phrases, locale: str, link: Link, *, quiet: bool) -> str:
    if link.url is None:
        return phrases.say(locale, "result-link-refused")
    if _is_long(link.url):
        return phrases.say(locale, "result-link-long")
    # Unescaped, a bracket would end the link, and a bar its spoiler.
    url = link.url.translate(_ESCAPED)
    url = f"<{url}>" if quiet else url
    key = "result-link-until" if link.expires_at else "result-link"
    return phrases.say(locale, key, {"url": url, "expires_at": link.expires_at or 0})


def spread(
    phrases: Phrases, job: Job, part: int, links: Sequence[Link], beside: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the lines that fit ``beside`` others into a part's message, and the texts of the further messages.

    When they are posted again after a crash, the same links must be split in the same way.
    """
    hidden = job.covered or any(link.why in _NOT_TO_BE_SHOWN for link in links)
    link_lines = lines(phrases, job.destination.locale, links, covered=hidden)
    room = CONTENT_LIMIT - len("\n".join(beside))
    first, *further = split(link_lines, room, CONTENT_LIMIT - _MARK_ROOM)
    texts = [
        "\n".join([*message_lines, f"-# {job.nonce}{links_mark(part, number)}"])
        for number, message_lines in enumerate(further, 1)
    ]
    return first, texts


def original_lines(phrases: Phrases, job: Job, links: Sequence[Link], first: int) -> list[str]:
    """Return for each painted picture the line that leads to it at ToAPIs; empty for an address that is too long.

    ``first``: the number of the first picture, 0 for one that is alone.
    """
    texts = []
    for number, link in enumerate(links, first):
        if link.url is None or _is_long(link.url):
            texts.append("")
            continue
        url = f"<{link.url.translate(_ESCAPED)}>"  # in brackets, so that Discord does not show the picture once more
        facts: dict[str, Fact] = {"url": url, "expires_at": link.expires_at or 0, "number": number}
        text = phrases.say(job.destination.locale, "result-original", facts)
        texts.append(f"-# ||{text}||" if job.covered else f"-# {text}")
    return texts


def as_file(links: Sequence[Link], cover: str = "") -> list[discord.File]:
    """Return a file with the addresses that are too long for a message, or no file. ``cover`` begins its name."""
    urls = [link.url for link in links if link.url is not None and _is_long(link.url)]
    return [discord.File(io.BytesIO("\n".join(urls).encode()), filename=f"{cover}links.txt")] if urls else []


def _is_long(url: str) -> bool:
    return len(url.translate(_ESCAPED)) > LONGEST
