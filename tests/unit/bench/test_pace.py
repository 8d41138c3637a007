"""The comparison with the sample loop: which runs are void, and what both get in the same seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import BENCHES
from bench.contender import LOOP, RETOUCH
from bench.orders import Outcome
from bench.pace import REPEATS, SIX_TO_EIGHT, Run, measure, valid_runs
from bench.together import Course


def course(lost: float, questions: int, *, pictures: int = 10, missing: int = 0) -> Course:
    """Return a course of orders that all lost the same."""
    orders = [
        Outcome(0.01, False, None if number < missing else 7.0 + lost, 7.0, questions, lost)
        for number in range(pictures)
    ]
    return Course(tuple(orders), 0.1)


def test_a_loop_outside_its_range_makes_the_run_void() -> None:
    assert SIX_TO_EIGHT.fault(course(1.0, 5)) is None
    assert SIX_TO_EIGHT.fault(course(0.89, 5)) == "the loop lost 0.89 s at p50"
    assert SIX_TO_EIGHT.fault(course(1.11, 5)) == "the loop lost 1.11 s at p50"
    assert SIX_TO_EIGHT.fault(course(1.0, 4)) == "the loop asked 4.00 times"
    assert SIX_TO_EIGHT.fault(course(1.0, 6)) == "the loop asked 6.00 times"
    assert SIX_TO_EIGHT.fault(course(1.0, 5, missing=2)) == "2 pictures of the loop did not come"


async def test_a_void_run_is_repeated_and_told_of() -> None:
    async def run(attempt: int) -> Run:
        return {RETOUCH.key: course(0.5, 3), LOOP.key: course(1.3 if attempt == 1 else 1.0, 5)}

    runs, void = await valid_runs(run, 2, SIX_TO_EIGHT)
    assert len(runs) == 2
    assert void == ["the loop lost 1.30 s at p50"]


async def test_after_five_repetitions_of_void_runs_no_more_are_tried() -> None:
    attempts = []

    async def run(attempt: int) -> Run:
        attempts.append(attempt)
        return {RETOUCH.key: course(0.5, 3), LOOP.key: course(1.3, 5)}

    runs, void = await valid_runs(run, 2, SIX_TO_EIGHT)
    assert runs == []
    assert attempts == list(range(1 + REPEATS))
    assert void[-1] == "given up after 5 repetitions, 0 of 2 runs count"


@pytest.mark.long
async def test_pace_tells_of_each_catalogue_and_every_picture_comes(tmp_path: Path) -> None:
    table = await measure(tmp_path, **BENCHES["pace"].quick)
    rows = {row[0]: row[1:] for row in table.rows}
    for prior in ("catalogue as shipped", "catalogue says 3 to 10 s"):
        # A second question comes two seconds later, but for pictures that a busy machine asks about too late.
        assert 1.0 <= float(rows[f"{prior}, all: questions a picture"][1]) <= 2.0
        assert rows[f"{prior}: pictures that came"][:2] == ("3 of 3", "3 of 3")
