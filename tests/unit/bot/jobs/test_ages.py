"""Ages: what counts the seconds of a job, whatever is done to the wall clock."""

from __future__ import annotations

import pytest

from bot.jobs import ages as room
from bot.jobs.ages import Ages
from tests.support.studio import Hours


def test_step_of_the_wall_clock_changes_no_age() -> None:
    clock = Hours(1000.0)
    elapsed = Hours(5.0)
    ages = Ages(clock, elapsed)
    ages.begin("job", 1000.0)
    clock.now += 86_400
    elapsed.now += 7
    assert ages.of("job", 1000.0) == 7


def test_age_of_before_this_process_is_counted_by_the_wall_clock_once() -> None:
    clock = Hours(1000.0)
    elapsed = Hours(5.0)
    ages = Ages(clock, elapsed)
    assert ages.of("job", 940.0) == 60
    clock.now -= 500
    elapsed.now += 1
    assert ages.of("job", 940.0) == 61


def test_another_beginning_is_counted_anew_and_never_below_zero() -> None:
    clock = Hours(1000.0)
    ages = Ages(clock, Hours(5.0))
    assert ages.of("job", 940.0) == 60
    assert ages.of("job", 990.0) == 10
    assert ages.of("other", 1001.0) == 0


def test_forgotten_and_crowded_out_jobs_are_counted_by_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "REMEMBERED", 1)
    clock = Hours(1000.0)
    ages = Ages(clock, Hours(5.0))
    ages.begin("first", 1000.0)
    ages.begin("second", 1000.0)
    clock.now += 3
    assert (ages.of("second", 1000.0), ages.of("first", 1000.0)) == (0, 3)
    ages.forget("first")
    clock.now += 2
    assert ages.of("first", 1000.0) == 5
