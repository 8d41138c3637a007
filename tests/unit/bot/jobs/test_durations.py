"""Durations: learned from what was seen and said, never more certain than that."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.durations import BUCKETS, EDGES, Law, Weights, bucket_of, interval, law, observed, prior
from bot.toapis.catalogue.catalogue import Catalogue

USUAL = (15.0, 60.0)
SECONDS = st.floats(0, 5_000)
PAIRS = st.tuples(st.floats(0.1, 300), st.floats(0, 600)).map(lambda two: (two[0], two[0] + two[1]))
INTERVALS = st.tuples(SECONDS, st.floats(0, 100)).map(lambda two: (two[0], two[0] + two[1]))


def learned(durations: list[tuple[float, float]], usual: tuple[float, float] = USUAL) -> tuple[Law, Weights]:
    """Return the law after paintings that took so many seconds, at least and at most."""
    weights: Weights = {}
    known = law(weights, weights, prior(usual))
    for low, high in durations:
        weights = observed(weights, low, high, known)
        known = law(weights, weights, prior(usual))
    return known, weights


@given(SECONDS)
def test_every_duration_is_within_its_bucket(seconds: float) -> None:
    bucket = bucket_of(seconds)
    assert 0 <= bucket < BUCKETS
    assert EDGES[bucket] <= seconds
    assert seconds < EDGES[bucket + 1] or bucket == BUCKETS - 1


@pytest.mark.parametrize("usual", sorted({model.seconds for model in Catalogue.load().models}), ids=str)
def test_where_nothing_is_known_the_catalogue_is_believed(usual: tuple[float, float]) -> None:
    known = Law.of(prior(usual))
    assert 0.08 <= known.share_done(usual[0]) <= 0.25
    assert usual[1] * 0.9 <= known.slow <= usual[1] * 1.2


@given(st.lists(INTERVALS, max_size=30), PAIRS)
def test_law_is_a_law_whatever_was_seen(durations: list[tuple[float, float]], usual: tuple[float, float]) -> None:
    known, weights = learned(durations, usual)
    assert all(share >= 0 for share in known.shares)
    assert 0.3 < known.done[-1] <= 1 + 1e-9
    assert sum(weights.values()) <= len(durations) + 1e-9
    assert 0 <= known.quantile(0.1) <= known.slow <= EDGES[-1]


@given(st.lists(INTERVALS, min_size=1, max_size=5), st.integers(0, 99))
def test_share_and_quantile_are_each_others_inverse(durations: list[tuple[float, float]], percent: int) -> None:
    known, _ = learned(durations)
    share = percent / 100
    if share < known.done[-1]:
        assert known.share_done(known.quantile(share)) == pytest.approx(share, abs=1e-6)


def test_after_many_paintings_they_are_believed_not_the_catalogue() -> None:
    chance = random.Random(1)
    seen = [(seconds - 0.5, seconds + 0.5) for seconds in (chance.uniform(6, 8) for _ in range(40))]
    known, _ = learned(seen)
    assert 5.7 < known.quantile(0.1) < 6.8
    assert 7.3 < known.slow < 9.5


def test_memory_is_bounded_and_old_paintings_are_forgotten() -> None:
    known, weights = learned([(29.0, 30.0)] * 500 + [(9.0, 10.0)] * 60)
    assert sum(weights.values()) < 67
    assert len(weights) <= BUCKETS
    assert known.quantile(0.5) < 12


def test_unexpected_paintings_are_believed_after_a_few() -> None:
    known, _ = learned([(29.0, 30.0)] * 60 + [(9.0, 10.0)] * 8)
    assert known.share_done(12.0) > 0.2


def test_being_late_ourselves_teaches_little() -> None:
    before, _ = learned([])
    after, weights = learned([(0.0, 100.0)] * 5)
    assert sum(weights.values()) < 0.5
    assert after.quantile(0.5) == pytest.approx(before.quantile(0.5), rel=0.1)


@pytest.mark.parametrize(
    ("denied", "seen", "stated", "expected"),
    [
        (6.0, 8.0, None, (6.0, 8.0)),
        (0.0, 15.0, 7.0, (5.0, 8.0)),  # we were late, and ToAPIs says when it was done
        (6.5, 7.0, 7.0, (6.5, 7.0)),  # we know it better than whole seconds tell
        (0.0, 15.0, 40.0, (0.0, 15.0)),  # its clock contradicts what we saw
        (10.0, 12.0, 3.0, (10.0, 12.0)),
        (5.0, 4.0, None, (5.0, 5.0)),
    ],
)
def test_interval_is_what_we_saw_cut_down_by_what_is_said(
    denied: float, seen: float, stated: float | None, expected: tuple[float, float]
) -> None:
    assert interval(denied, seen, stated) == expected


@given(st.floats(0.3, 600), st.floats(0, 1), st.floats(0, 5), st.booleans())
def test_true_duration_is_always_within_the_interval(
    seconds: float, began: float, late: float, rounded_up: bool
) -> None:
    ended = math.ceil(began + seconds) if rounded_up else int(began + seconds)
    low, high = interval(0.0, seconds + late, float(ended - int(began)))
    assert low <= seconds <= high


def test_another_count_begins_with_what_is_known_of_the_model() -> None:
    _, weights = learned([(29.0, 30.0)] * 40, (5.0, 10.0))
    other = law({}, weights, prior((5.0, 10.0)))
    assert 25 < other.quantile(0.5) < 33
    assert other.known < 8
