"""The Claim: of all who want to send a create at once, one may; and the next only after that one's end is known."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from bot.database import Database, metadata
from bot.jobs.claim import Claims
from bot.jobs.job import JobState
from bot.jobs.slot import Fence
from tests.support.studio import Hours, a_job, stored


async def test_of_many_at_once_one_may_send(database: Database, database_url: str) -> None:
    job = a_job()
    await stored(database, job)
    async with Database.open(database_url) as other:
        rooms = [Claims(database), Claims(other)] * 5
        met = await asyncio.gather(
            *(claims.claim(job.id, 1, f"claim {number}", fence=None) for number, claims in enumerate(rooms))
        )
    assert sorted(met) == ["mine"] + ["taken"] * 9


async def test_next_send_is_free_only_after_the_last_outcome_is_known(database: Database) -> None:
    job = a_job()
    hours = Hours()
    await stored(database, job)
    claims = Claims(database, hours)
    assert await claims.claim(job.id, 1, "ours", fence=None) == "mine"
    assert await claims.claim(job.id, 2, "theirs", fence=None) == "taken"
    hours.now += 5
    assert await claims.claim(job.id, 1, "ours", fence=None) == "mine"  # again, after a refusal that passes
    send = await claims.last(job.id)
    assert send is not None
    assert (send.number, send.in_doubt, send.at) == (1, True, hours.now)
    await claims.close(job.id, 1, "theirs")  # whose it is not
    assert await claims.claim(job.id, 2, "theirs", fence=None) == "taken"
    await claims.close(job.id, 1, "ours")
    assert await claims.claim(job.id, 1, "late", fence=None) == "cancelled"  # no such send any more
    assert await claims.claim(job.id, 2, "theirs", fence=None) == "mine"


async def test_claim_of_a_job_cancelled_meanwhile_is_not_renewed(database: Database) -> None:
    job = a_job()
    store, _ = await stored(database, job)
    claims = Claims(database)
    assert await claims.claim(job.id, 1, "ours", fence=None) == "mine"
    assert await store.cancel(job.id, 7) == "buying"
    assert await claims.claim(job.id, 1, "theirs", fence=None) == "taken"
    assert await claims.claim(job.id, 1, "ours", fence=None) == "cancelled"


async def test_what_is_bought_is_never_claimed_again(database: Database) -> None:
    job = a_job()
    store, _ = await stored(database, job)
    claims = Claims(database)
    assert await claims.claim(job.id, 1, "ours", fence=None) == "mine"
    await store.move(job.id, JobState.SUBMITTED, task_id="task")
    for number in (1, 2):
        assert await claims.claim(job.id, number, "ours", fence=None) == "taken"


async def test_intent_of_previous_version_is_in_doubt_until_closed(database: Database) -> None:
    job = a_job()
    store, _ = await stored(database, job)
    jobs = metadata.tables["jobs"]
    claims = Claims(database)
    async with database.write() as write:
        await write.execute(sa.update(jobs).where(jobs.c.id == job.id).values(intended_at=1.0))
    stored_job = await store.get(job.id)
    assert stored_job is not None
    assert stored_job.in_doubt
    assert await claims.claim(job.id, 1, "ours", fence=None) == "taken"
    await claims.close(job.id, 0, None)
    stored_job = await store.get(job.id)
    assert stored_job is not None
    assert not stored_job.in_doubt
    assert await claims.claim(job.id, 2, "ours", fence=None) == "mine"


async def test_whoever_lost_the_slot_claims_nothing(database: Database) -> None:
    job = a_job()
    await stored(database, job)
    slots = metadata.tables["slots"]
    claims = Claims(database)
    async with database.write() as write:
        await write.execute(sa.insert(slots).values(slot=0, fence=7))
    assert await claims.claim(job.id, 1, "ours", fence=Fence(0, 6)) == "fenced"
    assert await claims.claim(job.id, 1, "ours", fence=Fence(0, 7)) == "mine"
    assert await claims.claim(job.id, 1, "ours", fence=Fence(0, 6)) == "fenced"
