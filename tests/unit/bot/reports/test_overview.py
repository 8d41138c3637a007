"""The Overview: the numbers of the panel, each of the right window and state."""

from __future__ import annotations

from dataclasses import replace

from bot.database import Database
from bot.guilds.gate import DAY, Limits
from bot.jobs.job import Job, JobState, Trouble
from bot.jobs.maintenance import Maintenance
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.money import Micros
from bot.reports.overview import Budget, Overview, Overviews, Queue
from bot.reports.usage import Reports, Sum
from tests.support.studio import NOW, PRICE, WHERE, Hours, a_job

LIMITS = Limits(90, 90, 90, money_per_day=120_000, money_per_month=100_000)


def overviews(database: Database, hours: Hours, limits: Limits = LIMITS) -> Overviews:
    return Overviews(
        database,
        ledger=Ledger(database, hours),
        reports=Reports(database, hours),
        maintenance=Maintenance(database, hours),
        limits=limits,
        clock=hours,
    )


async def has(
    database: Database, state: JobState, *, at: float = NOW, guild: int | None = 4, sentence: str | None = None
) -> Job:
    """Store a job of that time and place. A failed one notified the member by this sentence."""
    hours = Hours(at)
    job = replace(a_job(state), created_at=at, destination=replace(WHERE, guild_id=guild))
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    async with database.write() as write:
        await jobs.add(write, job)
        await ledger.reserve(write, job.id, PRICE, member_id=1, guild_id=guild)
    if sentence is not None:
        assert await jobs.move(job.id, state, trouble=Trouble(sentence))
    if state is JobState.FAILED:
        await ledger.give_back(job.id)
    return job


async def test_where_nothing_ever_was_all_is_nothing(database: Database) -> None:
    states = dict.fromkeys((JobState.ACCEPTED, JobState.SUBMITTED, JobState.PAINTED, JobState.UNKNOWN), 0)
    nothing = Budget(Micros(0), Micros(0), None)
    assert await overviews(database, Hours(), Limits(1, 1, 1)).look() == Overview(
        None, Queue(states, None, Micros(0)), nothing, Micros(0), nothing, (), ()
    )


async def test_open_jobs_are_counted_by_state_with_age_and_money(database: Database) -> None:
    await has(database, JobState.ACCEPTED, at=NOW - 5)
    await has(database, JobState.SUBMITTED, at=NOW - 90)
    await has(database, JobState.SUBMITTED)
    await has(database, JobState.UNKNOWN, at=NOW - 5 * DAY, sentence="error-unknown")  # nobody waits for it
    await has(database, JobState.FAILED, at=NOW - 500, sentence="error-policy")
    queue = (await overviews(database, Hours()).look()).queue
    assert list(queue.states.items()) == [
        (JobState.ACCEPTED, 1),
        (JobState.SUBMITTED, 2),
        (JobState.PAINTED, 0),
        (JobState.UNKNOWN, 1),
    ]
    assert (queue.oldest, queue.held) == (NOW - 90, 4 * PRICE)


async def test_the_budget_says_what_is_left_and_when_there_is_more(database: Database) -> None:
    for at in (NOW - 29 * DAY, NOW - 6 * DAY, NOW - 50, NOW - 20):
        await has(database, JobState.DELIVERED, at=at)
    look = await overviews(database, Hours()).look()
    assert look.day == Budget(Micros(120_000), Micros(2 * PRICE), NOW - 50 + DAY)
    assert look.day.left == 20_000
    assert look.week == 3 * PRICE
    assert look.month == Budget(Micros(100_000), Micros(4 * PRICE), NOW + DAY)
    assert look.month.left == 0  # the operator has lowered the limit below what is spent


async def test_the_dearest_ten_servers_of_thirty_days_and_direct_messages_among_them(database: Database) -> None:
    for guild in range(100, 112):
        for _ in range(2 if guild == 107 else 1):
            await has(database, JobState.DELIVERED, guild=guild)
    for _ in range(3):
        await has(database, JobState.DELIVERED, guild=None)
    await has(database, JobState.DELIVERED, guild=99, at=NOW - 31 * DAY)
    servers = (await overviews(database, Hours()).look()).servers
    assert servers[:3] == (
        (None, Sum(3, Micros(3 * PRICE))),
        (107, Sum(2, Micros(2 * PRICE))),
        (100, Sum(1, PRICE)),
    )
    assert len(servers) == 10
    assert 99 not in dict(servers)


async def test_failures_of_a_day_are_counted_by_what_was_told(database: Database) -> None:
    for sentence in ("error-policy", "picture-pdf", "error-policy"):
        await has(database, JobState.FAILED, sentence=sentence)
    await has(database, JobState.UNKNOWN, sentence="error-unknown")
    await has(database, JobState.FAILED)  # forgotten since
    await has(database, JobState.FAILED, at=NOW - DAY, sentence="error-key")
    await has(database, JobState.DELIVERED)
    look = await overviews(database, Hours()).look()
    assert look.failures == (("error-policy", 2), ("", 1), ("error-unknown", 1), ("picture-pdf", 1))


async def test_maintenance_is_on_it(database: Database) -> None:
    hours = Hours()
    async with database.write() as write:
        await Maintenance(database, hours).begin(write, "new brushes")
    notice = (await overviews(database, hours).look()).notice
    assert notice is not None
    assert (notice.since, notice.why) == (NOW, "new brushes")


async def test_figures_are_the_panels_without_the_servers_sums(database: Database) -> None:
    await has(database, JobState.ACCEPTED, at=NOW - 5)
    await has(database, JobState.ACCEPTED, at=NOW - 90)
    await has(database, JobState.UNKNOWN, at=NOW - 2 * DAY)
    reader = overviews(database, Hours())
    figures = await reader.figures()
    overview = await reader.look()
    assert (figures.queue, figures.day, figures.failures) == (overview.queue, overview.day, overview.failures)
    assert figures.queue.since == {JobState.ACCEPTED: NOW - 90, JobState.UNKNOWN: NOW - 2 * DAY}
    assert figures.queue.oldest == NOW - 90
