"""The Lineage: the pictures that led to a picture, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.jobs import lineage
from bot.jobs.job import Job, JobState
from bot.jobs.lineage import owners_of, result_of, used
from bot.orders import UNKNOWN, Source
from tests.support.studio import WHERE, a_job


def step(result_id: int | None, *, of: int | None = None) -> Job:
    """Build a job with its picture in that message, painted from the picture in another message."""
    job = a_job(JobState.DELIVERED)
    source = Source("", "retouch", channel_id=2, message_id=of) if of else Source("https://cdn/a.png", "a.png")
    return replace(job, order=replace(job.order, sources=(source,)), result_id=result_id)


def test_what_went_on_from_each_other_is_the_path() -> None:
    line = [step(11), step(12, of=11), step(13, of=12)]
    assert used(line) == line


def test_a_try_that_nobody_went_on_from_is_left_out() -> None:
    first = step(11)
    again = step(12)
    last = step(13, of=11)
    assert used([first, again, last]) == [first, last]


def test_a_picture_that_is_gone_led_to_nothing_that_was_uploaded() -> None:
    gone = step(None)
    last = step(12)
    assert used([gone, last]) == [last]


def test_picture_deleted_after_its_use_stays_a_step_of_the_path() -> None:
    deleted = replace(step(None), erased_id=11)
    last = step(12, of=11)
    assert used([deleted, last]) == [deleted, last]
    assert result_of(deleted) is None
    assert result_of(replace(step(11), erased_id=11)) is None  # deleted just before it was noted as delivered


def test_one_alone_is_its_own_path() -> None:
    alone = step(None)
    assert used([alone]) == [alone]


def made_from(*sources: Source, by: int, **more: Any) -> Job:
    job = a_job(JobState.DELIVERED)
    where = replace(job.destination, requester_id=by)
    return replace(job, order=replace(job.order, sources=sources, **more), destination=where, result_id=11)


def test_owners_are_the_requester_and_the_owners_of_the_sources() -> None:
    ana = 101
    ben = 102
    chiyo = 103
    first = made_from(Source("", "a.png", owner_ids=(ben,)), by=ana)
    assert owners_of(first) == (ana, ben)
    shown = result_of(first)
    assert shown is not None
    assert owners_of(made_from(shown, by=chiyo)) == (ana, ben, chiyo)
    assert owners_of(made_from(by=ana)) == (ana,)  # from words alone


def test_of_what_was_not_noted_somebody_unknown_is_an_owner() -> None:
    old = made_from(Source("", "a.png"), by=101)
    assert owners_of(old) == (UNKNOWN, 101)
    assert owners_of(replace(made_from(by=101), forgotten_at=1.0)) == (UNKNOWN, 101)


def test_what_is_forgotten_is_still_theirs_whose_it_was() -> None:
    assert owners_of(replace(made_from(by=101, owner_ids=(102,)), forgotten_at=1.0)) == (101, 102)
    assert owners_of(replace(made_from(by=101, owner_ids=()), forgotten_at=1.0)) == (101,)


def test_a_picture_is_found_where_people_see_it() -> None:
    job = step(11)
    where = replace(job.destination, channel_id=2, place_id=3)
    result = result_of(replace(job, destination=where))
    assert result is not None
    assert (result.channel_id, result.message_id, result.name) == (3, 11, f"retouch-{job.id}")
    moved = result_of(replace(job, destination=replace(where, result_place_id=4)))
    assert moved is not None
    assert moved.channel_id == 4
    assert result_of(step(None)) is None


@pytest.mark.parametrize(
    ("parent", "near"),
    [
        ({}, True),
        ({"channel_id": 7, "place_id": 2}, True),
        ({"channel_id": 7}, False),
        ({"guild_id": 5}, False),
        ({"guild_id": None, "kind": "direct"}, False),
        ({"channel_id": 7, "place_id": 8, "result_place_id": 9}, False),
    ],
    ids=["same channel", "its thread", "another channel", "another server", "a direct message", "three other places"],
)
def test_what_stands_elsewhere_is_not_near(parent: dict[str, Any], near: bool) -> None:
    child = a_job()
    assert lineage.is_near(replace(a_job(), destination=replace(WHERE, **parent)), child) is near


def test_forgotten_parent_of_the_same_server_is_near() -> None:
    nowhere = replace(WHERE, channel_id=0)
    assert lineage.is_near(replace(a_job(), destination=nowhere, forgotten_at=1.0), a_job())
    assert not lineage.is_near(replace(a_job(), destination=nowhere), a_job())
    other = replace(nowhere, guild_id=5)
    assert not lineage.is_near(replace(a_job(), destination=other, forgotten_at=1.0), a_job())
