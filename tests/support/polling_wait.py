"""A Wait over the stand-in ToAPIs, with what tests of the polling need around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

from bot.jobs.courier import Courier
from bot.jobs.experience import Experience, Forecast
from bot.jobs.job import Job, JobState
from bot.jobs.polling import Wait
from bot.jobs.webhooks import Webhooks
from bot.money import LEDGER_SEAL, Micros, Reservation
from bot.toapis.client import ToAPIs
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
    webhooks: Webhooks | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> Wait:
    told = cast("Courier", courier or RecordingCourier())
    return Wait(
        one_account(toapis),
        told,
        deadline=deadline,
        cancelled=cancelled,
        webhooks=webhooks,
        clock=hours,
        elapsed=hours,
        sleep=sleep or hours.sleep,
        roll=lambda: ROLL,
    )


def asked(painter: Painter) -> int:
    return sum(call.method == "GET" for call in painter.requests)
