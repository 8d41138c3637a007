"""Blocked words: whether a prompt holds one, however it is spelled. No patterns of people's own, so none can hang."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.guilds.lookalikes import SPELLED, readings, squeezed, tokens

ANY_ENDING: Final = "*"
"""At a word's end: every word that begins like that is blocked."""

_ENDINGS: Final = ("", "s", "es")
"""A word is blocked in the plural too."""

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no spaces between words: in these a word is found anywhere."""


@dataclass(frozen=True, slots=True)
class _Matcher:
    """Blocked words by how they are looked for. Each leads to its place in the list that people wrote."""

    whole: dict[str, int]
    beginnings: dict[str, int]
    phrases: tuple[tuple[str, int], ...]
    anywhere: tuple[tuple[str, int], ...]

    def first(self, line: str) -> int | None:
        """Return the place of the first blocked word in a folded line, or None."""
        words = tokens(line)
        squeezed_words, runs = squeezed(line)
        single = {*words, *squeezed_words}
        places = [self.whole[word] for word in single if word in self.whole]
        for run in runs:
            spelled = [*self.whole.items(), *self.beginnings.items()]
            places += [place for word, place in spelled if len(word) >= SPELLED and word in run]
        starts = tuple(self.beginnings)
        for word in [word for word in single if word.startswith(starts)] if starts else []:
            places += [place for start, place in self.beginnings.items() if word.startswith(start)]
        if self.phrases and len(words) > 1:
            spaced = f" {' '.join(words)} "
            places += [place for phrase, place in self.phrases if phrase in spaced]
        if self.anywhere:
            joined = "".join(words)
            places += [place for word, place in self.anywhere if word in joined]
        return min(places, default=None)


def first_blocked(words: Iterable[str], text: str) -> str | None:
    """Return the first of ``words`` that the text holds, or None.

    Whole words and their plurals, in any case, width, accent and script that looks alike; ``word*`` is any word that
    begins so. In scripts without spaces a word is found anywhere.
    """
    listed = tuple(words)
    if not listed:
        return None
    matcher = _matcher(listed)
    places = [place for line in readings(text) if (place := matcher.first(line)) is not None]
    return listed[min(places)] if places else None


@lru_cache(maxsize=256)
def _matcher(words: tuple[str, ...]) -> _Matcher:
    whole: dict[str, int] = {}
    beginnings: dict[str, int] = {}
    phrases: list[tuple[str, int]] = []
    anywhere: list[tuple[str, int]] = []
    for place, word in enumerate(words):
        for line in readings(word):
            parts = tokens(line)
            joined = "".join(parts)
            if not parts:
                continue
            if _is_unspaced(joined):
                anywhere.append((joined, place))
            elif line.rstrip().endswith(ANY_ENDING) and len(parts) == 1:
                beginnings.setdefault(joined, place)
            elif len(parts) == 1:
                for ending in _ENDINGS:
                    whole.setdefault(joined + ending, place)
            else:
                last = "" if line.rstrip().endswith(ANY_ENDING) else " "
                phrases += [(f" {' '.join(parts)}{ending}{last}", place) for ending in _ENDINGS]
    return _Matcher(whole, beginnings, tuple(phrases), tuple(anywhere))


def _is_unspaced(word: str) -> bool:
    return all(unicodedata.name(c, "").startswith(_UNSPACED) for c in word)
