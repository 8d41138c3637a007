"""What is wrong with a variable's value, in our words: the library's own never reach the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SAID: Final = {
    "missing": "is missing",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "int_parsing_size": "is too large a number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "finite_number": "is not a finite number",
    "bool_parsing": "is neither true nor false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "too_long": "has too many parts: at most {max_length}",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "has another shape than it must have",
}
"""By the library's name for a mistake. https://pydantic.dev/docs/validation/latest/errors/validation_errors/"""


def mistake_in_words(detail: Mapping[str, Any]) -> str:
    """Return what is wrong, to follow a variable's name. ``detail`` is one error of the library's list.

    The words of our own checks ("shape") are passed on. A mistake without a word here is "not right".
    """
    if detail["type"] == "shape":
        return str(detail["msg"])
    said = _SAID.get(detail["type"], "is not right")
    facts = {name: _fact(name, value) for name, value in detail.get("ctx", {}).items()}
    try:
        return said.format(**facts)
    except (KeyError, IndexError):
        return "is not right"


def _fact(name: str, value: object) -> str:
    if name == "expected":
        return str(value).replace("'", "")
    return f"{value:g}" if isinstance(value, float) else str(value)
