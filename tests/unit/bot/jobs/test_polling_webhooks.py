"""The Wait with webhooks: one brings the question forward, and where it is lost the picture comes all the same."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.database import Database
from bot.errors import PaintingFailed
from bot.jobs.experience import Forecast
from bot.jobs.job import Job
from bot.jobs.polling import CONFIRM, TROUBLED
from bot.jobs.timing import tail
from bot.jobs.webhooks import Webhooks
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Painted
from bot.toapis.webhook import Event
from playground.toapis.server import Painter
from tests.support.polling_wait import DAY, a_wait, asked, known, submitted
from tests.support.studio import NOW, Hours, a_job, stored, studio
from tests.support.webhook_sender import ended, webhooks_over

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Sleeper:
    """Sleeps on the hours, and lets the webhooks come at their moments in between."""

    def __init__(self, hours: Hours, webhooks: Webhooks) -> None:
        self.hours = hours
        self.webhooks = webhooks
        self.coming: list[tuple[float, Event]] = []
        self.arriving: list[asyncio.Task[None]] = []

    async def sleep(self, seconds: float) -> None:
        if self.coming and self.hours.now + seconds >= self.coming[0][0]:
            at, event = self.coming.pop(0)
            self.hours.now = max(self.hours.now, at)
            self.arriving.append(asyncio.create_task(self.webhooks.take(event)))
            await asyncio.Event().wait()  # it is cut off, or hangs
        await self.hours.sleep(seconds)


async def trusted(webhooks: Webhooks, database: Database) -> None:
    """Let an event of an earlier job come, so that webhooks are known to work."""
    job = a_job()
    await stored(database, job)
    await webhooks.take(ended(job.id, task_id="earlier", id_="evt_0"))


async def watch(sleeper: Sleeper, toapis: ToAPIs, job: Job, forecast: Forecast) -> Painted | None:
    wait = a_wait(toapis, sleeper.hours, webhooks=sleeper.webhooks, sleep=sleeper.sleep)
    try:
        return await wait.watch(job, forecast, until=DAY)
    finally:
        await asyncio.gather(*sleeper.arriving)


def event_of(job: Job, seconds: int | None = None) -> Event:
    return ended(job.id, task_id=job.task_id, id_=f"evt_{job.id}", seconds=seconds)


async def test_picture_comes_with_the_webhook_and_a_single_question(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    async with studio(hours, seconds=25.0) as (painter, toapis):
        job = await submitted(toapis)
        sleeper.coming = [(NOW + 25.5, event_of(job))]
        painted = await watch(sleeper, toapis, job, await known())
        assert painted is not None
        assert painted.urls
        assert hours.now == NOW + 25.5
        assert asked(painter) == 1


async def test_lost_webhook_costs_until_the_tail_and_then_the_trust(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    forecast = await known()
    late = tail(forecast.law)
    async with studio(hours, seconds=25.0) as (painter, toapis):
        job = await submitted(toapis)
        assert await watch(sleeper, toapis, job, forecast) is not None
        assert hours.now == pytest.approx(NOW + late, rel=0.06)
        assert asked(painter) == 1
        second = replace(await submitted(toapis), submitted_at=hours.now)
        began = hours.now
        assert await watch(sleeper, toapis, second, forecast) is not None
        assert hours.now - began < 30  # asked as if there were no webhooks
        assert asked(painter) > 4


async def test_while_nothing_is_known_to_work_it_is_asked_as_ever(database: Database) -> None:
    naps = []
    for webhooks in (None, webhooks_over(database)):
        hours = Hours()
        async with studio(hours, seconds=100.0) as (_, toapis):
            wait = a_wait(toapis, hours, webhooks=webhooks)
            assert await wait.watch(await submitted(toapis), await known(), until=DAY) is not None
        naps.append(hours.slept)
    assert naps[0] == naps[1]


async def test_webhook_that_is_first_heard_of_wakes_too(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    async with studio(hours, seconds=25.0) as (_, toapis):
        job = await submitted(toapis)
        await stored(database, job)
        sleeper.coming = [(NOW + 25.01, event_of(job))]
        assert await watch(sleeper, toapis, job, await known((100.0, 200.0))) is not None
        assert hours.now == NOW + 25.01


async def test_event_before_the_wait_lets_it_ask_at_once(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    async with studio(hours, seconds=0.0) as (painter, toapis):
        job = await submitted(toapis)
        await webhooks_over(database, hours).take(event_of(job))  # by another process
        assert await watch(sleeper, toapis, job, await known()) is not None
        assert (hours.now, asked(painter)) == (NOW, 1)


async def test_event_is_not_believed_until_the_question_confirms_it(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    async with studio(hours, seconds=25.0) as (painter, toapis):
        job = await submitted(toapis)
        sleeper.coming = [(NOW + 20, event_of(job))]
        assert await watch(sleeper, toapis, job, await known()) is not None
        assert 25 <= hours.now - NOW < 20 + 7 * CONFIRM
        assert asked(painter) in (3, 4)


async def test_question_after_the_webhook_is_repeated_where_toapis_is_away(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    async with studio(hours, seconds=25.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("internal-error", times=3, on=("status",))
        sleeper.coming = [(NOW + 25, event_of(job))]
        assert await watch(sleeper, toapis, job, await known()) is not None
        assert 3 * TROUBLED <= hours.now - NOW - 25 < 40
        assert asked(painter) == 4


async def test_failure_comes_with_the_webhook_too(database: Database) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    async with studio(hours, seconds=25.0) as (painter, toapis):
        painter.fault("failed:generation_failed")
        job = await submitted(toapis)
        sleeper.coming = [(NOW + 25, event_of(job))]
        with pytest.raises(PaintingFailed):
            await watch(sleeper, toapis, job, await known())
        assert (hours.now, asked(painter)) == (NOW + 25, 1)


async def test_others_are_asked_for_soon_once_a_webhook_was_lost(database: Database) -> None:
    hours = Hours()
    webhooks = webhooks_over(database, hours)
    await trusted(webhooks, database)
    asleep = asyncio.Event()
    naps: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            asleep.set()
            await asyncio.Event().wait()
        await hours.sleep(seconds)

    async with studio(hours, seconds=25.0) as (_, toapis):
        job = await submitted(toapis)
        wait = a_wait(toapis, hours, webhooks=webhooks, sleep=sleep)
        forecast = await known()
        late = tail(forecast.law)
        watching = asyncio.create_task(wait.watch(job, forecast, until=DAY))
        await asyncio.wait_for(asleep.wait(), 30)
        async with webhooks.waiting(a_job()) as bell:
            await webhooks.missed(bell)
        assert await watching is not None
    assert naps[0] == pytest.approx(late)
    assert naps[1] < 3


@pytest.mark.parametrize("told", [True, False])
async def test_webhook_teaches_how_long_it_took_where_the_answer_does_not(database: Database, told: bool) -> None:
    hours = Hours()
    sleeper = Sleeper(hours, webhooks_over(database, hours))
    await trusted(sleeper.webhooks, database)
    forecast = await known((300.0, 900.0))
    async with studio(hours, seconds=25.0) as (painter, toapis):
        _without_moments(painter)
        for _ in range(12):
            hours.now += 1000
            job = replace(await submitted(toapis), submitted_at=hours.now)
            hours.now += 60  # nobody heard of it meanwhile
            await sleeper.webhooks.take(event_of(job, 25 if told else None))
            assert await watch(sleeper, toapis, job, forecast) is not None
    assert (22 < forecast.law.quantile(0.3) < 27) is told


def _without_moments(painter: Painter) -> None:
    """Let the answers of the stand-in not say when a task was done."""
    describe = painter.describe
    painter.describe = lambda task: {**describe(task), "completed_at": None}  # type: ignore[method-assign]
