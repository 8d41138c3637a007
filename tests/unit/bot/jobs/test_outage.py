"""Which trouble passes by itself, and for how long it is waited out; and ages that no wall clock changes."""

from __future__ import annotations

import math

import pytest

from bot.errors import (
    BadPicture,
    KeyRefused,
    ModelUnavailable,
    PaintingFailed,
    RateLimited,
    ToAPIsUnavailable,
    Unavailable,
)
from bot.jobs import outage
from bot.jobs.ages import Ages

DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (Unavailable("discord"), "discord"),
        (Unavailable("database"), "database"),
        (ToAPIsUnavailable(), "toapis"),
        (RateLimited(), "toapis"),
        (ModelUnavailable(), "model"),
        (KeyRefused(), None),
        (PaintingFailed(), None),
        (BadPicture("broken"), None),
        (ValueError("a mistake of ours"), None),
    ],
)
def test_only_trouble_that_passes_is_waited_out(error: Exception, place: str | None) -> None:
    assert outage.where(error) == place


@pytest.mark.parametrize(
    ("place", "step", "seconds"),
    [
        ("discord", "prepare", 600),
        ("discord", "deliver", DAY),
        ("database", "prepare", 600),
        ("database", "submit 0", math.inf),
        ("database", "wait", math.inf),
        ("toapis", "prepare", 600),
        ("toapis", "submit 0", 600),
        ("model", "submit 0", 60),
        ("model", "wait", 0),
        ("toapis", "wait", 0),
    ],
)
def test_outage_is_waited_out_by_place_and_step(place: outage.Where, step: str, seconds: float) -> None:
    assert outage.limit(place, step, give_up=DAY) == seconds


def test_pauses_grow_to_a_minute_whatever_was_asked_for() -> None:
    assert [outage.pause("discord", tries) for tries in (1, 2, 3, 7, 5000)] == [1, 2, 4, 60, 60]
    assert outage.pause("discord", 1, retry_after=3 * DAY) == 60
    assert outage.pause("discord", 1, retry_after=-3 * DAY) == 1


@pytest.mark.parametrize("step", [3 * DAY, -3 * DAY])
def test_an_age_is_that_of_the_monotonic_clock_once_it_is_known(step: float) -> None:
    wall = [1000.0]
    elapsed = [0.0]
    ages = Ages(lambda: wall[0], lambda: elapsed[0])
    assert ages.of("job", 900.0) == 100.0
    ages.begin("other", 1000.0)
    wall[0] += step
    elapsed[0] += 7
    assert (ages.of("job", 900.0), ages.of("other", 1000.0)) == (107.0, 7.0)


def test_an_age_is_never_less_than_nothing() -> None:
    assert Ages(lambda: 1000.0, lambda: 0.0).of("job", 5000.0) == 0.0
