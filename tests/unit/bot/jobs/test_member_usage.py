"""Where a member stands: counted from what the ledger says, whatever became of the jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.database import Database
from bot.guilds.gate import DAY, MemberUsage
from bot.jobs.job import Job, JobState, new_id
from bot.jobs.member_usage import member_usage
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.studio import NOW, ORDER, PRICE, WHERE

Money = Literal["held", "settled", "returned"]


@dataclass(frozen=True, slots=True)
class Past:
    """An order of before: how it ended, what became of its money, how long ago it was (seconds)."""

    state: JobState
    money: Money
    ago: float = 1.0
    count: int = 1
    member: int = 1
    card: int | None = 5


async def stands(database: Database, *past: Past) -> MemberUsage:
    for order in past:
        await _keep(database, order)
    async with database.write() as write:
        return await member_usage(write, 1, WHERE.guild_id, now=NOW)


async def _keep(database: Database, past: Past) -> None:
    at = NOW - past.ago
    where = replace(WHERE, requester_id=past.member, card_id=past.card)
    job = Job(new_id(), replace(ORDER, count=past.count), where, past.state, PRICE, at)
    ledger = Ledger(database, lambda: at)
    async with database.write() as write:
        await Jobs(database).add(write, job)
        await ledger.reserve(write, job.id, PRICE, member_id=past.member, guild_id=4, pictures=past.count)
    if past.money == "settled":
        await ledger.settle(job.id, PRICE)
    if past.money == "returned":
        await ledger.give_back(job.id)


async def test_somebody_new_stands_at_nothing(database: Database) -> None:
    assert await stands(database, Past(JobState.DELIVERED, "settled", member=2)) == MemberUsage(0, 0, 0, None)


async def test_pictures_count_for_a_day_unless_their_money_was_returned(database: Database) -> None:
    usage = await stands(
        database,
        Past(JobState.DELIVERED, "settled", DAY, count=4),
        Past(JobState.DELIVERED, "settled", DAY - 1, count=3),
        Past(JobState.UNKNOWN, "held", count=2),
        Past(JobState.FAILED, "settled", count=4),
        Past(JobState.CANCELLED, "settled", count=2),
        Past(JobState.FAILED, "returned", DAY - 0.5, count=4),
        Past(JobState.CANCELLED, "returned", DAY - 0.5, count=4),
    )
    assert (usage.pictures_today, usage.refills_at) == (11, NOW + 1)
    assert (usage.running, usage.running_in_all, usage.running_here) == (0, 0, 0)


async def test_what_runs_is_counted_for_the_member_and_for_all(database: Database) -> None:
    past = [Past(state, "held", member=member) for state in JobState for member in (1, 2)]
    usage = await stands(database, *past)
    assert (usage.running, usage.running_in_all, usage.running_here) == (3, 6, 6)


async def test_attempts_are_what_cost_nothing_within_the_hour(database: Database) -> None:
    usage = await stands(
        database,
        Past(JobState.FAILED, "returned", 3600),
        Past(JobState.FAILED, "returned", 3599),
        Past(JobState.CANCELLED, "returned"),
        Past(JobState.FAILED, "returned", card=None),  # nobody ever saw a card of it
        Past(JobState.FAILED, "settled"),
        Past(JobState.CANCELLED, "settled"),
        Past(JobState.DELIVERED, "settled"),
        Past(JobState.CANCELLED, "held"),  # it is not known yet whether it cost something
        Past(JobState.SUBMITTED, "held"),
        Past(JobState.FAILED, "returned", member=2),
    )
    assert (usage.attempts, usage.next_attempt_at) == (2, NOW + 1)
