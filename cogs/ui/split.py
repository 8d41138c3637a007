"""Lines split over messages within Discord's limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

CONTENT_LIMIT: Final = 2000
"""Characters of a message: https://discord.com/developers/docs/resources/message#create-message"""


def split(lines: Sequence[str], room: int, further: int = CONTENT_LIMIT) -> list[list[str]]:
    """Return the lines of each message, in their order; the first message may have none.

    ``room``: characters for lines in the first message. ``further``: in each other message. A line of more than
    ``further`` characters has a message of its own, which is then too long.
    """
    messages: list[list[str]] = [[]]
    left = room
    for line in lines:
        needed = len(line) + 1  # with its line break
        if needed > left:
            messages.append([])
            left = further
        messages[-1].append(line)
        left -= needed
    return messages


def beside(text: str, lines: Sequence[str], limit: int = CONTENT_LIMIT) -> str:
    """Return a text with those of these lines before its last one that there is room for. Our mark is in its last."""
    before, _, last = text.rpartition("\n")
    kept: list[str] = []
    room = limit - len(text)
    for line in lines:
        if len(line) + 1 <= room:
            kept.append(line)
            room -= len(line) + 1
    return "\n".join([before, *kept, last]) if kept else text


def cut(text: str, limit: int = CONTENT_LIMIT) -> str:
    """Return at most ``limit`` characters of a text. Its last line is kept, since our mark is there."""
    if len(text) <= limit:
        return text
    before, _, last = text.rpartition("\n")
    return f"{before[: limit - len(last) - 2]}…\n{last}" if len(last) < limit - 2 else text[:limit]
