"""The rows of jobs, on both databases: whole, moved only along known ways, counted exactly."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from bot.database import Database, metadata
from bot.jobs.claim import Claims
from bot.jobs.job import WAYS_OUT, Destination, Job, JobState, Trouble, new_id
from bot.jobs.store import Jobs
from bot.money import Micros
from bot.orders import UNKNOWN, Order, Source

NOW = 1_700_000_000.0
ORDER = Order("Grüße 你好", "gemini", "16:9", None, 2, (Source("https://cdn/a.png", "a.png", None, 2**40),))
WHERE = Destination(requester_id=2**62, channel_id=2, interaction_id=3, guild_id=4, kind="thread", locale="de")


def a_job(state: JobState = JobState.ACCEPTED, *, member: int = 1, at: float = NOW, count: int = 1) -> Job:
    where = replace(WHERE, requester_id=member)
    return Job(new_id(), replace(ORDER, count=count), where, state, Micros(40_000), at)


async def kept(database: Database, *jobs: Job) -> Jobs:
    store = Jobs(database, lambda: NOW)
    async with database.write() as write:
        for job in jobs:
            await store.add(write, job)
    return store


async def test_a_job_comes_back_as_it_was_added(database: Database) -> None:
    source = replace(
        ORDER.sources[0], owner_ids=(2**62, 5), credit="<@5>", seen_in="https://discord.com/channels/1/2/3"
    )
    job = replace(a_job(), order=replace(ORDER, sources=(source,)), destination=replace(WHERE, threaded=False))
    store = await kept(database, job)
    assert await store.get(job.id) == job
    assert await store.get("nobody") is None


async def test_order_from_before_owners_were_recorded_has_unknown_owners(database: Database) -> None:
    job = a_job()
    jobs = await kept(database, job)
    table = metadata.tables["jobs"]
    raw = asdict(job.order)
    for source in raw["sources"]:
        del source["owner_ids"], source["credit"], source["seen_in"]
    del raw["owner_ids"]
    async with database.write() as write:
        await write.execute(sa.update(table).values(order=raw, destination=_before(asdict(job.destination))))
    old = await jobs.get(job.id)
    assert old == job
    assert old.order.owners == {UNKNOWN}


def _before(destination: dict[str, Any]) -> dict[str, Any]:
    """Return the destination as it was before servers decided on delivery."""
    return {name: value for name, value in destination.items() if name not in ("threaded", "spoiler")}


@pytest.mark.parametrize("start", JobState)
async def test_a_job_moves_only_along_the_known_ways(database: Database, start: JobState) -> None:
    jobs = {to: a_job(start) for to in JobState}
    store = await kept(database, *jobs.values())
    for to, job in jobs.items():
        goes = to in WAYS_OUT[start] or to == start  # a step may be done twice
        assert await store.move(job.id, to) is goes
        stored = await store.get(job.id)
        assert stored is not None
        assert stored.state is (to if goes else start)


async def test_a_move_notes_what_became_known_and_a_refused_one_does_not(database: Database) -> None:
    job = a_job()
    store = await kept(database, job)
    assert await store.move(job.id, JobState.SUBMITTED, task_id="task", submitted_at=NOW + 1)
    assert not await store.move(job.id, JobState.DELIVERED, task_id="other")
    trouble = Trouble("error-policy", {"limit": 3, "model": "x"})
    assert await store.move(job.id, JobState.FAILED, trouble=trouble)
    stored = await store.get(job.id)
    assert stored == replace(job, state=JobState.FAILED, task_id="task", submitted_at=NOW + 1, trouble=trouble)


async def test_of_two_moves_that_exclude_each_other_one_wins(database: Database) -> None:
    jobs = [a_job() for _ in range(10)]
    store = await kept(database, *jobs)
    ways = (JobState.CANCELLED, JobState.UNKNOWN)
    moved = await asyncio.gather(*(store.move(job.id, to) for job, to in product(jobs, ways)))
    assert [first + second for first, second in zip(moved[::2], moved[1::2], strict=True)] == [1] * 10


async def test_a_move_from_one_state_only_is_made_once(database: Database) -> None:
    job = a_job()
    other = a_job(JobState.SUBMITTED)
    store = await kept(database, job, other)
    moves = [await store.move(job.id, JobState.FAILED, only_from=JobState.ACCEPTED) for _ in range(2)]
    assert moves == [True, False]
    assert not await store.move(other.id, JobState.FAILED, only_from=JobState.ACCEPTED)
    assert not await store.move(other.id, JobState.DELIVERED, only_from=JobState.SUBMITTED)  # no way leads there


async def test_a_move_of_nobody_is_no_move(database: Database) -> None:
    assert not await (await kept(database)).move("nobody", JobState.FAILED)


async def test_places_that_became_known_are_kept_beside_those_before(database: Database) -> None:
    job = a_job()
    store = await kept(database, job)
    await store.place(job.id, card_id=2**63)
    after = await store.place(job.id, place_id=8, word="place-kind")
    assert after.destination == replace(job.destination, card_id=2**63, place_id=8, word="place-kind")
    assert await store.get(job.id) == after


async def test_jobs_are_listed_by_state_oldest_first_even_from_the_future(database: Database) -> None:
    old = a_job(at=NOW - 60)
    older = a_job(JobState.UNKNOWN, at=NOW - 90)
    ahead = a_job(at=NOW + 3 * 86_400)
    store = await kept(database, ahead, old, older, a_job(JobState.PAINTED, at=NOW - 99))
    jobs = await store.in_state(JobState.ACCEPTED, JobState.UNKNOWN)
    assert [job.id for job in jobs] == [older.id, old.id, ahead.id]


async def test_two_places_that_become_known_at_once_are_both_kept(database: Database) -> None:
    for _ in range(10):
        job = a_job()
        store = await kept(database, job)
        await asyncio.gather(store.place(job.id, card_id=8), store.place(job.id, place_id=9))
        stored_job = await store.get(job.id)
        assert stored_job is not None
        assert (stored_job.destination.card_id, stored_job.destination.place_id) == (8, 9)


async def test_what_nobody_bought_is_called_off_for_free_and_never_bought(database: Database) -> None:
    job = a_job()
    store = await kept(database, job)
    assert await store.cancel(job.id, 7) == "free"
    assert await Claims(database).claim(job.id, 1, "ours", fence=None) == "cancelled"
    assert await store.cancel(job.id, 7) is None
    stored_job = await store.get(job.id)
    assert stored_job is not None
    assert (stored_job.state, stored_job.cancelled_by) == (JobState.CANCELLED, 7)


async def test_what_is_being_bought_is_only_marked(database: Database) -> None:
    job = a_job()
    store = await kept(database, job)
    claims = Claims(database)
    assert await claims.claim(job.id, 1, "ours", fence=None) == "mine"
    assert await store.cancel(job.id, 7) == "buying"
    await claims.close(job.id, 1, "ours")
    assert await claims.claim(job.id, 2, "ours", fence=None) == "cancelled"  # a second round would buy it unwanted
    assert await store.move(job.id, JobState.SUBMITTED, task_id="task")
    assert await store.is_cancelled(job.id)


@pytest.mark.parametrize("state", [JobState.PAINTED, JobState.DELIVERED, JobState.FAILED, JobState.UNKNOWN])
async def test_it_can_be_too_late_to_call_off(database: Database, state: JobState) -> None:
    job = a_job(state)
    assert await (await kept(database, job)).cancel(job.id, 7) is None


async def test_buying_and_calling_off_at_once_never_both_go_free(database: Database) -> None:
    jobs = [a_job() for _ in range(10)]
    store = await kept(database, *jobs)
    claims = Claims(database)
    ends = await asyncio.gather(
        *(asyncio.gather(claims.claim(job.id, 1, "ours", fence=None), store.cancel(job.id, 7)) for job in jobs)
    )
    assert all((met == "mine") != (outcome == "free") for met, outcome in ends)


async def test_the_line_of_a_job_begins_with_the_first(database: Database) -> None:
    first = a_job()
    second = replace(a_job(), parent_id=first.id)
    third = replace(a_job(), parent_id=second.id)
    store = await kept(database, first, second, third)
    assert [job.id for job in await store.lineage(third.id)] == [first.id, second.id, third.id]
    assert [job.id for job in await store.lineage(third.id, most=2)] == [second.id, third.id]
    stranger = replace(a_job(), destination=replace(WHERE, guild_id=9, channel_id=9))
    last = replace(a_job(), parent_id=stranger.id)
    async with database.write() as write:
        await store.add(write, stranger)
        await store.add(write, last)
    assert [job.id for job in await store.lineage(last.id)] == [last.id]


async def test_history_is_of_a_member_or_of_a_place_newest_first(database: Database) -> None:
    mine = a_job()
    older = a_job(at=NOW - 9)
    other = a_job(member=2)
    store = await kept(database, older, mine, other)
    await store.place(other.id, place_id=99)
    assert [job.id for job in await store.history(member_id=1, place_id=None, skip=0, most=5)] == [mine.id, older.id]
    assert [job.id for job in await store.history(member_id=None, place_id=99, skip=0, most=5)] == [other.id]
    assert len(await store.history(member_id=None, place_id=WHERE.channel_id, skip=1, most=5)) == 2


async def test_what_a_job_came_of_is_known_for_a_while(database: Database) -> None:
    store = await kept(database)
    job = a_job()
    async with database.write() as write:
        await store.add(write, job, "again:1")
        assert await store.is_duplicate(write, 1, "again:1", since=NOW - 5)
        assert not await store.is_duplicate(write, 1, "again:1", since=NOW + 1)
        assert not await store.is_duplicate(write, 2, "again:1", since=NOW - 5)
