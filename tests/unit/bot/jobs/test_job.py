"""A Job's states: each has a way out or is an end, and only the known moves exist."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.job import RUNNING, WAYS_OUT, Destination, Job, JobState, Kind, new_id
from bot.money import Micros
from bot.orders import Order

ENDS = {JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED}
MOVES = {
    ("accepted", "submitted"),
    ("accepted", "failed"),
    ("accepted", "cancelled"),
    ("accepted", "unknown"),
    ("submitted", "painted"),
    ("submitted", "cancelled"),
    ("submitted", "failed"),
    ("submitted", "unknown"),
    ("painted", "delivered"),
    ("painted", "failed"),
    ("painted", "unknown"),
    ("unknown", "submitted"),
    ("unknown", "failed"),
}


def reachable(start: JobState) -> set[JobState]:
    reached = {start}
    left = [start]
    while left:
        new = WAYS_OUT[left.pop()] - reached
        reached |= new
        left += new
    return reached


@pytest.mark.parametrize("state", JobState)
def test_each_state_has_a_way_out_or_is_an_end(state: JobState) -> None:
    assert bool(WAYS_OUT[state]) != (state in ENDS)


@pytest.mark.parametrize("state", JobState)
def test_from_each_state_an_end_can_be_reached(state: JobState) -> None:
    assert reachable(state) & ENDS


def test_a_new_job_can_come_into_every_state() -> None:
    assert reachable(JobState.ACCEPTED) == set(JobState)


def test_there_are_no_moves_but_the_known_ones() -> None:
    assert {(start.value, to.value) for start, ways in WAYS_OUT.items() for to in ways} == MOVES


@pytest.mark.parametrize("state", [JobState.PAINTED, JobState.UNKNOWN, *sorted(ENDS)])
def test_what_is_painted_or_lost_can_not_be_called_off(state: JobState) -> None:
    assert JobState.CANCELLED not in WAYS_OUT[state]


def test_an_end_takes_no_place() -> None:
    assert not RUNNING & ENDS
    assert set(JobState) - RUNNING - ENDS == {JobState.UNKNOWN}


@given(st.integers(1, 50))
def test_ids_are_sixteen_hexadecimal_digits_and_differ(many: int) -> None:
    ids = [new_id() for _ in range(many)]
    assert all(len(job_id) == 16 and int(job_id, 16) >= 0 for job_id in ids)
    assert len(set(ids)) == many


def test_our_messages_carry_the_jobs_id() -> None:
    job = Job("ab" * 8, Order("p", "m"), Destination(1, 2, 3), JobState.ACCEPTED, Micros(1), 0.0)
    assert job.nonce == job.id
    assert job.destination.kind in get_args(Kind)
