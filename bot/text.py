"""Plain text: a member's or ToAPIs' words, made harmless for a Discord message. No I/O."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_~|<>\[\]()#@:])")
"""Markdown, masked links, mentions, custom emoji and timestamps all begin with one of these."""

_LIST: Final = re.compile(r"^(\s*\d*)([-+.])(?=\s)", re.MULTILINE)
"""A list's dash or number: the sign is escaped, since a backslash before a digit would be shown."""

_JOINER: Final = "\u200d"
"""Holds emoji families together. Every other invisible character only hides or turns text around."""


def clean(text: str) -> str:
    """Without control, direction and zero-width characters; line breaks become spaces."""
    kept = (
        c for c in " ".join(text.split()) if c == _JOINER or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs")
    )
    # Split once more: where an invisible character stood alone, there are two spaces now.
    return " ".join("".join(kept).split()).strip(_JOINER + " ")


def escape(text: str) -> str:
    """Nothing in it formats, links, pings or renders: Discord shows the characters as they were typed."""
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word where there is one near the end, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ", int(limit * 0.7))
    return (cut[:at] if at > 0 else cut).rstrip() + "…"


def quote(text: str, limit: int = 300) -> str:
    """A quotation in a message: cleaned, shortened to ``limit`` characters, escaped."""
    return "> " + escape(shorten(clean(text), limit))


def title(text: str, limit: int = 80) -> str:
    """The name of a thread: plain text, never empty."""
    return shorten(clean(text), limit) or "…"
