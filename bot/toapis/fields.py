"""Field types that accept a JSON value in every shape that was ever seen, and give a clean value or None. No I/O."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from bot.toapis.responses import text_of


def is_address(value: object) -> bool:
    """Return whether the value is an http(s) address: no data, file or relative address, all printable."""
    if not isinstance(value, str) or not value.isprintable() or " " in value or len(value) > 4000:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def as_id(value: object) -> str | None:
    """Read an opaque id: a printable text of 1 to 200 characters. Ids go into addresses and into our database."""
    text = text_of(value).strip() if not isinstance(value, dict) else ""
    return text if 0 < len(text) <= 200 and text.isprintable() and "\\" not in text else None


def as_number(value: object) -> int | None:
    """Read a whole number from a JSON number or from a text like ``42``, ``42.0`` or ``100%``."""
    try:
        number = int(float(text_of(value).strip().rstrip("%")))
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 10**15 else None


def as_progress(value: object) -> int | None:
    number = as_number(value)
    return None if number is None else min(max(number, 0), 100)


def as_moment(value: object) -> int | None:
    """Read a time in Unix seconds."""
    number = as_number(value)
    if number is None or number <= 0:
        return None
    return number // 1000 if number > 10**11 else number  # milliseconds, in case they ever come


def as_status(value: object) -> str | None:
    return text_of(value).strip().lower()[:40] or None


def as_yes(value: object) -> bool:
    return value is True or text_of(value).strip().lower() in ("true", "1")


def as_word(value: object) -> str | None:
    return value if isinstance(value, str) and value.isprintable() else None


Id = Annotated[str | None, BeforeValidator(as_id)]
Number = Annotated[int | None, BeforeValidator(as_number)]
Progress = Annotated[int | None, BeforeValidator(as_progress)]
Moment = Annotated[int | None, BeforeValidator(as_moment)]
Status = Annotated[str | None, BeforeValidator(as_status)]
Word = Annotated[str | None, BeforeValidator(as_word)]
Yes = Annotated[bool, BeforeValidator(as_yes)]
