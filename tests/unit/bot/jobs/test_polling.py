"""The Wait: asks at the moments that the forecast names, ends only where ToAPIs ends it, and shows where the job is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.errors import (
    CreateLost,
    JobCancelled,
    KeyRefused,
    ModelUnavailable,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    ResultGone,
    ToAPIsError,
)
from bot.jobs.courier import Courier
from bot.jobs.experience import Experience, Forecast
from bot.jobs.job import Job, JobState
from bot.jobs.polling import EMPTY_RESULTS, NEW_TASK, REFUSALS, TROUBLED, Wait
from bot.jobs.timing import next_ask
from bot.money import LEDGER_SEAL, Micros, Reservation
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Painted
from playground.toapis.server import Painter
from tests.support.studio import (
    CATALOGUE,
    NOW,
    ORDER,
    PICTURE_URL,
    Hours,
    RecordingCourier,
    a_job,
    never_cancelled,
    one_account,
    studio,
)

SECONDS = (20.0, 60.0)
DAY = 24 * 3600.0
ROLL = 0.5


async def known(seconds: tuple[float, float] = SECONDS) -> Forecast:
    """Return what is known where nothing was painted yet: the catalogue's word."""
    return await Experience().of(ORDER, seconds)


async def submitted(toapis: ToAPIs) -> Job:
    """Return a job whose task is being painted since NOW, and that was accepted a little earlier."""
    job = a_job(JobState.SUBMITTED)
    held = Reservation(job.id, Micros(1), LEDGER_SEAL)
    task = await toapis.create(job.order, CATALOGUE.model(job.order.model), [PICTURE_URL], held)
    return replace(job, task_id=task.task_id, submitted_at=NOW, created_at=NOW - 50)


def a_wait(
    toapis: ToAPIs,
    hours: Hours,
    courier: RecordingCourier | None = None,
    *,
    deadline: float = 900.0,
    cancelled: Callable[[str], Awaitable[bool]] = never_cancelled,
) -> Wait:
    told = cast("Courier", courier or RecordingCourier())
    return Wait(
        one_account(toapis),
        told,
        deadline=deadline,
        cancelled=cancelled,
        clock=hours,
        elapsed=hours,
        sleep=hours.sleep,
        roll=lambda: ROLL,
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


def asked(painter: Painter) -> int:
    return sum(call.method == "GET" for call in painter.requests)


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


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("policy-failed", PolicyRefused),
        ("failed:content_policy_violation", PolicyRefused),
        ("failed:quota_not_enough", OutOfCredit),
        ("failed:model_not_found", ModelUnavailable),
        ("failed:generation_failed", PaintingFailed),
        ("failed:InvalidParameter", OrderRejected),
        ("failed-as-string", PaintingFailed),
    ],
)
async def test_a_failed_task_is_its_typed_reason(fault: str, kind: type[ToAPIsError]) -> None:
    hours = Hours()
    async with studio(hours, seconds=30.0) as (painter, toapis):
        painter.fault(fault)
        job = await submitted(toapis)
        with pytest.raises(ToAPIsError) as raised:
            await a_wait(toapis, hours).watch(job, await known(), until=DAY)
        assert type(raised.value) is kind


async def test_a_finished_task_without_an_address_is_asked_for_again() -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        painter.fault("completed-without-url", polls=EMPTY_RESULTS - 1)
        job = await submitted(toapis)
        task = await a_wait(toapis, hours).watch(job, await known(), until=DAY)
        assert task is not None
        assert task.urls
        assert asked(painter) == EMPTY_RESULTS


async def test_a_finished_task_that_never_has_an_address_is_gone() -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis):
        painter.fault("completed-never-url")
        job = await submitted(toapis)
        with pytest.raises(ResultGone, match="no address of a picture"):
            await a_wait(toapis, hours).watch(job, await known(), until=DAY)
        assert asked(painter) == EMPTY_RESULTS


async def test_no_such_task_is_a_slow_database_while_the_task_is_new() -> None:
    hours = Hours()
    async with studio(hours, seconds=30.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("not-found", times=int((NEW_TASK - SECONDS[0]) / 3))
        assert isinstance(await a_wait(toapis, hours).watch(job, await known(), until=DAY), Painted)
    assert hours.now > NOW + 60


async def test_unknown_task_is_lost_once_it_is_no_longer_new() -> None:
    hours = Hours()
    async with studio(hours, seconds=math.inf) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("task-not-found")
        with pytest.raises(CreateLost, match="does not know"):
            await a_wait(toapis, hours).watch(job, await known(), until=DAY)
    assert NEW_TASK < hours.now - NOW < NEW_TASK + 10


@pytest.mark.parametrize(
    "fault", ["rate-limited", "internal-error", "unavailable", "bad-gateway", "unauthorized", "edge-403", "cut-answer"]
)
async def test_trouble_of_the_moment_ends_no_wait(fault: str) -> None:
    hours = Hours()
    async with studio(hours, seconds=30.0) as (painter, toapis):
        job = await submitted(toapis)
        options: dict[str, Any] = {"seconds": 0} if fault == "rate-limited" else {}
        painter.fault(fault, times=40, on=("status",), **options)
        assert await a_wait(toapis, hours).watch(job, await known(), until=DAY) is not None
        assert asked(painter) == 41


async def test_wait_returns_exactly_when_its_time_is_over() -> None:
    hours = Hours()
    async with studio(hours, seconds=math.inf) as (_, toapis):
        job = await submitted(toapis)
        assert await a_wait(toapis, hours).watch(job, await known(), until=90.0) is None
        assert hours.now == pytest.approx(NOW + 90.0, abs=0.01)


async def test_a_picture_that_is_there_at_the_last_moment_is_taken() -> None:
    hours = Hours()
    async with studio(hours, seconds=89.9) as (_, toapis):
        job = await submitted(toapis)
        assert await a_wait(toapis, hours).watch(job, await known(), until=90.0) is not None


async def test_after_the_time_a_last_question_still_takes_the_picture() -> None:
    hours = Hours()
    async with studio(hours, seconds=30.0) as (painter, toapis):
        job = await submitted(toapis)
        hours.now += 90.0
        assert await a_wait(toapis, hours).watch(job, await known(), until=90.0) is not None
        assert (asked(painter), hours.slept) == (1, [0.0])


async def test_nobody_gives_up_before_this_life_has_asked_for_a_while() -> None:
    hours = Hours()
    async with studio(hours, seconds=math.inf) as (painter, toapis):
        job = await submitted(toapis)
        hours.now += 3 * DAY
        assert await a_wait(toapis, hours).watch(job, await known(), until=DAY) is None
        assert asked(painter) > 10
        assert 900 <= hours.now - NOW - 3 * DAY < 1000


async def test_nobody_gives_up_before_toapis_has_answered() -> None:
    hours = Hours()
    courier = RecordingCourier()
    async with studio(hours, seconds=30.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("unauthorized", times=40, on=("status",))
        hours.now += 3 * DAY
        assert await a_wait(toapis, hours, courier).watch(job, await known(), until=DAY) is not None
        assert {progress.reason for progress in courier.progressed} == {"", "key"}
        assert set(courier.warned) == {(job.id, "held-key")}


@pytest.mark.parametrize("step", [3 * DAY, -3 * DAY])
async def test_a_wall_clock_that_steps_changes_no_age(step: float) -> None:
    hours = Hours()
    wall = [0.0]
    courier = RecordingCourier()

    async def cancelled(_: str) -> bool:
        wall[0] = step if hours.slept else 0.0
        return False

    async with studio(hours, seconds=100.0) as (_, toapis):
        job = await submitted(toapis)
        waiting = Wait(
            one_account(toapis),
            cast("Courier", courier),
            deadline=900.0,
            cancelled=cancelled,
            clock=lambda: hours.now + wall[0],
            elapsed=hours,
            sleep=hours.sleep,
            roll=lambda: ROLL,
        )
        assert await waiting.watch(job, await known(), until=DAY) is not None
        assert 100 <= hours.now - NOW < 104
        assert max(progress.seconds for progress in courier.progressed) < 104


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


@pytest.mark.parametrize("times", [REFUSALS - 1, REFUSALS])
async def test_own_key_refused_repeatedly_ends_the_wait(times: int) -> None:
    hours = Hours()
    async with studio(hours, seconds=100.0) as (painter, toapis):
        job = replace(await submitted(toapis), key_id="theirs")
        painter.fault("unauthorized", times=times, on=("status",))
        waiting = a_wait(toapis, hours).watch(job, await known(), until=DAY)
        if times < REFUSALS:
            assert isinstance(await waiting, Painted)
        else:
            with pytest.raises(KeyRefused):
                await waiting


async def test_the_operators_key_is_mended_in_time() -> None:
    hours = Hours()
    async with studio(hours, seconds=100.0) as (painter, toapis):
        job = await submitted(toapis)
        painter.fault("unauthorized", times=3 * REFUSALS, on=("status",))
        assert isinstance(await a_wait(toapis, hours).watch(job, await known(), until=DAY), Painted)
