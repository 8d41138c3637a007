"""Prepared paintings: the durations that all bots get, and the numbers of orders."""

from __future__ import annotations

import statistics

from bench.paintings import uniform
from bench.prepared import even_durations, number_of, numbered


def test_durations_are_spread_evenly_and_have_no_trend() -> None:
    durations = even_durations(uniform(6, 8), 120)
    assert sorted(durations) == [6 + 2 * (number + 0.5) / 120 for number in range(120)]
    for begin in range(0, 120, 10):
        assert abs(statistics.fmean(durations[begin : begin + 10]) - 7) < 0.15


def test_any_number_of_durations_can_be_prepared() -> None:
    for count in range(1, 50):
        assert len(set(even_durations(uniform(6, 8), count))) == count


def test_an_order_is_known_by_the_number_in_its_prompt() -> None:
    assert number_of(numbered(17)) == 17
    assert number_of("as a watercolour at night") is None
