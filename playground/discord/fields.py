"""Rules for the fields of a JSON body, to be combined: each adds to the errors whatever Discord would refuse.

https://discord.com/developers/docs/reference#error-messages
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from .errors import FormErrors

Json = dict[str, Any]
Path = tuple[str | int, ...]
Rule = Callable[[FormErrors, Path, Any], None]
"""A check of a value that is not null. A field that is null or missing is an error only where it is needed."""

REQUIRED = ("BASE_TYPE_REQUIRED", "This field is required")


def text(errors: FormErrors, path: Path, value: Any, most: int, *, least: int = 0, needed: bool = False) -> None:
    """Check a text of ``least`` to ``most`` characters."""
    if value is None:
        if needed:
            errors.add(path, *REQUIRED)
    elif not isinstance(value, str):
        errors.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif len(value) > most and not least:
        errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif not least <= len(value) <= most:
        errors.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def listed(errors: FormErrors, path: Path, value: Any, most: int, *, least: int = 0) -> list[Any]:
    """Return the list, or an empty one where it is none; too long or too short is an error."""
    if value is None:
        return []
    if not isinstance(value, list):
        errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if not least <= len(value) <= most:
        words = f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer in length."
        errors.add(path, "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH", words)
    return value


def mapped(errors: FormErrors, path: Path, value: Any) -> Json:
    """Return the object, or an empty one where it is none."""
    if isinstance(value, dict):
        return value
    errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return {}


def words(most: int, least: int = 0) -> Rule:
    return lambda errors, path, value: text(errors, path, value, most, least=least)


def whole(least: int = 0, most: int = (1 << 53) - 1) -> Rule:
    def rule(errors: FormErrors, path: Path, value: Any) -> None:
        if type(value) is not int:
            errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < least:
            errors.add(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            errors.add(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")

    return rule


def yes(errors: FormErrors, path: Path, value: Any) -> None:
    """Check that it is true or false."""
    if not isinstance(value, bool):
        errors.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def among(allowed: Collection[Any]) -> Rule:
    def rule(errors: FormErrors, path: Path, value: Any) -> None:
        if isinstance(value, bool | list | dict) or value not in allowed:
            errors.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {tuple(allowed)}.")

    return rule


def snowflake(errors: FormErrors, path: Path, value: Any) -> None:
    """Check an id; Discord takes it as a number too."""
    if isinstance(value, bool) or not re.fullmatch(r"0|[1-9]\d{0,19}", str(value), re.ASCII):
        errors.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def moment(errors: FormErrors, path: Path, value: Any) -> None:
    """Check a time. https://discord.com/developers/docs/reference#iso8601-datetime"""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        errors.add(path, "DATE_TIME_TYPE_PARSE", f'Could not parse "{value}". Should be ISO8601.')


def address(most: int = 2048, schemes: tuple[str, ...] = ("http://", "https://", "attachment://")) -> Rule:
    def rule(errors: FormErrors, path: Path, value: Any) -> None:
        text(errors, path, value, most)
        if isinstance(value, str) and not value.startswith(schemes):
            errors.add(path, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")

    return rule


def many(rule: Rule, most: int, least: int = 0, *, unique: bool = False) -> Rule:
    def rule_for_list(errors: FormErrors, path: Path, value: Any) -> None:
        entries = listed(errors, path, value, most, least=least)
        for n, entry in enumerate(entries):
            rule(errors, (*path, n), entry)
        if unique and len({str(entry) for entry in entries}) < len(entries):
            errors.add(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains the value")

    return rule_for_list


def form(fields: Mapping[str, Rule], needed: Collection[str] = ()) -> Rule:
    """Build the rule of an object. What it has beyond ``fields`` is ignored, as Discord does."""

    def rule(errors: FormErrors, path: Path, value: Any) -> None:
        values = mapped(errors, path, value)
        for key, inner in fields.items():
            if values.get(key) is not None:
                inner(errors, (*path, key), values[key])
            elif key in needed and isinstance(value, dict):
                errors.add((*path, key), *REQUIRED)

    return rule
