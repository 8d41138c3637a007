"""The bar: drawn as far as the number says, and only where the number can be believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.progress import STALE, bar, believable

PERCENT = st.integers(0, 100)
HISTORY = st.lists(st.tuples(st.floats(0, 1_000), PERCENT), max_size=12).map(
    lambda reports: list(zip(sorted(at for at, _ in reports), (percent for _, percent in reports), strict=True))
)
Said = list[tuple[float, int]]


@pytest.mark.parametrize(
    ("percent", "drawn"),
    [
        (0, "░░░░░░░░░░ 0 %"),
        (9, "░░░░░░░░░░ 9 %"),
        (30, "███░░░░░░░ 30 %"),
        (99, "█████████░ 99 %"),
        (100, "██████████ 100 %"),
        (-5, "░░░░░░░░░░ 0 %"),
        (250, "██████████ 100 %"),
    ],
)
def test_a_bar_is_drawn_as_far_as_the_number_beside_it(percent: int, drawn: str) -> None:
    assert bar(percent) == drawn


@given(PERCENT, PERCENT, st.integers(1, 40))
def test_bar_keeps_its_width_grows_and_is_full_only_when_done(first: int, second: int, width: int) -> None:
    less, more = (bar(percent, width).split(" ")[0] for percent in sorted((first, second)))
    assert len(less) == len(more) == width
    assert less.count("█") <= more.count("█")
    assert ("░" not in more) == (max(first, second) == 100)


@pytest.mark.parametrize(
    ("history", "shown"),
    [
        ([], None),
        ([(2, 0)], None),
        ([(2, 10)], None),
        ([(2, 0), (4, 10)], None),  # where it sticks
        ([(2, 40)], None),  # perhaps where this one sticks: it has not moved yet
        ([(2, 10), (4, 40)], 40),
        ([(2, 10), (4, 20), (6, 35)], 35),
        ([(2, 10), (4, 40), (4 + STALE, 40)], 40),
        ([(2, 10), (4, 40), (5 + STALE, 40)], None),  # no news for long
        ([(2, 10), (4, 40), (5 + STALE, 40), (6 + STALE, 55)], 55),
        ([(2, 10), (4, 100)], None),  # it says so of failed ones too; a finished one needs no bar
        ([(2, 10), (4, 60), (6, 30)], None),  # it went back
        ([(2, 10), (4, 60), (6, 30), (8, 45)], None),
        ([(2, 10), (4, 60), (6, 30), (8, 70)], 70),
        ([(2, 30), (4, 20), (6, 30)], 30),
    ],
)
def test_a_number_is_believed_only_while_it_moves(history: Said, shown: int | None) -> None:
    assert believable(history) == shown


@given(HISTORY)
def test_believed_number_is_the_last_and_neither_stuck_nor_done(history: Said) -> None:
    shown = believable(history)
    assert shown is None or (shown == history[-1][1] == max(percent for _, percent in history) and 10 < shown < 100)


@given(HISTORY.filter(bool), st.floats(0.01, 100))
def test_repeated_number_never_becomes_more_believable(history: Said, more: float) -> None:
    at, percent = history[-1]
    again = believable([*history, (at + more, percent)])
    assert again is None or again == believable(history)
    assert believable([*history, (at + STALE + more, percent)]) is None


@given(st.lists(st.floats(0.1, STALE), min_size=1, max_size=20), st.integers(11, 99))
def test_steady_progress_is_always_believed(pauses: list[float], last: int) -> None:
    history = [(0.0, 0)]
    at = 0.0
    for place, pause in enumerate(pauses, 1):
        at += pause
        history.append((at, max(11, last * place // len(pauses))))
    assert believable(history) in (last, None)
    if len({percent for _, percent in history[-2:]}) == 2:
        assert believable(history) == last
