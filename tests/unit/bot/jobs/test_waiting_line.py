"""The waiting line: who is being answered has a place already, and a restart goes on with everybody's turns."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.courier import QueuePlace
from bot.jobs.job import Job, new_id
from bot.jobs.waiting_line import WaitingLine, in_turn
from bot.jobs.workflows import Workflow
from tests.support.studio import NOW, Hours, a_job

HOUR = 3600.0


def of(server: int | None, member: int, number: int = 0) -> Workflow:
    id_ = new_id()
    return Workflow(id_, id_, "paint", server=server, member=member, created_at=NOW + number)


def ordered_by(server: int | None, member: int) -> Job:
    job = a_job()
    return replace(job, destination=replace(job.destination, guild_id=server, requester_id=member))


def added(line: WaitingLine, job: Job) -> Workflow:
    workflow = line.expected(job.id)
    assert workflow is not None
    line.add(workflow)
    return workflow


def full(hours: Hours, usual: float | None = None) -> WaitingLine:
    """Return a line whose next workflow has to wait."""
    line = WaitingLine(hours, hours)
    line.settle(0, usual)
    return line


def test_those_answered_at_once_each_have_a_place_of_their_own() -> None:
    line = full(Hours(), usual=5.0)
    jobs = [ordered_by(1, 1), ordered_by(1, 1), ordered_by(2, 2), ordered_by(None, 3)]
    with ExitStack() as answers:
        places = [answers.enter_context(line.expecting(job)) for job in jobs]
    assert places == [QueuePlace(number, int(NOW) + 10) for number in (1, 2, 2, 3)]


def test_first_ones_begin_at_once_where_there_is_room() -> None:
    line = full(Hours())
    line.settle(2, None)
    with ExitStack() as answers:
        places = [answers.enter_context(line.expecting(ordered_by(1, member))) for member in range(4)]
    assert places == [None, None, QueuePlace(1), QueuePlace(2)]


def test_place_of_an_order_that_was_not_answered_is_given_up() -> None:
    line = full(Hours())
    with line.expecting(ordered_by(1, 1)):
        pass
    with line.expecting(ordered_by(1, 1)) as place:
        assert place == QueuePlace(1)


def test_turn_that_comes_before_the_answer_is_kept() -> None:
    line = full(Hours())
    early = ordered_by(1, 1)
    with line.expecting(early):
        later = of(2, 2)
        line.add(later)
        assert line.take(9) is later
        assert line.take(9) is None
        last = of(3, 3)
        line.add(last)
        workflow = added(line, early)
    assert [line.take(9), line.take(9)] == [workflow, last]


def test_order_whose_turn_came_takes_the_room_of_later_ones() -> None:
    line = full(Hours())
    with line.expecting(ordered_by(1, 1)):
        assert line.take(1) is None
        line.settle(1, None)
        with line.expecting(ordered_by(2, 2)) as place:
            assert place == QueuePlace(1)
    with line.expecting(ordered_by(2, 2)) as place:
        assert place is None


def test_no_more_turns_come_than_workflows_may_begin() -> None:
    line = full(Hours())
    jobs = [ordered_by(server, server) for server in (1, 2, 3, 4)]
    with ExitStack() as answers:
        for job in jobs:
            answers.enter_context(line.expecting(job))
        assert line.take(2) is None
        workflows = [added(line, job) for job in reversed(jobs)]
    assert len(line) == 4
    taken = [line.take(1) for _ in jobs]
    assert taken == [workflows[3], workflows[2], workflows[1], workflows[0]]
    assert len(line) == 0


def test_room_of_an_order_that_was_not_answered_goes_to_another() -> None:
    line = full(Hours())
    calls: list[bool] = []
    line.given_up = lambda: calls.append(True)
    with line.expecting(ordered_by(1, 1)):
        assert line.take(1) is None
        workflow = of(2, 2)
        line.add(workflow)
        assert line.take(1) is None
    assert calls == [True]
    assert line.take(1) is workflow


def test_somebody_waits_only_once_an_order_was_answered() -> None:
    line = full(Hours())
    job = ordered_by(1, 1)
    with line.expecting(job):
        line.settle(0, None)
        assert not line.somebody.is_set()
        workflow = added(line, job)
        line.settle(0, None)
        assert line.somebody.is_set()
    assert workflow.waits
    assert line.remove(workflow)
    line.settle(0, None)
    assert not line.somebody.is_set()
    assert not workflow.waits
    assert not line.remove(workflow)


def test_measured_pace_is_believed_rather_than_the_usual() -> None:
    hours = Hours()
    line = full(hours, usual=5.0)
    for _ in range(20):
        line.add(of(1, 1))
    for _ in range(10):
        line.settle(0, 5.0)
        hours.now += 30
        line.take(9)
    assert line.place(4) == QueuePlace(4, int(hours.now) + 120)


def test_promise_is_missing_where_the_pace_is_unknown() -> None:
    assert full(Hours()).place(7) == QueuePlace(7)


def test_what_had_its_turn_in_an_earlier_life_goes_first() -> None:
    line = full(Hours())
    line.add(of(1, 1))
    resumed = of(1, 2)
    resumed.had_turn = True
    line.add(resumed)
    with line.expecting(ordered_by(2, 2)) as place:
        assert place == QueuePlace(3)
    assert line.in_order()[0] is resumed
    assert line.take(9) is resumed


@given(st.lists(st.tuples(st.none() | st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=30), st.data())
def test_new_queue_goes_on_with_the_turns_of_the_old(orders: list[tuple[int | None, int]], data: st.DataObject) -> None:
    hours = Hours()
    old = full(hours)
    turns: dict[tuple[int | None, int], float] = {}
    waiting: list[Workflow] = []
    for server, member in orders:
        hours.now += 1
        workflow = of(server, member)
        workflow.created_at = hours.now
        old.add(workflow)
        waiting.append(workflow)
        if data.draw(st.booleans()):
            hours.now += 1
            begun = old.take(9)
            assert begun is not None
            turns[begun.server, begun.member] = hours.now
            waiting.remove(begun)
    unbought: list[Workflow] = []  # those that began last, and had no time to buy
    while waiting and data.draw(st.sampled_from([True, False])):
        begun = old.take(9)
        assert begun is not None
        unbought.append(begun)
        waiting.remove(begun)
    new = full(hours)
    for workflow in in_turn(waiting, turns, unbought):
        new.add(workflow)
    assert [workflow.id for workflow in new.in_order()] == [workflow.id for workflow in old.in_order()]


def test_member_who_had_a_turn_comes_after_others_of_the_server() -> None:
    first, second = [of(1, 7, 1), of(1, 8, 2)]
    new = full(Hours())
    for workflow in in_turn([first, second], {(1, 7): NOW + 3}):
        new.add(workflow)
    assert new.in_order() == [second, first]


@pytest.mark.parametrize("server", [1, None])
def test_turn_of_nobody_who_waits_changes_nothing(server: int | None) -> None:
    waiting = [of(2, 5, 1), of(3, 6, 2)]
    assert in_turn(waiting, {(server, 5): NOW + HOUR}) == waiting
