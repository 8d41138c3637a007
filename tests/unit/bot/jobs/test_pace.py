"""The pace of the queue: measured only while somebody waits, and promised coarsely."""

from __future__ import annotations

import pytest

from bot.jobs.pace import FORGOTTEN, KNOWN, Pace, expected


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def begun(pace: Pace, watch: Watch, count: int, every: float) -> None:
    for _ in range(count):
        watch.now += every
        pace.began()


def test_nothing_is_known_before_some_have_begun() -> None:
    watch = Watch()
    pace = Pace(watch)
    assert pace.a_second() is None
    pace.waits()
    begun(pace, watch, KNOWN - 1, 10.0)
    assert pace.a_second() is None
    begun(pace, watch, 1, 10.0)
    assert pace.a_second() == pytest.approx(0.1)


def test_many_that_begin_in_the_first_moment_say_nothing() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.waits()
    begun(pace, watch, 20, 0.01)
    assert pace.a_second() is None


def test_time_in_which_nobody_waits_is_not_counted() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.waits()
    begun(pace, watch, 10, FORGOTTEN)
    begun(pace, watch, 400, 2.0)
    pace.nobody_waits()
    watch.now += FORGOTTEN / 2
    pace.began()  # at once: nobody had to wait
    assert pace.a_second() == pytest.approx(0.5)
    pace.waits()
    assert pace.a_second() == pytest.approx(0.5)


def test_what_was_measured_long_ago_is_forgotten() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.waits()
    begun(pace, watch, 10, 2.0)
    pace.nobody_waits()
    watch.now += FORGOTTEN + 1
    pace.waits()
    assert pace.a_second() is None


def test_change_of_pace_is_followed_within_some_beginnings() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.waits()
    begun(pace, watch, 100, 1.0)
    begun(pace, watch, 60, 0.2)
    assert pace.a_second() == pytest.approx(5.0, rel=0.3)


def test_standstill_lowers_the_pace_while_it_lasts() -> None:
    watch = Watch()
    pace = Pace(watch)
    pace.waits()
    begun(pace, watch, 100, 1.0)
    watch.now += 200
    pace.waits()
    assert pace.a_second() == pytest.approx(20 / 220, rel=0.05)


@pytest.mark.parametrize(
    ("place", "a_second", "seconds"),
    [
        (1, 5.0, 10),
        (12, 1.0, 20),
        (50, 1.0, 50),
        (51, 1.0, 60),
        (61, 1.0, 120),
        (600, 1.0, 600),
        (601, 1.0, 900),
        (1000, 5.0, 240),
        (5000, 1.0, 5100),
        (1, 1e-9, None),
        (1, 0.0, None),
        (1, None, None),
    ],
)
def test_expectation_is_rounded_up_coarsely(place: int, a_second: float | None, seconds: float | None) -> None:
    assert expected(place, a_second) == seconds
