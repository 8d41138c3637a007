"""The cadence of questions: not too early, never too rarely, and not all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.cadence import BETWEEN, SLOWEST, next_ask

AGES = st.floats(0, 100_000)
ROLLS = st.floats(0, 1, exclude_max=True)
FASTEST_AND_SLOWEST = st.tuples(st.floats(0.1, 300), st.floats(0, 600)).map(lambda two: (two[0], two[0] + two[1]))
MIDDLE = 0.5
"""The roll that neither shortens nor lengthens a pause."""


def test_the_first_question_comes_when_the_fastest_tenth_would_be_done() -> None:
    assert next_ask(0.0, (20.0, 60.0), 0.0) == 20.0
    assert next_ask(15.0, (20.0, 60.0), 0.0) == 5.0


def test_between_the_fastest_and_the_slowest_tenth_it_asks_every_two_seconds() -> None:
    assert {next_ask(age, (20.0, 60.0), MIDDLE) for age in (20.0, 40.0, 60.0)} == {BETWEEN}


@pytest.mark.parametrize(("age", "pause"), [(80.0, 3.0), (160.0, 7.0), (86_400.0, SLOWEST)])
def test_after_the_slowest_tenth_it_asks_ever_more_rarely(age: float, pause: float) -> None:
    assert next_ask(age, (20.0, 60.0), MIDDLE) == pytest.approx(pause)


@given(AGES, FASTEST_AND_SLOWEST, ROLLS)
def test_a_pause_is_never_nothing_and_never_endless(age: float, seconds: tuple[float, float], roll: float) -> None:
    pause = next_ask(age, seconds, roll)
    if age < seconds[0]:
        assert min(SLOWEST, seconds[0] - age) <= pause <= min(SLOWEST, seconds[0] - age + 1.0)
    else:
        assert BETWEEN * 0.75 <= pause <= SLOWEST * 1.25


@given(AGES, AGES, FASTEST_AND_SLOWEST, ROLLS)
def test_an_older_painting_is_never_asked_for_more_often(
    first: float, second: float, seconds: tuple[float, float], roll: float
) -> None:
    younger, older = sorted((max(first, seconds[0]), max(second, seconds[0])))
    assert next_ask(younger, seconds, roll) <= next_ask(older, seconds, roll)


@pytest.mark.parametrize("age", [0.0, 30.0, 5_000.0])
def test_the_roll_spreads_jobs_apart(age: float) -> None:
    assert len({next_ask(age, (20.0, 60.0), roll / 10) for roll in range(10)}) == 10
