"""Collages: those of the last 15 minutes can be taken back, and only so many are remembered."""

from __future__ import annotations

from cogs.delivery.collages import REMEMBERED, TAKEN_BACK_FOR, Lately


def test_collage_of_a_deleted_picture_is_taken_once() -> None:
    lately: Lately[str] = Lately()
    lately.add("compare", [1, 2], 0.0)
    lately.add("steps", [1, 2, 3], 1.0)
    lately.add("other", [4], 2.0)
    assert lately.take([3, 9], 3.0) == ["steps"]
    assert lately.take([1, 4], 3.0) == ["compare", "other"]
    assert lately.take([1, 2, 3, 4], 3.0) == []


def test_collages_whose_token_expired_are_forgotten() -> None:
    lately: Lately[str] = Lately()
    lately.add("old", [1], 0.0)
    lately.add("young", [1], 1.0)
    assert lately.take([1], TAKEN_BACK_FOR) == ["young"]


def test_memory_of_collages_is_bounded() -> None:
    lately: Lately[int] = Lately()
    for number in range(REMEMBERED + 5):
        lately.add(number, [1], 0.0)
    assert lately.take([1], 0.0) == list(range(5, REMEMBERED + 5))
