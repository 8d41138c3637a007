"""The Lookup: what was bought is found, and a "no such task" is believed only late, and only where it is proved."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.database import Database
from bot.errors import KeyRefused, ToAPIsUnavailable
from bot.jobs.lookup import LONG_AFTER, PROOF_LASTS, SILENCE, Lookup
from bot.key_value import KeyValueStore
from bot.toapis.client import ToAPIs
from playground.hooks import Call, Phase
from playground.toapis.server import Painter
from tests.support.studio import Hours, a_job, bought, stored, studio

WINDOW = 120.0


def a_lookup(toapis: ToAPIs, database: Database, hours: Hours, name: str = "operator") -> Lookup:
    return Lookup(
        toapis, KeyValueStore(database), name=name, window=WINDOW, clock=hours, elapsed=hours, sleep=hours.sleep
    )


async def buy(toapis: ToAPIs, database: Database) -> tuple[str, str]:
    """Buy a job. Return its id, and its task's."""
    job = a_job()
    _, ledger = await stored(database, job)
    return job.id, (await bought(toapis, ledger, job)).task_id


def cards(painter: Painter) -> int:
    return sum(call.method == "GET" for call in painter.requests)


async def test_a_task_that_is_there_is_found_at_once(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (_, toapis):
        job_id, task_id = await buy(toapis, database)
        assert await a_lookup(toapis, database, hours).find(job_id, since=hours.now) == task_id
    assert hours.slept == []


@pytest.mark.parametrize("hidden", [5.0, 119.0, 121.0])
async def test_a_task_that_shows_late_is_found_all_the_same(database: Database, hidden: float) -> None:
    hours = Hours()
    since = hours.now
    async with studio(hours) as (painter, toapis):
        job_id, task_id = await buy(toapis, database)
        painter.tasks[task_id].outcome = replace(painter.tasks[task_id].outcome, hidden=hidden)
        answer = await a_lookup(toapis, database, hours).find(job_id, since=since)
        assert answer == (task_id if hidden < WINDOW else None)
    assert all(0 < nap <= 10 for nap in hours.slept)


async def test_a_no_is_believed_at_the_windows_end_and_not_before(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        assert await a_lookup(toapis, database, hours).find("nobody", since=hours.now - 26) is None
        # The last question of all was asked after the window, but not long after: somebody is waiting.
        assert WINDOW - 26 <= sum(hours.slept) <= WINDOW - 26 + 1
        assert 10 < cards(painter) < 30


async def test_no_asked_before_the_window_ended_is_not_believed(database: Database) -> None:
    hours = Hours()
    since = hours.now
    async with studio(hours) as (painter, toapis):

        async def slow(phase: Phase, call: Call) -> None:
            if phase == "after":
                hours.now += WINDOW  # the question was put before the window's end, its answer came after it

        painter.hooks.append(slow)
        assert await a_lookup(toapis, database, hours).find("nobody", since=since) is None
        assert cards(painter) == 2


@pytest.mark.parametrize("fault", ["rate-limited", "unavailable", "internal-error", "bad-gateway", "empty-503"])
async def test_trouble_of_the_moment_is_no_answer(database: Database, fault: str) -> None:
    hours = Hours()
    since = hours.now
    async with studio(hours) as (painter, toapis):
        job_id, task_id = await buy(toapis, database)
        options: dict[str, Any] = {"seconds": 0} if fault == "rate-limited" else {}
        painter.fault(fault, times=20, on=("find",), **options)
        assert await a_lookup(toapis, database, hours).find(job_id, since=since) == task_id
    assert hours.now > since + WINDOW  # a window that went by in silence has proved nothing


@pytest.mark.parametrize("fault", ["unavailable", "edge-403"])
async def test_where_nobody_can_be_asked_the_member_does_not_wait_for_ever(database: Database, fault: str) -> None:
    hours = Hours()
    since = hours.now
    async with studio(hours) as (painter, toapis):
        painter.fault(fault)
        with pytest.raises(ToAPIsUnavailable):
            await a_lookup(toapis, database, hours).find("job", since=since)
        assert cards(painter) < 60  # nor is a service in trouble asked five times a second
    assert SILENCE * WINDOW <= hours.now - since < SILENCE * WINDOW + 30


@pytest.mark.parametrize("fault", ["unauthorized", "unauthorized-chinese"])
async def test_a_wrong_key_is_told_at_once(database: Database, fault: str) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        painter.fault(fault)
        with pytest.raises(KeyRefused):
            await a_lookup(toapis, database, hours).find("job", since=hours.now)
        assert cards(painter) == 1


async def test_a_lookup_that_always_says_no_says_no(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        job_id, task_id = await buy(toapis, database)
        painter.fault("lookup-absent")
        lookup = a_lookup(toapis, database, hours)
        assert await lookup.find(job_id, since=hours.now) is None
        await lookup.prove(job_id, task_id)
        assert not await lookup.is_proved()


async def test_nothing_is_proved_before_a_good_create(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        assert not await a_lookup(toapis, database, hours).is_proved()
        assert cards(painter) == 0


async def test_a_good_create_proves_it_for_every_later_life_of_this_key(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (_, toapis):
        job_id, task_id = await buy(toapis, database)
        await a_lookup(toapis, database, hours).prove(job_id, task_id)
        assert await a_lookup(toapis, database, hours).is_proved()
        assert not await a_lookup(toapis, database, hours, name="another").is_proved()


async def test_a_lookup_that_names_another_task_proves_nothing(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (_, toapis):
        job_id, _ = await buy(toapis, database)
        lookup = a_lookup(toapis, database, hours)
        await lookup.prove(job_id, "another")
        assert not await lookup.is_proved()


async def test_proof_lasts_an_hour_and_the_next_create_renews_it(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        lookup = a_lookup(toapis, database, hours)
        orders = [await buy(toapis, database) for _ in range(3)]
        await lookup.prove(*orders[0])
        hours.now += PROOF_LASTS - 1
        await lookup.prove(*orders[1])
        assert cards(painter) == 1  # it is still good: a create costs no second question
        hours.now += 1
        await lookup.prove(*orders[2])
        # ToAPIs forgets old tasks one day: the job that is asked for must be the youngest.
        del painter.tasks[orders[0][1]]
        painter._by_business.pop((painter.account.user, orders[0][0]))
        assert await lookup.is_proved()


async def test_a_proof_whose_job_is_not_found_any_more_is_none(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        lookup = a_lookup(toapis, database, hours)
        order = await buy(toapis, database)
        await lookup.prove(*order)
        assert await lookup.is_proved()
        painter.fault("lookup-absent")
        assert not await lookup.is_proved()
        painter.calm()
        assert await lookup.is_proved()


@pytest.mark.parametrize("fault", ["unavailable", "unauthorized"])
async def test_proving_raises_nothing_and_believes_nothing_it_was_not_told(database: Database, fault: str) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        lookup = a_lookup(toapis, database, hours)
        order = await buy(toapis, database)
        painter.fault(fault, on=("find",))
        await lookup.prove(*order)
        painter.calm()
        assert not await lookup.is_proved()
        await lookup.prove(*order)
        painter.fault(fault, on=("find",))
        assert not await lookup.is_proved()


async def test_a_task_is_denied_long_after_while_an_older_one_is_found(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        lookup = a_lookup(toapis, database, hours)
        old_job, old_task = await buy(toapis, database)
        await lookup.prove(old_job, old_task)
        accepted_at = lost_at = hours.now + 10
        hours.now = lost_at + LONG_AFTER - 1
        assert not await lookup.denies("lost", accepted_at=accepted_at, lost_at=lost_at)  # it may still begin to show
        hours.now += 1
        assert await lookup.denies("lost", accepted_at=accepted_at, lost_at=lost_at)
        assert not await lookup.denies(old_job, accepted_at=accepted_at, lost_at=lost_at)  # this one is there
        # A job that is older than the proof: whether its record would still be kept, nobody knows.
        assert not await lookup.denies("lost", accepted_at=accepted_at - 20, lost_at=lost_at)
        # Accepted long ago and lost just now: through a restart it waited for hours.
        assert not await lookup.denies("lost", accepted_at=accepted_at, lost_at=hours.now - 1)
        painter.fault("lookup-absent")
        assert not await lookup.denies("lost", accepted_at=accepted_at, lost_at=lost_at)


async def test_without_a_proof_nothing_is_denied(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (_, toapis):
        lookup = a_lookup(toapis, database, hours)
        assert not await lookup.denies("lost", accepted_at=0.0, lost_at=0.0)


async def test_many_who_prove_at_once_prove_once_for_all(database: Database) -> None:
    hours = Hours()
    async with studio(hours) as (_, toapis):
        lookup = a_lookup(toapis, database, hours)
        orders = [await buy(toapis, database) for _ in range(5)]
        await asyncio.gather(*(lookup.prove(*order) for order in orders))
        assert await lookup.is_proved()
