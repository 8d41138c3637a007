"""The match: what somebody typed, against the names of a thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search import rank

NAMES = ("ink-and-wash", "Ink and wash", "Pen drawing (sepia)")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", 0),
        ("   ", 0),
        ("INK AND WASH", 0),
        ("ink-and-wash", 0),
        ("ink  and", 1),
        ("pen dr", 1),
        ("wash ink", 2),
        ("drawing sep", 2),
        ("ash", 3),
        ("rawi ink", 3),
        ("oil", None),
        ("ink oil", None),
    ],
)
def test_the_closer_the_name_the_lower_the_rank(typed: str, expected: int | None) -> None:
    assert rank(NAMES, typed) == expected


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_has_a_rank_or_none(typed: str, names: list[str]) -> None:
    assert rank(names, typed) in (0, 1, 2, 3, None)
    assert rank([*names, " ".join(typed.split())], typed) == 0
