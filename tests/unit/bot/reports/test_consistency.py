"""The Books: of sound ones nothing is said, and each contradiction that is planted is found, with its job."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.guilds.gate import DAY
from bot.i18n import Phrases
from bot.jobs.job import Job, JobState
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.money import Micros
from bot.reports.consistency import LONG, MOMENT, Bought, Difference, Since, Sums, contradictions, newest, since, sums
from tests.support.studio import NOW, PRICE, Hours, a_job, stored

COST = Micros(40_000)
LATER = NOW + 10 * DAY


async def ended(database: Database, state: JobState, *, cost: Micros | None = None, hours: Hours | None = None) -> Job:
    """Store a job that was bought and ended so. ``cost`` None: its money went back."""
    job = a_job(JobState.SUBMITTED, task_id=f"task-{state}", submitted_at=NOW)
    jobs, ledger = await stored(database, job, hours)
    if state is JobState.DELIVERED:
        assert await jobs.move(job.id, JobState.PAINTED, painted_at=NOW)
    assert await jobs.move(job.id, state)
    assert await (ledger.give_back(job.id) if cost is None else ledger.settle(job.id, cost))
    return job


async def sound(database: Database) -> list[Job]:
    """Store a job of each kind that regular operation leaves."""
    return [
        await ended(database, JobState.DELIVERED, cost=COST),
        await ended(database, JobState.FAILED),
        await ended(database, JobState.CANCELLED, cost=COST),
        await ended(database, JobState.CANCELLED),
        await _open(database, JobState.ACCEPTED),
        await _open(database, JobState.SUBMITTED),
    ]


async def _open(database: Database, state: JobState) -> Job:
    job = a_job() if state is JobState.ACCEPTED else a_job(state, task_id="task", submitted_at=NOW)
    await stored(database, job)
    return job


async def differences_in(database: Database, now: float = LATER) -> dict[str, Difference]:
    async with database.read() as read:
        return {difference.key: difference for difference in await contradictions(read, now)}


async def plant(database: Database, statement: str, job: Job | None = None) -> None:
    async with database.write() as write:
        await write.execute(sa.text(statement), {"id": job.id} if job is not None and ":id" in statement else {})


async def test_of_sound_books_nothing_is_said(database: Database) -> None:
    await sound(database)
    assert await differences_in(database) == {}


async def test_of_members_who_were_forgotten_only_the_entries_need_be_there(database: Database) -> None:
    job = await ended(database, JobState.DELIVERED, cost=COST)
    await plant(database, "UPDATE ledger SET member_id = 0")
    await plant(database, "DELETE FROM jobs WHERE id = :id", job)
    assert await differences_in(database) == {}


async def test_paid_but_undelivered_picture_is_consistent(database: Database) -> None:
    paid = await ended(database, JobState.FAILED, cost=COST)
    free = await ended(database, JobState.FAILED)
    await plant(database, "UPDATE jobs SET painted_at = 1")
    assert {key: difference.job_id for key, difference in (await differences_in(database)).items()} == {
        "delivered-free": free.id
    }
    assert paid.id != free.id


async def test_a_job_that_was_bought_and_lost_sight_of_may_be_settled(database: Database) -> None:
    lost = await ended(database, JobState.FAILED, cost=COST)
    await plant(database, "UPDATE jobs SET state = 'unknown' WHERE id = :id", lost)
    assert await differences_in(database) == {}


@dataclass(frozen=True, slots=True)
class Plant:
    """What is done to which of the sound jobs (by number), and what is said of it."""

    job: int
    statement: str
    sentence: str
    sum_too: bool = False


UNBOUND = "CREATE TABLE other AS SELECT * FROM ledger; DROP TABLE ledger; ALTER TABLE other RENAME TO ledger; "
"""The ledger without the constraint that makes a second opening or closing impossible."""
AGAIN = "INSERT INTO ledger SELECT * FROM ledger WHERE job_id = :id AND phase = "

PLANTS = {
    "no-reservation": Plant(
        4, "DELETE FROM ledger WHERE job_id = :id", "it was taken for $0.05, and nothing was ever reserved for it."
    ),
    "no-job": Plant(4, "DELETE FROM jobs WHERE id = :id", "$0.05 was reserved for it, and there is no such job."),
    "closed-alone": Plant(
        0,
        "DELETE FROM ledger WHERE job_id = :id AND phase = 'open'; UPDATE jobs SET state = 'accepted' WHERE id = :id",
        "its money was closed with $0.04, and none was ever reserved.",
        sum_too=True,
    ),
    "twice-open": Plant(4, UNBOUND + AGAIN + "'open'", "money was reserved for it 2 times."),
    "twice-close": Plant(0, UNBOUND + AGAIN + "'close'", "its money was closed 2 times.", sum_too=True),
    "still-held": Plant(
        0,
        "DELETE FROM ledger WHERE job_id = :id AND phase = 'close'",
        "it ended long ago (delivered), and $0.05 is still held for it.",
    ),
    "closed-early": Plant(
        0,
        "UPDATE jobs SET state = 'submitted' WHERE id = :id",
        "it is not over (submitted), and its money is closed with $0.04 already.",
    ),
    "delivered-free": Plant(
        0,
        "UPDATE ledger SET kind = 'returned', amount = 50000 WHERE job_id = :id AND phase = 'close'",
        "its picture was painted, and the $0.05 went back.",
    ),
    "failed-paid": Plant(
        1,
        "UPDATE ledger SET kind = 'settled' WHERE job_id = :id AND phase = 'close'",
        "it failed, and cost $0.05 all the same.",
    ),
    "unbought-paid": Plant(
        2, "UPDATE jobs SET task_id = NULL WHERE id = :id", "it was never bought, and cost $0.04 all the same."
    ),
    "other-price": Plant(
        0, "UPDATE jobs SET price = 60000 WHERE id = :id", "its price is $0.06, and $0.05 was reserved."
    ),
    "other-return": Plant(
        1,
        "UPDATE ledger SET amount = 1 WHERE job_id = :id AND phase = 'close'",
        "$0.05 was reserved, and $0.000001 went back.",
    ),
}


@pytest.mark.parametrize("key", PLANTS)
@pytest.mark.proves("books-agree")
async def test_what_is_planted_is_found_and_said_in_words(database: Database, key: str) -> None:
    jobs = await sound(database)
    planted = PLANTS[key]
    job = jobs[planted.job]
    for statement in planted.statement.split("; "):
        await plant(database, statement, job)
    differences = await differences_in(database)
    mine = {name: difference for name, difference in differences.items() if difference.job_id == job.id}
    want = key.removesuffix("-open").removesuffix("-close") if key.startswith("twice") else key
    assert want in mine
    assert Phrases().say("en", f"reconcile-{want}", mine[want].facts) == planted.sentence
    assert not {difference.job_id for difference in differences.values()} - {job.id, None}
    assert set(differences) - mine.keys() == ({"sum"} if planted.sum_too else set())
    if not key.startswith(("twice", "closed-alone")):
        assert list(mine) == [key]


async def test_an_entry_of_a_kind_that_nobody_knows_does_not_add_up(database: Database) -> None:
    jobs = await sound(database)
    await plant(database, "UPDATE ledger SET kind = 'lost' WHERE job_id = :id AND phase = 'close'", jobs[0])
    differences = await differences_in(database)
    assert Phrases().say("en", "reconcile-sum", differences["sum"].facts) == (
        "The lines of the ledger come to $0.30 reserved, and those of its jobs to $0.25."
    )


async def test_what_is_under_way_has_its_time(database: Database) -> None:
    """A bill that is pending, and a job between two of its steps."""
    pending = await sound(database)
    between = await ended(database, JobState.DELIVERED, cost=COST)
    await plant(database, "DELETE FROM ledger WHERE job_id = :id AND phase = 'close'", pending[0])
    await plant(database, "UPDATE jobs SET state = 'submitted' WHERE id = :id", between)
    assert await differences_in(database, NOW + MOMENT) == {}
    assert list(await differences_in(database, NOW + MOMENT + 1)) == ["closed-early"]
    assert "still-held" not in await differences_in(database, NOW + LONG)
    assert "still-held" in await differences_in(database, NOW + LONG + 1)


async def test_the_sums_are_of_all_and_the_newest_come_first(database: Database) -> None:
    jobs = await sound(database)
    hours = Hours()
    async with database.read() as read:
        assert await sums(read) == Sums(
            reserved=Micros(6 * PRICE),
            settled=Micros(2 * PRICE),
            returned=Micros(2 * PRICE),
            held=Micros(2 * PRICE),
            cost=Micros(2 * COST),
        )
        assert {bought.job_id for bought in await newest(read, 9)} == {job.id for job in jobs[:4]}
    hours.now += 5
    last = await ended(database, JobState.DELIVERED, cost=COST, hours=hours)
    failed = await ended(database, JobState.FAILED, hours=hours)
    async with database.read() as read:
        assert set(await newest(read, 2)) == {
            Bought(last.id, "task-delivered", COST),
            Bought(failed.id, "task-failed", Micros(0)),
        }


async def test_money_closed_since_a_moment_is_split_by_its_reservation(database: Database) -> None:
    hours = Hours()
    old = a_job()
    freed = a_job()
    await _open(database, JobState.SUBMITTED)
    await stored(database, old, hours)
    await stored(database, freed, hours)
    hours.now += 10
    ledger = Ledger(database, hours)
    await ledger.settle(old.id, Micros(1))
    await ledger.give_back(freed.id)
    await ended(database, JobState.DELIVERED, cost=Micros(100), hours=hours)
    await ended(database, JobState.FAILED, hours=hours)
    async with database.read() as read:
        assert await since(read, NOW + 5) == Since(cost=Micros(100), late=Micros(1), freed=PRICE, held=PRICE)
        assert await since(read, NOW + 10) == Since(Micros(0), Micros(0), Micros(0), PRICE)
    assert await Jobs(database).get(old.id) is not None
