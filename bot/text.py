"""Plain text: words of members or of ToAPIs, made harmless for a Discord message. No I/O."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_~|<>\[\]()#@:])")
"""Markdown, masked links, mentions, custom emoji and timestamps all begin with one of these."""

_LIST: Final = re.compile(r"^(\s*\d*)([-+.])(?=\s)", re.MULTILINE)
"""The dash or number of a list. The sign is escaped, since Discord would show a backslash before a digit."""

_JOINER: Final = "\u200d"
"""The zero-width joiner, which emoji families need. Other invisible characters only hide or reverse text."""


def clean(text: str) -> str:
    """Remove control, direction and zero-width characters, and turn line breaks into spaces."""
    visible = (
        c for c in " ".join(text.split()) if c == _JOINER or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs")
    )
    # Split once more: a removed character that stood alone leaves two spaces.
    return " ".join("".join(visible).split()).strip(_JOINER + " ")


def escape(text: str) -> str:
    """Escape the text so that Discord shows it as it was typed: nothing formats, links, pings or renders."""
    return _LIST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def shorten(text: str, limit: int) -> str:
    """Return at most ``limit`` characters, cut between words near the end if possible, with an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ", int(limit * 0.7))
    return (cut[:at] if at > 0 else cut).rstrip() + "…"


def quote(text: str, limit: int = 300) -> str:
    """Format a quotation in a message: cleaned, shortened to ``limit`` characters, escaped."""
    return "> " + escape(shorten(clean(text), limit))


def title(text: str, limit: int = 80) -> str:
    """Return the text as the name of a thread: plain, never empty."""
    return shorten(clean(text), limit) or "…"
