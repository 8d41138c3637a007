"""The Wait ends only where ToAPIs ends it, or where its time is over and ToAPIs was asked."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.errors import (
    CreateLost,
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
from bot.jobs.polling import EMPTY_RESULTS, NEW_TASK, REFUSALS, Wait
from bot.toapis.tasks import Painted
from tests.support.polling_wait import DAY, ROLL, SECONDS, a_wait, asked, known, submitted
from tests.support.studio import (
    NOW,
    Hours,
    RecordingCourier,
    one_account,
    studio,
)


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
