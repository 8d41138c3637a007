"""An order whose card was never shown: its member is told, and its money goes back."""

from __future__ import annotations

from typing import cast

import pytest

from bot.database import Database
from bot.errors import Interrupted, PolicyRefused, RetouchError, Undeliverable
from bot.jobs.courier import Courier
from bot.jobs.intake import Intake
from bot.jobs.job import Job, JobState, Trouble
from bot.jobs.store import Jobs
from tests.support.intake_parts import accepted, an_intake
from tests.support.studio import PRICE, RecordingCourier, a_job, entries, state_of, stored


async def unanswered(intake: Intake, job: Job, courier: RecordingCourier, error: RetouchError | None = None) -> None:
    await intake.unanswered(job, cast("Courier", courier), error)


async def test_unanswered_member_is_notified_and_refunded_exactly_once(database: Database) -> None:
    intake = an_intake(database)
    courier = RecordingCourier()
    job = await accepted(intake)
    for _ in range(2):
        await unanswered(intake, job, courier)
    assert courier.sorry == [(job.id, Interrupted().key)]
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]
    stored_job = await Jobs(database).get(job.id)
    assert stored_job is not None
    assert (stored_job.state, stored_job.trouble) == (JobState.FAILED, Trouble(Interrupted().key))


async def test_the_reason_is_told_where_there_is_one(database: Database) -> None:
    intake = an_intake(database)
    courier = RecordingCourier()
    job = await accepted(intake)
    await unanswered(intake, job, courier, PolicyRefused("no", limit=3))
    assert courier.sorry == [(job.id, "error-policy")]
    stored_job = await Jobs(database).get(job.id)
    assert stored_job is not None
    assert stored_job.trouble == Trouble("error-policy", {"limit": 3})


async def test_an_apology_that_does_not_get_through_is_made_again(database: Database) -> None:
    intake = an_intake(database)
    courier = RecordingCourier(trouble=[OSError("of the moment")])
    job = await accepted(intake)
    with pytest.raises(OSError, match="of the moment"):
        await unanswered(intake, job, courier)
    assert await state_of(Jobs(database), job) is JobState.ACCEPTED  # so recovery finds it
    await unanswered(intake, job, courier)
    assert courier.sorry == [(job.id, Interrupted().key)]
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]


async def test_the_money_goes_back_where_nobody_can_be_told(database: Database) -> None:
    intake = an_intake(database)
    courier = RecordingCourier(trouble=[Undeliverable("nowhere")])
    job = await accepted(intake)
    await unanswered(intake, job, courier)
    assert await state_of(Jobs(database), job) is JobState.FAILED
    assert await entries(database, job.id) == [("reserved", PRICE), ("returned", PRICE)]


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.ACCEPTED])
async def test_a_job_that_went_on_is_left_alone(database: Database, state: JobState) -> None:
    courier = RecordingCourier()
    job = a_job(state)
    jobs, _ = await stored(database, job)
    await unanswered(an_intake(database), job, courier)
    assert (await state_of(jobs, job), courier.sorry) == (state, [])
    assert await entries(database, job.id) == [("reserved", PRICE)]


async def test_a_job_that_goes_on_while_somebody_apologises_keeps_its_money(database: Database) -> None:
    jobs = Jobs(database)

    class Slow(RecordingCourier):
        async def apologise(self, job: Job, error: RetouchError) -> None:
            await jobs.move(job.id, JobState.SUBMITTED, task_id="task")

    intake = an_intake(database)
    job = await accepted(intake)
    await unanswered(intake, job, Slow())
    assert await state_of(jobs, job) is JobState.SUBMITTED
    assert await entries(database, job.id) == [("reserved", PRICE)]
