"""The fair queue: servers take turns, and their members; nothing is lost, and each member's items keep their order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.fair_queue import FairQueue

ORDERS = st.lists(st.tuples(st.none() | st.integers(1, 3), st.integers(1, 4)), max_size=40)


def filled(orders: Sequence[tuple[int | None, int]]) -> FairQueue[int]:
    queue = FairQueue[int]()
    for number, (server, member) in enumerate(orders):
        queue.add(number, server, member)
    return queue


def test_server_that_floods_does_not_keep_another_waiting() -> None:
    queue = filled([(1, 1)] * 300 + [(2, 9)])
    assert [queue.take(), queue.take()] == [0, 300]


def test_member_who_floods_does_not_keep_others_of_the_server_waiting() -> None:
    queue = filled([(1, 1)] * 50 + [(1, 2), (1, 3)])
    assert [queue.take() for _ in range(4)] == [0, 50, 51, 1]


def test_direct_conversations_are_a_server_each() -> None:
    queue = filled([(None, 1), (None, 1), (None, 2)])
    assert [queue.take() for _ in range(3)] == [0, 2, 1]


def test_empty_queue_has_nothing_to_take() -> None:
    with pytest.raises(KeyError):
        FairQueue[int]().take()


@given(ORDERS)
def test_each_item_comes_once_and_those_of_a_member_in_order(orders: list[tuple[int | None, int]]) -> None:
    queue = filled(orders)
    assert len(queue) == len(orders)
    taken = [queue.take() for _ in orders]
    assert sorted(taken) == list(range(len(orders)))
    for who in set(orders):
        theirs = [number for number in taken if orders[number] == who]
        assert theirs == sorted(theirs)
    assert len(queue) == 0


@given(ORDERS)
def test_no_server_is_served_twice_while_another_waits(orders: list[tuple[int | None, int]]) -> None:
    servers = [f"member {member}" if server is None else server for server, member in orders]
    queue = filled(orders)
    taken = [servers[queue.take()] for _ in orders]
    for at, server in enumerate(taken):
        again = next((place for place in range(at + 1, len(taken)) if taken[place] == server), None)
        if again is not None:
            waiting = {other for other in taken[again:] if other != server}
            assert waiting <= set(taken[at + 1 : again])


@given(ORDERS, st.integers(0, 10))
def test_order_is_that_in_which_items_are_taken(orders: list[tuple[int | None, int]], earlier: int) -> None:
    queue = filled(orders)
    for _ in range(min(earlier, len(orders))):
        queue.take()
    expected = list(queue.in_order())
    assert len(queue) == len(expected)
    assert [queue.take() for _ in expected] == expected


@given(ORDERS, st.integers(0, 10), st.none() | st.integers(1, 4), st.integers(1, 5))
def test_place_of_newcomer_is_that_in_the_order(
    orders: list[tuple[int | None, int]], earlier: int, server: int | None, member: int
) -> None:
    queue = filled(orders)
    for _ in range(min(earlier, len(orders))):
        queue.take()
    queue.add(-1, server, member)
    assert list(queue.in_order())[queue.place_of_last(server, member) - 1] == -1


@given(ORDERS, st.data())
def test_removed_item_changes_nobodys_order(orders: list[tuple[int | None, int]], data: st.DataObject) -> None:
    queue = filled(orders)
    for number in range(len(orders)):
        if data.draw(st.booleans()):
            queue.remove(number, *orders[number])
            orders[number] = (9, 9)
    left = [number for number, who in enumerate(orders) if who != (9, 9)]
    assert sorted(queue.in_order()) == left
    assert len(queue) == len(left)
    for who in set(orders):
        theirs = [number for number in queue.in_order() if orders[number] == who]
        assert theirs == sorted(theirs)


def test_turn_of_a_removed_item_goes_to_the_next() -> None:
    queue = filled([(1, 1), (2, 2), (3, 3), (1, 1)])
    queue.remove(1, 2, 2)
    assert list(queue.in_order()) == [0, 2, 3]
    queue.remove(0, 1, 1)
    assert list(queue.in_order()) == [3, 2]


@given(ORDERS)
def test_item_put_back_is_taken_next(orders: list[tuple[int | None, int]]) -> None:
    queue = filled(orders)
    for _ in orders:
        item = queue.take()
        queue.put_back(item, *orders[item])
        assert len(queue) == len(list(queue.in_order()))
        assert queue.take() == item
    assert len(queue) == 0


def test_item_that_is_not_there_cannot_be_removed() -> None:
    queue = filled([(1, 1)])
    with pytest.raises(KeyError):
        queue.remove(7, 1, 1)
    assert len(queue) == 1
