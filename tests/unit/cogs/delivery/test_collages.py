"""Collages of the last 15 minutes can be deleted, and a limited number of them is remembered."""

from __future__ import annotations

from cogs.delivery.collages import DELETABLE_FOR, REMEMBERED, RecentMessages


def test_collage_of_a_deleted_picture_is_taken_once() -> None:
    recent: RecentMessages[str] = RecentMessages()
    recent.add("compare", [1, 2], 0.0)
    recent.add("steps", [1, 2, 3], 1.0)
    recent.add("other", [4], 2.0)
    assert recent.pop([3, 9], 3.0) == ["steps"]
    assert recent.pop([1, 4], 3.0) == ["compare", "other"]
    assert recent.pop([1, 2, 3, 4], 3.0) == []


def test_collages_whose_token_expired_are_forgotten() -> None:
    recent: RecentMessages[str] = RecentMessages()
    recent.add("old", [1], 0.0)
    recent.add("young", [1], 1.0)
    assert recent.pop([1], DELETABLE_FOR) == ["young"]


def test_memory_of_collages_is_bounded() -> None:
    recent: RecentMessages[int] = RecentMessages()
    for number in range(REMEMBERED + 5):
        recent.add(number, [1], 0.0)
    assert recent.pop([1], 0.0) == list(range(5, REMEMBERED + 5))
