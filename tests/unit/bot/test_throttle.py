"""Turns: one at a time, and only so often."""

from __future__ import annotations

import pytest

from bot.errors import Refused
from bot.throttle import REMEMBERED, Turns


class Hours:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_member_has_one_turn_at_a_time_and_others_have_theirs() -> None:
    turns = Turns(10, 60.0, Hours())
    with turns.of(1), turns.of(2), pytest.raises(Refused) as refused, turns.of(1):
        pass
    assert refused.value.reason == "at-it"
    with turns.of(1):
        pass


def test_a_turn_ends_where_it_breaks() -> None:
    turns = Turns(10, 60.0, Hours())
    with pytest.raises(ZeroDivisionError), turns.of(1):
        raise ZeroDivisionError
    with turns.of(1):
        pass


def test_the_turns_of_a_window_are_counted_and_come_back() -> None:
    hours = Hours()
    turns = Turns(2, 60.0, hours)
    for _ in range(2):
        with turns.of(1):
            hours.now += 10
    with pytest.raises(Refused) as refused, turns.of(1):
        pass
    assert (refused.value.reason, refused.value.facts) == ("too-often", {"at": 1061})
    hours.now = 1060.0
    with turns.of(1):
        pass


def test_members_are_forgotten_in_time_and_by_number() -> None:
    hours = Hours()
    turns = Turns(1, 60.0, hours)
    for member_id in range(REMEMBERED + 100):
        with turns.of(member_id):
            pass
    assert turns.remembered == REMEMBERED
    hours.now += 61
    assert turns.remembered == 0
