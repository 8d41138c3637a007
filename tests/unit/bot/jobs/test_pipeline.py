"""The Pipeline: its story told with real parts and each step twice; and where a step breaks that nobody foresaw."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pytest
from PIL import Image

from bot.database import Database
from bot.errors import BadPicture, SourceGone, Undeliverable
from bot.guilds.api_keys import ApiKeys
from bot.images.picture import Picture
from bot.images.worker import ImageWorker
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.claim import Claims
from bot.jobs.courier import Courier, Link
from bot.jobs.engine import Engine
from bot.jobs.handover import Handover
from bot.jobs.job import Destination, Job, JobState, Trouble
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.polling import Wait
from bot.jobs.purchase import Purchase
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.memory import PictureMemory
from bot.money import Micros
from bot.orders import Order
from playground.toapis.server import Painter
from tests.scenarios.support.server import DOWNLOAD, once
from tests.support.engine_runs import InlineEngine
from tests.support.studio import (
    CATALOGUE,
    NOW,
    PRICE,
    SEAL,
    Hours,
    RecordingCourier,
    a_job,
    entries,
    state_of,
    stored,
    studio,
)

T = TypeVar("T")
UNKNOWN = "error-unknown"
GIVE_UP = 3600.0


class Twice(InlineEngine):
    """Each step is done, its result is lost, and it is done again. But for the create: its own test has lives."""

    async def run(self, name: str, step: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        if not name.startswith(("submit", "wait")):
            with suppress(Exception):  # the second time it is raised to the story
                await super().run(name, step, *arguments, **options)
        return await super().run(name, step, *arguments, **options)


@dataclass
class Told:
    """A story, and everything to look at once it is told."""

    database: Database
    hours: Hours
    painter: Painter
    courier: RecordingCourier
    job: Job
    jobs: Jobs
    pipeline: Pipeline

    async def story(self) -> JobState:
        await self.pipeline.workflow(self.job.id, "paint")
        return await state_of(self.jobs, self.job)

    async def entries(self) -> list[tuple[str, int]]:
        return await entries(self.database, self.job.id)


@asynccontextmanager
async def told(
    database: Database, courier: RecordingCourier | None = None, *, seconds: float = 30.0
) -> AsyncIterator[Told]:
    hours = Hours()
    job = a_job()
    courier = courier or RecordingCourier()
    engine = cast("Engine", Twice())
    image_worker = ImageWorker()
    courier.photo = _photo()
    reporter = cast("Courier", courier)
    async with studio(hours, seconds=seconds) as (painter, toapis):
        jobs, ledger = await stored(database, job, hours)
        accounts = Accounts(
            toapis=toapis,
            key_values=KeyValueStore(database),
            api_keys=ApiKeys(database, [SEAL], hours),
            window=120.0,
            look_on=3600.0,
            clock=hours,
            elapsed=hours,
            sleep=hours.sleep,
        )
        ages = Ages(hours, hours)
        pipeline = Pipeline(
            engine=engine,
            jobs=jobs,
            purchase=Purchase(
                engine=engine,
                jobs=jobs,
                claims=Claims(database, hours),
                ledger=ledger,
                accounts=accounts,
                catalogue=lambda: CATALOGUE,
                ages=ages,
                clock=hours,
                elapsed=hours,
            ),
            wait=Wait(
                accounts,
                reporter,
                deadline=900.0,
                cancelled=jobs.is_cancelled,
                ages=ages,
                clock=hours,
                elapsed=hours,
                sleep=hours.sleep,
                roll=lambda: 0.5,
            ),
            settlement=Settlement(accounts, ledger, hours),
            handover=Handover(
                jobs=jobs,
                toapis=toapis,
                image_worker=image_worker,
                courier=reporter,
                memory=PictureMemory(),
                ages=ages,
            ),
            accounts=accounts,
            catalogue=lambda: CATALOGUE,
            image_worker=image_worker,
            courier=reporter,
            patience=Patience(give_up=GIVE_UP),
            ages=ages,
            clock=hours,
        )
        try:
            yield Told(database, hours, painter, courier, job, jobs, pipeline)
        finally:
            image_worker.close()


def _photo() -> bytes:
    held = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(held, "JPEG")
    return held.getvalue()


async def test_a_picture_is_delivered_and_paid_once(database: Database) -> None:
    async with told(database) as t:
        t.painter.billing = "settled"
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 1, 0)]
        assert not (t.courier.sorry or t.courier.warned or t.courier.late_ones)
        assert len(t.painter.ledger) == 1
        assert await t.entries() == [("reserved", PRICE), ("settled", t.painter.ledger[0].micros)]
        assert t.painter.offences == []


async def test_a_refusal_is_told_and_the_money_goes_back_once(database: Database) -> None:
    async with told(database) as t:
        t.painter.fault("policy-422")
        assert await t.story() is JobState.FAILED
        # Told again by a repeated step: at least once matters here, and a courier in life shows it once.
        assert set(t.courier.sorry) == {(t.job.id, "error-policy")}
        assert t.courier.warned == []
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]
        known = await t.jobs.get(t.job.id)
        assert known is not None
        assert known.trouble == Trouble("error-policy")


@pytest.mark.parametrize(
    ("fault", "key"), [("unauthorized", "error-key"), ("insufficient-quota", "error-out-of-credit")]
)
async def test_what_only_the_operator_can_mend_is_told_to_them_too(database: Database, fault: str, key: str) -> None:
    async with told(database) as t:
        t.painter.fault(fault, on=("create",))
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, key)}


async def test_an_apology_that_broke_is_made_again(database: Database) -> None:
    async with told(database) as t:
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

    async with told(database, Nowhere()) as t:
        t.painter.fault("policy-422")
        assert await t.story() is JobState.FAILED
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_source_that_is_gone_costs_nothing(database: Database) -> None:
    async with told(database, RecordingCourier(trouble=[SourceGone("gone")] * 2)) as t:
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == {(t.job.id, "error-source-gone")}
        assert t.painter.requests == []
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_task_that_fails_is_told_and_refunded(database: Database) -> None:
    async with told(database) as t:
        t.painter.fault("failed:generation_failed")
        assert await t.story() is JobState.FAILED
        assert set(t.courier.sorry) == {(t.job.id, "error-painting-failed")}
        assert t.painter.ledger[0].refunded
        assert await t.entries() == [("reserved", PRICE), ("returned", PRICE)]


async def test_a_lost_create_holds_the_money_and_tells_member_and_operator(database: Database) -> None:
    async with told(database) as t:
        t.painter.fault("reset-before")
        assert await t.story() is JobState.UNKNOWN
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, UNKNOWN)}
        assert await t.entries() == [("reserved", PRICE)]


async def test_a_slow_picture_is_told_late_and_comes_all_the_same(database: Database) -> None:
    async with told(database, seconds=2000.0) as t:
        assert await t.story() is JobState.DELIVERED
        assert set(t.courier.late_ones) == {t.job.id}
        assert t.courier.delivered == [(t.job.id, 1, 0)]


async def test_a_task_that_never_ends_is_given_up_with_the_money_held(database: Database) -> None:
    async with told(database, seconds=float("inf")) as t:
        assert await t.story() is JobState.UNKNOWN
        assert set(t.courier.sorry) == set(t.courier.warned) == {(t.job.id, "error-gave-up")}
        assert t.hours.now == pytest.approx(NOW + GIVE_UP, abs=1)
        assert await t.entries() == [("reserved", PRICE)]


@pytest.mark.parametrize("fault", ["result-gone", "result-not-image", "broken-result", "truncated-result"])
async def test_a_result_that_cannot_be_brought_is_delivered_as_a_link(database: Database, fault: str) -> None:
    async with told(database) as t:
        t.painter.fault(fault)
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 0, 1)]
        assert [kind for kind, _ in await t.entries()] == ["reserved", "settled"]


async def test_a_result_that_no_place_takes_is_delivered_as_a_link(database: Database) -> None:
    class Small(RecordingCourier):
        async def deliver(self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0) -> int:
            if pictures:
                raise BadPicture("too-large", limit_mb=1)
            return await super().deliver(job, pictures, links, part=part)

    async with told(database, Small()) as t:
        assert await t.story() is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 0, 1)]


async def test_picture_deleted_before_its_delivery_was_saved_is_not_posted_again(database: Database) -> None:
    class Deleted(RecordingCourier):
        async def deliver(self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0) -> int:
            message_id = await super().deliver(job, pictures, links, part=part)
            await t.jobs.forget_result(job.id, message_id)
            raise RuntimeError("the process is killed here")

    async with told(database, Deleted()) as t:
        assert await t.story() is JobState.DELIVERED
        assert len(t.courier.delivered) == 1
        assert await t.entries() == [("reserved", PRICE), ("settled", PRICE)]


async def test_picture_deleted_while_it_is_fetched_anew_is_not_posted_again(database: Database) -> None:
    class Killed(RecordingCourier):
        async def deliver(self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0) -> int:
            await super().deliver(job, pictures, links, part=part)
            raise RuntimeError("the process is killed here")

    async with told(database, Killed()) as t:
        once(t.painter.hooks, "before", DOWNLOAD, lambda: t.jobs.forget_result(t.job.id, 77), number=2)
        assert await t.story() is JobState.DELIVERED
        assert len(t.courier.delivered) == 1
        known = await t.jobs.get(t.job.id)
        assert known is not None
        assert (known.result_id, known.erased_id) == (None, 77)


async def test_the_second_chapter_only_waits_and_delivers(database: Database) -> None:
    async with told(database) as t:
        t.painter.fault("reset-after", times=1)
        t.painter.fault("lookup-absent")
        assert await t.story() is JobState.UNKNOWN
        task_id = t.painter.ledger[0].task_id
        await t.jobs.move(t.job.id, JobState.SUBMITTED, task_id=task_id, submitted_at=t.hours.now)
        await t.pipeline.workflow(t.job.id, "found")
        assert await state_of(t.jobs, t.job) is JobState.DELIVERED
        assert t.courier.delivered == [(t.job.id, 1, 0)]
        assert len(t.painter.ledger) == 1


class Breaking:
    """An engine in which one step breaks, a purchase that succeeds, and a store with one job."""

    def __init__(self, breaks: str, task_id: str | None) -> None:
        self.breaks = breaks
        self.steps: list[str] = []
        self.job = Job("job", Order("x", "m"), Destination(1, 2, 3), JobState.ACCEPTED, Micros(1), 0.0, task_id=task_id)

    async def run(self, name: str, *_: Any, **__: Any) -> Any:
        self.steps.append(name)
        if name == self.breaks:
            raise OSError("nobody foresaw this")
        return {"url": "", "ratio": None, "urls": [], "expires_at": None}

    async def get(self, _: str) -> Job:
        return self.job

    async def buy(self, *_: Any) -> str:
        return "task"

    async def deliver(self, *_: Any) -> None: ...


def _pipeline(parts: Breaking) -> Pipeline:
    part = cast("Any", parts)
    return Pipeline(
        engine=part,
        jobs=part,
        purchase=part,
        wait=part,
        settlement=part,
        handover=part,
        accounts=part,
        catalogue=part,
        image_worker=part,
        courier=part,
        patience=Patience(),
    )


async def test_before_the_purchase_it_ends_in_an_apology() -> None:
    parts = Breaking("upload", None)
    await _pipeline(parts).workflow("job", "paint")
    assert parts.steps[-1] == "apologise"


@pytest.mark.parametrize("step", ["wait", "deliver"])
async def test_unknown_error_after_the_purchase_breaks_the_workflow_for_recovery(step: str) -> None:
    parts = Breaking(step, "task")
    with pytest.raises(OSError, match="nobody foresaw"):
        await _pipeline(parts).workflow("job", "paint")
    assert "apologise" not in parts.steps


async def test_in_the_second_chapter_the_money_is_held_and_people_are_told() -> None:
    parts = Breaking("wait", "task")
    await _pipeline(parts).workflow("job", "found")
    assert parts.steps == ["wait", "unknown"]
