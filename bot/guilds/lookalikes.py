"""Folding: texts that look alike to people become the same text. No I/O but for the library's table, read once.

Letters are folded by Unicode's own table of confusable characters (UTS 39, by ``confusable-homoglyphs``), what nobody
sees is dropped, and digits that stand for letters are read as such. https://www.unicode.org/reports/tr39/
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_IGNORED_RANGES: Final = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point, and the blank Braille pattern: https://www.unicode.org/reports/tr44/#Property_List_Table"""

_IGNORED: Final = frozenset(code for first, last in _IGNORED_RANGES for code in range(first, last + 1))

_LEET: Final = {"0": "o", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
_SIGNS: Final = {"@": "a", "$": "s", "€": "e"}
_STROKES: Final = "1!|"
"""Read as an i, and as an l."""

SPELLED: Final = 3
"""Letters that must stand alone in a row until they are read as a word."""

_TOKEN: Final = re.compile(r"[^\W_]+")
_READABLE: Final = re.compile(r"[^\W\d_]|[@$€]")
_LEET_SIGN: Final = re.compile(r"[0-9@$€!|]")
_CHUNK: Final = re.compile(r"\S+")

_LEARNED: Final = 20_000
"""Characters that a table remembers."""

_NEGATIVES: Final = (0x1F150, 0x1F170)
"""Where white letters on black begin, A to Z: they are in no table of Unicode's."""


class _Folding(dict[int, str]):
    """A table for ``str.translate`` that learns each character when it is first met."""

    def __init__(self, *, ignored: str, cards: bool) -> None:
        super().__init__()
        self._ignored = ignored
        self._cards = cards

    def __missing__(self, code: int) -> str:
        if len(self) > _LEARNED:
            self.clear()
        folded = self[code] = self._ignored if _is_ignored(chr(code)) else self._fold(chr(code))
        return folded

    def _fold(self, character: str) -> str:
        """Remove case, width and accents.

        The character's look counts before its case: a small letter may look otherwise.
        """
        if not self._cards or character.isascii():
            return _plain(character)
        return "".join(_lookalike(part) for part in _stripped(character))


def _is_ignored(character: str) -> bool:
    if character.isascii():
        return character < " " and not character.isspace()
    hidden = ord(character) in _IGNORED or unicodedata.category(character) in ("Cf", "Co", "Cs", "Cn", "Cc")
    return hidden or (unicodedata.combining(character) != 0 and not _stripped(character))


def _stripped(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _plain(text: str) -> str:
    return _stripped(_stripped(text).casefold())


def _lookalike(character: str) -> str:
    table = _table()
    folded = _plain(character)
    return table.get(ord(character)) or "".join(table.get(ord(part), part) for part in folded)


_FOLDINGS: Final = tuple(_Folding(ignored=ignored, cards=cards) for cards in (False, True) for ignored in ("", " "))


def readings(text: str) -> list[str]:
    """Return the ways in which people may read a text, folded: as it stands, by its looks, by digits as letters.

    What nobody sees is read as nothing, and as a space: some of it is shown as one.
    """
    lines: dict[str, None] = {}
    for folding in _FOLDINGS[:1] if text.isascii() and text.isprintable() else _FOLDINGS:
        line = text.translate(folding)
        lines[line] = None
        if _LEET_SIGN.search(line):
            lines |= dict.fromkeys(_unleet(line, stroke) for stroke in "il")
    return list(lines)


def _unleet(text: str, stroke: str) -> str:
    """Replace digits and signs by letters, in words that have a letter: a year stays a year."""
    table = str.maketrans(_LEET | _SIGNS | dict.fromkeys(_STROKES, stroke))

    def read(match: re.Match[str]) -> str:
        return match[0].translate(table) if _READABLE.search(match[0]) else match[0]

    return _CHUNK.sub(read, text)


def tokens(line: str) -> list[str]:
    """Return the words of a folded line."""
    return _TOKEN.findall(line)


def squeezed(line: str) -> tuple[list[str], list[str]]:
    """Return the words that are there once signs within a word are left out, and the letters that stand alone, joined.

    ``n.u.d.e`` is ``nude`` both ways, ``n u d e`` is only joined. Where a word begins in joined letters nobody knows.
    """
    words: list[str] = []
    runs: list[str] = []
    run = ""
    for chunk in [*line.split(), ".."]:
        parts = tokens(chunk)
        if len(parts) > 1:
            words.append("".join(parts))
        if parts and all(len(part) == 1 for part in parts):
            run += "".join(parts)
            continue
        runs += [run] if len(run) >= SPELLED else []
        run = ""
    return words, runs


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Return for each letter or sign that looks like Latin letters these letters, lower case. Digits are none."""
    from confusable_homoglyphs import confusables  # only where a server blocks words: it takes 7 MiB

    table = {first + number: chr(ord("a") + number) for first in _NEGATIVES for number in range(26)}
    for character, others in confusables.confusables_data.items():
        if len(character) != 1 or character.isascii() or unicodedata.category(character).startswith("N"):
            continue
        latin = [folded for other in others if (folded := _plain(other["c"])).isascii() and folded.isalpha()]
        if latin:
            table[ord(character)] = min(latin, key=len)
    return table
