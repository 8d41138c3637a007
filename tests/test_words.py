"""Blocked words are found however they are spelled, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import found


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("gun", "a GUN on a table"),
        ("gun", "Gun."),
        ("gun", "a ｇｕｎ"),  # full width
        ("café", "the CAFE at night"),
        ("cafe", "the café at night"),
        ("gun", "a g\u200bun"),  # a zero-width space in it
        ("straße", "STRASSE im Regen"),
        ("big gun", "a big, gun"),
        ("暴力", "一幅暴力的画"),  # no spaces between words there
        ("оружие", "Оружие!"),
    ],
)
def test_a_word_is_found(word: str, text: str) -> None:
    assert found(["something else", word], text) == word


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("gun", "a gunner begun"),
        ("ass", "a classic glass"),
        ("gun", ""),
        ("", "a gun"),
        ("...", "a gun..."),
        ("a gun", "a big gun"),
    ],
)
def test_a_part_of_a_word_is_no_word(word: str, text: str) -> None:
    assert found([word], text) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_asked_and_a_word_is_found_in_itself(word: str, other: str) -> None:
    once = found([word], word)
    assert found([word], f"{other} {word} {other}") == once


def test_nothing_that_somebody_types_takes_long() -> None:
    began = time.process_time()
    found(["a" * 60] * 200, "a" * 32_000 + "!" * 4_000)
    found(["(a+)+$"] * 200, "a " * 16_000)
    assert time.process_time() - began < 5  # not a measurement: a pattern that hangs would take for ever
