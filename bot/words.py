"""Blocked words: whether a prompt holds one, however it is spelled. No patterns of people's own, so none can hang."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from bot.plain import clean

_TOKEN: Final = re.compile(r"\w+")

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no spaces between words: in these a word is found anywhere."""


def found(words: Iterable[str], text: str) -> str | None:
    """The first of ``words`` that the text holds as whole words, in any case, width and accent; else None."""
    tokens = _tokens(text)
    line, joined = f" {' '.join(tokens)} ", "".join(tokens)
    for word in words:
        wanted = _tokens(word)
        if not wanted:
            continue
        if _unspaced("".join(wanted)) and "".join(wanted) in joined:
            return word
        if f" {' '.join(wanted)} " in line:
            return word
    return None


def _tokens(text: str) -> list[str]:
    """Words without case, width, accents and invisible characters."""
    plain = unicodedata.normalize("NFKD", clean(text).casefold())
    return _TOKEN.findall("".join(c for c in plain if not unicodedata.combining(c)).casefold())


def _unspaced(word: str) -> bool:
    return all(unicodedata.name(c, "").startswith(_UNSPACED) for c in word)
