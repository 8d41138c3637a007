"""Many cases in one test, which lists every case that fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import pytest

T = TypeVar("T")


def failures(check: Callable[[T], None], cases: Mapping[str, T]) -> list[str]:
    """Return a line for each case that the check fails or breaks on. Raises ``AssertionError`` without any case."""
    assert cases
    lines: list[str] = []
    for name, case in cases.items():
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - the other cases are checked as well
            lines.append(f"{name}: {type(error).__name__}: {error}")
    return lines
