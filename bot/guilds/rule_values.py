"""A Rule of a server: what it can be, how it is read from a form, and how it is shown and kept. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from bot.errors import Refused
from bot.money import Micros, dollars, micros
from bot.text import clean, escape, shorten

Kind = Literal["switch", "number", "money", "channels", "roles", "models", "resolutions", "ratio", "words", "choice"]
"""``channels`` and ``roles`` are Discord ids, ``money`` is micro-dollars, ``words`` are one to a line.

A ``choice`` is one of a few values, and never none: whoever chooses nothing gets the default."""

Value = bool | int | str | frozenset[int] | frozenset[str] | tuple[str, ...]

MONEY_MOST: Final = 100_000
"""Dollars."""
WORDS_MOST: Final = 200
WORD_LIMIT: Final = 60
"""Characters of a blocked word."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting. ``least`` and ``most`` bound a number, or how many can be chosen of a list.

    ``choices`` are the values of a choice.
    """

    name: str
    kind: Kind
    default: Value
    least: int
    most: int
    choices: tuple[str, ...] = ()


def parsed(rule: Rule, entries: Sequence[str]) -> Value:
    """Return a rule's value from what a form brought: the text of its field, or the values that were chosen.

    Raises Refused: rule-number, rule-money, rule-ratio, rule-words, rule-choice.
    """
    text = entries[0].strip() if entries else ""
    match rule.kind:
        case "switch":
            return text == "yes"
        case "number":
            return _number(rule, text)
        case "money":
            return _money(text)
        case "channels" | "roles":
            return frozenset(int(entry) for entry in entries[: rule.most])
        case "models" | "resolutions":
            return frozenset(entries[: rule.most])
        case "ratio":
            return _ratio(text)
        case "words":
            return _words(entries[0] if entries else "")
        case "choice":
            return _choice(rule, text)


def shown(rule: Rule, value: Value) -> str:
    """Return the value as it stands in a form's text field: a line of text for people, where it holds no ids."""
    if rule.kind == "money":
        return dollars(Micros(int(str(value))))
    if isinstance(value, tuple):
        return "\n".join(value)
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _number(rule: Rule, text: str) -> int:
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) and text.isascii() else None
    if text == "":
        number = rule.least if isinstance(rule.default, bool) else int(str(rule.default))
    if number is None or not rule.least <= number <= rule.most:
        raise Refused("rule-number", least=rule.least, most=rule.most, given=_quoted(text))
    return number


def _money(text: str) -> int:
    try:
        amount = Decimal(text.replace(",", ".").removeprefix("$").strip() or "0")
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MONEY_MOST:
        raise Refused("rule-money", most=MONEY_MOST, given=_quoted(text))
    return int(micros(amount))


def _ratio(text: str) -> str:
    if text and not re.fullmatch(r"[0-9]{1,2}:[0-9]{1,2}", text):
        raise Refused("rule-ratio", given=_quoted(text))
    return text


def _words(text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word for line in text.splitlines() if (word := clean(line))))
    if len(words) > WORDS_MOST or any(len(word) > WORD_LIMIT for word in words):
        raise Refused("rule-words", most=WORDS_MOST, limit=WORD_LIMIT)
    return words


def _choice(rule: Rule, text: str) -> str:
    if text and text not in rule.choices:
        raise Refused("rule-choice", given=_quoted(text))
    return text or str(rule.default)


def _quoted(text: str) -> str:
    return escape(shorten(clean(text), 40)) or "…"


def stored(value: Value) -> Any:
    """Return the value as JSON."""
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def restored(rule: Rule, raw: Any) -> Any:
    """Return the value from what ``stored`` wrote."""
    if isinstance(rule.default, frozenset):
        return frozenset(raw)
    return tuple(raw) if isinstance(rule.default, tuple) else raw
