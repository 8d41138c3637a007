"""The Wait: asks at the moments that the forecast names, and shows where the job is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from bot.errors import (
    JobCancelled,
)
from bot.jobs.courier import Courier
from bot.jobs.polling import TROUBLED, Wait
from bot.jobs.timing import next_ask
from tests.support.polling_wait import DAY, ROLL, a_wait, asked, known, submitted
from tests.support.studio import (
    NOW,
    Hours,
    RecordingCourier,
    never_cancelled,
    one_account,
    studio,
)


async def test_nobody_waits_for_what_was_called_off() -> None:
    hours = Hours()

    async def after_a_minute(_: str) -> bool:
        return hours.now > NOW + 60

    async with studio(hours, seconds=100.0) as (_, toapis):
        job = await submitted(toapis)
        with pytest.raises(JobCancelled):
            await a_wait(toapis, hours, cancelled=after_a_minute).watch(job, await known(), until=DAY)
    assert hours.now < NOW + 100


async def test_it_asks_when_the_forecast_says_until_the_picture_is_there() -> None:
    hours = Hours()
    forecast = await known()
    law = forecast.law
    price = forecast.price
    async with studio(hours, seconds=100.0) as (painter, toapis):
        job = await submitted(toapis)
        task = await a_wait(toapis, hours).watch(job, forecast, until=DAY)
        assert task is not None
        assert task.task_id == job.task_id
        assert len(task.urls) == 1
        assert asked(painter) == len(hours.slept)
    age = 0.0
    for nap in hours.slept:
        assert nap == pytest.approx(next_ask(law, age, price) - age, abs=1e-5)
        age += nap
    assert 100.0 <= age < 104.0


async def test_painting_teaches_when_it_was_done_not_when_we_asked() -> None:
    hours = Hours()
    forecast = await known((300.0, 900.0))
    async with studio(hours, seconds=25.0) as (_, toapis):
        for _ in range(12):
            hours.now += 1000
            job = replace(await submitted(toapis), submitted_at=hours.now)
            hours.now += 60  # nobody asked meanwhile
            assert await a_wait(toapis, hours).watch(job, forecast, until=DAY) is not None
    assert forecast.law.known > 8
    assert 22 < forecast.law.quantile(0.3) < 26


async def test_sticking_progress_does_not_change_when_it_asks() -> None:
    naps = []
    for fault in (None, "stuck-progress"):
        hours = Hours()
        async with studio(hours, seconds=70.0) as (painter, toapis):
            if fault:
                painter.fault(fault, at=95)
            await a_wait(toapis, hours).watch(await submitted(toapis), await known(), until=DAY)
        naps.append(hours.slept)
    assert naps[0] == naps[1]


async def test_process_that_takes_over_asks_at_once_and_then_by_the_age() -> None:
    hours = Hours()
    forecast = await known()
    async with studio(hours, seconds=1010.0) as (_, toapis):
        job = await submitted(toapis)
        hours.now += 1000
        pause = next_ask(forecast.law, 1000.0, forecast.price) - 1000
        assert await a_wait(toapis, hours).watch(job, forecast, until=DAY) is not None
        assert hours.slept[:2] == [0.0, pytest.approx(pause, abs=1e-5)]
        assert pause > 5


async def test_after_an_answer_that_told_nothing_it_waits_a_little() -> None:
    hours = Hours()
    async with studio(hours, seconds=1.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("unauthorized", times=3, on=("status",))
        assert await a_wait(toapis, hours).watch(job, await known(), until=DAY) is not None
    assert all(nap >= TROUBLED - 1e-6 for nap in hours.slept[1:])


async def test_while_little_is_known_the_end_of_another_painting_wakes() -> None:
    hours = Hours()
    forecast = await known((100.0, 200.0))
    naps: list[float] = []
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:  # after the early questions
            asleep.set()
            await asyncio.Event().wait()
        await hours.sleep(seconds)

    async with studio(hours, seconds=20.0) as (_, toapis):
        job = await submitted(toapis)
        waiting = Wait(
            one_account(toapis),
            cast("Courier", RecordingCourier()),
            deadline=900.0,
            cancelled=never_cancelled,
            clock=hours,
            elapsed=hours,
            sleep=sleep,
            roll=lambda: ROLL,
        )
        watching = asyncio.create_task(waiting.watch(job, forecast, until=DAY))
        await asleep.wait()
        hours.now = NOW + 20.0
        await forecast.learn(19.0, 20.0)
        assert await watching is not None
    assert hours.now - NOW < 22


async def test_people_see_it_queued_then_painting_then_slow() -> None:
    hours = Hours()
    courier = RecordingCourier()
    async with studio(hours, seconds=120.0) as (_, toapis):
        job = await submitted(toapis)
        await a_wait(toapis, hours, courier, deadline=100.0).watch(job, await known((1.0, 60.0)), until=DAY)
    shown = courier.progressed
    phases = [progress.phase for progress in shown]
    assert list(dict.fromkeys(phases)) == ["queued", "painting", "slow"]
    assert phases == sorted(phases, key=["queued", "painting", "slow"].index)  # and never back
    assert courier.progressed[0].seconds == 0
    assert all(a.seconds <= b.seconds for a, b in zip(courier.progressed, courier.progressed[1:], strict=False))
    assert all(
        (progress.seconds >= 100) if progress.phase == "slow" else (progress.seconds <= 100) for progress in shown
    )


@pytest.mark.parametrize("at", [10, 55, 100])
async def test_a_percentage_that_sticks_is_not_shown(at: int) -> None:
    hours = Hours()
    courier = RecordingCourier()
    async with studio(hours, seconds=90.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("stuck-progress", at=at)
        await a_wait(toapis, hours, courier).watch(job, await known(), until=DAY)
    assert {progress.percent for progress in courier.progressed} == {None}


async def test_the_moment_when_it_is_usually_done_is_named_once_and_stays() -> None:
    hours = Hours()
    courier = RecordingCourier()
    async with studio(hours, seconds=90.0) as (_, toapis):
        job = await submitted(toapis)
        await a_wait(toapis, hours, courier).watch(job, await known((10.0, 60.0)), until=DAY)
    named = [progress.until for progress in courier.progressed]
    slow = (await known((10.0, 60.0))).law.slow
    assert set(named) == {round(NOW + slow), None}
    assert None not in named[: named.index(None)]
    assert all(progress.seconds >= int(slow) for progress in courier.progressed if progress.until is None)
    assert all(progress.seconds <= slow for progress in courier.progressed if progress.until is not None)


async def test_a_job_without_a_time_of_submission_counts_from_its_acceptance() -> None:
    hours = Hours()
    courier = RecordingCourier()
    async with studio(hours) as (_, toapis):
        job = replace(await submitted(toapis), submitted_at=None)
        hours.now += 42
        await a_wait(toapis, hours, courier).watch(job, await known(), until=DAY)
    assert courier.progressed[0].seconds == 92
