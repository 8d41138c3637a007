"""Rules for the fields of a JSON body, to be combined: each adds to the faults whatever Discord would refuse.

https://discord.com/developers/docs/reference#error-messages
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from .errors import Faults

Json = dict[str, Any]
Path = tuple[str | int, ...]
Rule = Callable[[Faults, Path, Any], None]
"""A check of a value that is not null. A field that is null or missing is a fault only where it is needed."""

REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


def text(faults: Faults, path: Path, value: Any, most: int, *, least: int = 0, needed: bool = False) -> None:
    """Check a text of ``least`` to ``most`` characters."""
    if value is None:
        if needed:
            faults.add(path, *REQUIRED)
    elif not isinstance(value, str):
        faults.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif len(value) > most and not least:
        faults.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif not least <= len(value) <= most:
        faults.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def listed(faults: Faults, path: Path, value: Any, most: int, *, least: int = 0) -> list[Any]:
    """Return the list, or an empty one where it is none; too long or too short is a fault."""
    if value is None:
        return []
    if not isinstance(value, list):
        faults.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if not least <= len(value) <= most:
        words = f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer in length."
        faults.add(path, "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH", words)
    return value


def mapped(faults: Faults, path: Path, value: Any) -> Json:
    """Return the object, or an empty one where it is none."""
    if isinstance(value, dict):
        return value
    faults.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return {}


def words(most: int, least: int = 0) -> Rule:
    return lambda faults, path, value: text(faults, path, value, most, least=least)


def whole(least: int = 0, most: int = (1 << 53) - 1) -> Rule:
    def rule(faults: Faults, path: Path, value: Any) -> None:
        if type(value) is not int:
            faults.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < least:
            faults.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            faults.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")

    return rule


def yes(faults: Faults, path: Path, value: Any) -> None:
    """Check that it is true or false."""
    if not isinstance(value, bool):
        faults.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def among(allowed: Collection[Any]) -> Rule:
    def rule(faults: Faults, path: Path, value: Any) -> None:
        if isinstance(value, bool | list | dict) or value not in allowed:
            faults.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {tuple(allowed)}.")

    return rule


def snowflake(faults: Faults, path: Path, value: Any) -> None:
    """Check an id; Discord takes it as a number too."""
    if isinstance(value, bool) or not re.fullmatch(r"0|[1-9]\d{0,19}", str(value), re.ASCII):
        faults.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def moment(faults: Faults, path: Path, value: Any) -> None:
    """Check a time. https://discord.com/developers/docs/reference#iso8601-datetime"""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        faults.add(path, "DATE_TIME_TYPE_PARSE", f'Could not parse "{value}". Should be ISO8601.')


def address(most: int = 2048, schemes: tuple[str, ...] = ("http://", "https://", "attachment://")) -> Rule:
    def rule(faults: Faults, path: Path, value: Any) -> None:
        text(faults, path, value, most)
        if isinstance(value, str) and not value.startswith(schemes):
            faults.add(path, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")

    return rule


def many(rule: Rule, most: int, least: int = 0, *, unique: bool = False) -> Rule:
    def rule_for_list(faults: Faults, path: Path, value: Any) -> None:
        entries = listed(faults, path, value, most, least=least)
        for n, entry in enumerate(entries):
            rule(faults, (*path, n), entry)
        if unique and len({str(entry) for entry in entries}) < len(entries):
            faults.add(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains the value")

    return rule_for_list


def form(fields: Mapping[str, Rule], needed: Collection[str] = ()) -> Rule:
    """Build the rule of an object. What it has beyond ``fields`` is ignored, as Discord does."""

    def rule(faults: Faults, path: Path, value: Any) -> None:
        values = mapped(faults, path, value)
        for key, inner in fields.items():
            if values.get(key) is not None:
                inner(faults, (*path, key), values[key])
            elif key in needed and isinstance(value, dict):
                faults.add((*path, key), *REQUIRED)

    return rule
