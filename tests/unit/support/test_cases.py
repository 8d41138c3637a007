"""Many cases in one test: each that fails or breaks is listed."""

from __future__ import annotations

import pytest

from tests.support.cases import failures


def test_every_case_that_fails_or_breaks_is_listed() -> None:
    def check(number: int) -> None:
        assert 6 // number == 3

    lines = failures(check, {"two": 2, "three": 3, "zero": 0})
    assert [line.split(":")[:2] for line in lines] == [["three", " AssertionError"], ["zero", " ZeroDivisionError"]]


def test_check_without_a_case_proves_nothing() -> None:
    with pytest.raises(AssertionError):
        failures(lambda _: None, {})
