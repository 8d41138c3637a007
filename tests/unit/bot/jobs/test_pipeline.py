"""The Pipeline: its story told with real parts and each step twice; and where a step breaks that nobody foresaw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.database import Database
from bot.errors import BadPicture, CreateLost, SourceGone, Undeliverable
from bot.images.checked import Picture
from bot.jobs.courier import Link
from bot.jobs.job import Job, JobState, Posted, Trouble
from tests.scenarios.support.server import DOWNLOAD, once
from tests.support.pipeline_runs import GIVE_UP, pipeline_run
from tests.support.studio import NOW, PRICE, RecordingCourier, state_of

UNKNOWN = "error-unknown"


async def test_a_picture_is_delivered_and_paid_once(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.billing = "settled"
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 1, 0)]
        assert not (t.courier.sorry or t.courier.warned or t.courier.late_ones)
        assert len(t.painter.ledger) == 1
        assert await t.entries() == [("reserved", PRICE), ("settled", t.painter.ledger[0].micros)]
        assert t.painter.offences == []


async def test_a_refusal_is_told_and_the_money_goes_back_once(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault("policy-422")
        assert await t.story() is JobState.FAILED
        # Told again by a repeated step: at least once matters here, and a courier in life shows it once.
        assert set(t.courier.sorry) == {(t.job.id, "error-policy")}
        assert t.courier.warned == []
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]
        stored_job = await t.jobs.get(t.job.id)
        assert stored_job is not None
        assert stored_job.trouble == Trouble("error-policy")


@pytest.mark.parametrize(
    ("fault", "key"), [("unauthorized", "error-key"), ("insufficient-quota", "error-out-of-credit")]
)
async def test_what_only_the_operator_can_mend_is_told_to_them_too(database: Database, fault: str, key: str) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault(fault, on=("create",))
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, key)}


async def test_an_apology_that_broke_is_made_again(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault("policy-422")

        async def break_once(*_: Any) -> None:
            t.courier.trouble = [OSError("of the moment")]

        t.painter.hooks.append(break_once)
        assert await t.story() is JobState.FAILED
        assert (t.job.id, "error-policy") in t.courier.sorry


async def test_where_nobody_can_be_told_the_money_goes_back_all_the_same(database: Database) -> None:
    class Nowhere(RecordingCourier):
        async def apologise(self, job: Job, error: Exception) -> None:
            raise Undeliverable("nowhere")

    async with pipeline_run(database, Nowhere()) as t:
        t.painter.fault("policy-422")
        assert await t.story() is JobState.FAILED
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_source_that_is_gone_costs_nothing(database: Database) -> None:
    async with pipeline_run(database, RecordingCourier(trouble=[SourceGone("gone")] * 2)) as t:
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == {(t.job.id, "error-source-gone")}
        assert t.painter.requests == []
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_task_that_fails_is_told_and_refunded(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault("failed:generation_failed")
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == {(t.job.id, "error-painting-failed")}
        assert t.painter.ledger[0].refunded
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_lost_create_holds_the_money_and_tells_member_and_operator(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault("reset-before")
        assert await t.story() is JobState.UNKNOWN
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, UNKNOWN)}
        assert await t.entries() == [("reserved", PRICE)]


async def test_a_slow_picture_is_told_late_and_comes_all_the_same(database: Database) -> None:
    async with pipeline_run(database, seconds=2000.0) as t:
        assert await t.story() is JobState.DELIVERED
        assert set(t.courier.late_ones) == {t.job.id}
        assert t.courier.delivered == [(t.job.id, 1, 0)]


async def test_a_task_that_never_ends_is_given_up_with_the_money_held(database: Database) -> None:
    async with pipeline_run(database, seconds=float("inf")) as t:
        assert await t.story() is JobState.UNKNOWN
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, "error-gave-up")}
        assert t.hours.now == pytest.approx(NOW + GIVE_UP, abs=1)
        assert await t.entries() == [("reserved", PRICE)]


@pytest.mark.parametrize("fault", ["result-gone", "result-not-image", "broken-result", "truncated-result"])
async def test_a_result_that_cannot_be_brought_is_delivered_as_a_link(database: Database, fault: str) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault(fault)
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 0, 1)]
        assert [kind for kind, _ in await t.entries()] == ["reserved", "settled"]


async def test_a_result_that_no_place_takes_is_delivered_as_a_link(database: Database) -> None:
    class Small(RecordingCourier):
        async def deliver(
            self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0, **more: Any
        ) -> Posted:
            if pictures:
                raise BadPicture("too-large", limit_mb=1)
            return await super().deliver(job, pictures, links, part=part)

    async with pipeline_run(database, Small()) as t:
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 0, 1)]


async def test_picture_deleted_before_its_delivery_was_saved_is_not_posted_again(database: Database) -> None:
    class Deleted(RecordingCourier):
        async def deliver(
            self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0, **more: Any
        ) -> Posted:
            posted = await super().deliver(job, pictures, links, part=part)
            await t.jobs.forget_result(job.id, posted.message_id)
            raise RuntimeError("the process is killed here")

    async with pipeline_run(database, Deleted()) as t:
        assert await t.story() is JobState.DELIVERED
        assert len(t.courier.delivered) == 1
        assert await t.entries() == [("reserved", PRICE), ("settled", PRICE)]


async def test_picture_deleted_while_it_is_fetched_anew_is_not_posted_again(database: Database) -> None:
    class Killed(RecordingCourier):
        async def deliver(
            self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0, **more: Any
        ) -> Posted:
            await super().deliver(job, pictures, links, part=part)
            raise RuntimeError("the process is killed here")

    async with pipeline_run(database, Killed()) as t:
        once(t.painter.hooks, "before", DOWNLOAD, lambda: t.jobs.forget_result(t.job.id, 77), number=2)
        assert await t.story() is JobState.DELIVERED
        assert len(t.courier.delivered) == 1
        stored_job = await t.jobs.get(t.job.id)
        assert stored_job is not None
        assert (stored_job.result_id, stored_job.erased_id) == (None, 77)


async def test_the_second_chapter_only_waits_and_delivers(database: Database) -> None:
    async with pipeline_run(database) as t:
        t.painter.fault("reset-after", times=1)
        t.painter.fault("lookup-absent")
        assert await t.story() is JobState.UNKNOWN
        task_id = t.painter.ledger[0].task_id
        await t.jobs.move(t.job.id, JobState.SUBMITTED, task_id=task_id, submitted_at=t.hours.now)
        await t.pipeline.workflow(t.job.id, "found")
        assert await state_of(t.jobs, t.job) is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 1, 0)]
        assert len(t.painter.ledger) == 1


async def test_job_lost_before_a_crash_is_told_of_and_not_bought(database: Database) -> None:
    async with pipeline_run(database) as t:
        await t.jobs.move(t.job.id, JobState.UNKNOWN)
        assert await t.story() is JobState.UNKNOWN
        assert {key for _, key in t.courier.sorry} == {CreateLost().key}
        assert not t.painter.ledger
        assert await t.entries() == [("reserved", PRICE)]
