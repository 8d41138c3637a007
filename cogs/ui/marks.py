"""Marks: the small print that names the job of a message of ours, read back exactly as ``cogs.ui.cards`` writes it."""

from __future__ import annotations

import re
from typing import Final

import discord

_SMALL_PRINT: Final = "-# "

_SEPARATOR: Final = " · "

_IN_FOOTERS: Final = re.compile(r"([0-9a-f]{16})(|\.0)")
"""The marks of cards and of the messages with the sources."""

_IN_WORDS: Final = re.compile(r"([0-9a-f]{16})(\.1|\.2(?:-[0-9]+)?|\.3|\.4|\.5-[0-9]+)")
"""The marks of all other messages. Markdown that Discord would read is escaped in small print; a mark holds none."""

_NAMED: Final = re.compile(r"(?:SPOILER_)?(?:retouch|source|compare|steps|reported)-([0-9a-f]{16})(?:-[0-9]+)?\.[a-z]+")


def read_mark(message: discord.Message) -> tuple[str, str] | None:
    """Return the job's id and the rest of the mark of a message of ours, or None when it carries no mark.

    A mark ends the footer of a message that consists of one embed, or else the last line, in small print. People's own
    words may be anywhere else in our messages, and are never read.
    """
    if message.content:
        last = message.content.splitlines()[-1]
        read = _IN_WORDS.fullmatch(_end(last)) if last.startswith(_SMALL_PRINT) else None
    else:
        read = _IN_FOOTERS.fullmatch(_end(message.embeds[0].footer.text or "")) if len(message.embeds) == 1 else None
    return (read[1], read[2]) if read else None


def _end(line: str) -> str:
    """Return the last part of a line of small print."""
    return line.removeprefix(_SMALL_PRINT).rpartition(_SEPARATOR)[2]


def read_names(message: discord.Message) -> str | None:
    """Return the id of the job that the files of a message of ours are named after, or None.

    We name our files ourselves. Messages that show pictures again (before and after, the steps, a report) have no mark.
    """
    named = (_NAMED.fullmatch(file.filename) for file in message.attachments)
    return next((match[1] for match in named if match), None)


def read_requester(message: discord.Message) -> int | None:
    """Return the id of the member mentioned in the first line of a result, or None. Later lines may mention others."""
    called = re.search(r"<@!?([0-9]+)>", message.content.partition("\n")[0])
    return int(called[1]) if called else None
