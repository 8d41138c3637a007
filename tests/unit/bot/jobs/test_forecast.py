"""The forecast: learned from past paintings, never wilder than they were."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.cadence import next_ask
from bot.jobs.forecast import ENOUGH, expected, remaining

USUAL = (15.0, 60.0)
SECONDS = st.floats(0.1, 100_000)
MANY = st.lists(SECONDS, max_size=40)
PAIRS = st.tuples(st.floats(0.1, 300), st.floats(0, 600)).map(lambda two: (two[0], two[0] + two[1]))


def test_where_nothing_is_known_the_catalogue_is_believed() -> None:
    assert expected([], USUAL) == USUAL


def test_once_enough_are_known_they_alone_are_believed() -> None:
    assert expected([100.0] * ENOUGH, USUAL) == (100.0, 100.0)
    assert expected([float(seconds) for seconds in range(101)], USUAL) == (11.0, 90.0)  # nought seconds are no painting


def test_on_the_way_there_both_are_heard() -> None:
    fast, slow = expected([60.0] * (ENOUGH // 2), USUAL)
    assert (fast, slow) == pytest.approx((math.sqrt(15 * 60), 60.0))


def test_each_painting_more_moves_the_forecast_closer_to_what_was_seen() -> None:
    fasts = [expected([30.0] * count, USUAL)[0] for count in range(ENOUGH + 3)]
    assert fasts == sorted(fasts)
    assert fasts[-3:] == [30.0] * 3


@pytest.mark.parametrize("accident", [0.2, 86_400.0])
def test_a_single_accident_among_enough_does_not_count(accident: float) -> None:
    usual = [20.0, 22.0, 25.0, 26.0, 28.0, 30.0, 31.0]
    fast, slow = expected([*usual, accident], USUAL)
    assert 20.0 <= fast <= slow <= 31.0


def test_the_very_first_accident_does_not_turn_a_minute_into_ten() -> None:
    assert expected([3_600.0], USUAL)[1] < 110


@pytest.mark.parametrize("nonsense", [0.0, -5.0, math.nan, math.inf])
def test_what_is_no_duration_is_not_heard(nonsense: float) -> None:
    assert expected([nonsense] * 20, USUAL) == USUAL
    assert expected([nonsense, *[30.0] * ENOUGH], USUAL) == (30.0, 30.0)


@given(MANY, PAIRS)
def test_a_forecast_lies_between_all_that_was_heard(durations: list[float], usual: tuple[float, float]) -> None:
    fast, slow = expected(durations, usual)
    heard = [*durations, *usual]
    assert min(heard) * 0.999_999 <= fast <= slow * 1.000_001
    assert slow <= max(heard) * 1.000_001


@given(st.lists(st.tuples(SECONDS, st.floats(1, 10)), max_size=30), PAIRS)
def test_slower_paintings_never_make_a_faster_forecast(
    durations: list[tuple[float, float]], usual: tuple[float, float]
) -> None:
    before = expected([seconds for seconds, _ in durations], usual)
    after = expected([seconds * slower for seconds, slower in durations], usual)
    assert after[0] >= before[0] * 0.999_999
    assert after[1] >= before[1] * 0.999_999


@given(st.permutations([3.0, 9.0, 27.0, 81.0, 20.0, 21.0, 22.0, 23.0, 24.0]))
def test_the_order_does_not_matter(durations: list[float]) -> None:
    assert expected(durations, USUAL) == expected(sorted(durations), USUAL)


@given(MANY, PAIRS)
def test_the_cadence_can_ask_by_it(durations: list[float], usual: tuple[float, float]) -> None:
    assert next_ask(0.0, expected(durations, usual), 0.5) > 0


def test_what_remains_is_counted_to_the_slowest_tenth_and_then_no_longer() -> None:
    assert remaining(0.0, USUAL) == 60.0
    assert remaining(45.0, USUAL) == 15.0
    assert remaining(60.0, USUAL) is None
    assert remaining(3_600.0, USUAL) is None


@given(st.floats(-100, 10_000), PAIRS)
def test_what_remains_is_never_nothing_never_negative_and_never_more_than_all(
    age: float, seconds: tuple[float, float]
) -> None:
    left = remaining(age, seconds)
    assert left is None or 0 < left <= seconds[1]


@given(st.floats(0, 10_000), st.floats(0, 10_000), PAIRS)
def test_what_remains_shrinks_with_age_and_the_promised_moment_stands(
    first: float, second: float, seconds: tuple[float, float]
) -> None:
    younger, older = sorted((first, second))
    before = remaining(younger, seconds)
    after = remaining(older, seconds)
    if after is not None:
        assert before is not None
        assert before >= after
        assert younger + before == pytest.approx(older + after)
