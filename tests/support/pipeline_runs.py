"""A pipeline with real parts but its engine: each step is done twice, on a clock that nobody waits for."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from PIL import Image

from bot.database import Database
from bot.guilds.api_keys import ApiKeys
from bot.images.worker import ImageWorker
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.claim import Claims
from bot.jobs.courier import Courier
from bot.jobs.engine import Engine
from bot.jobs.handover import Handover
from bot.jobs.job import Job, JobState
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.polling import Wait
from bot.jobs.purchase import Purchase
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.memory import PictureMemory
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.engine_runs import InlineEngine
from tests.support.studio import CATALOGUE, SEAL, Hours, RecordingCourier, a_job, entries, state_of, stored, studio

T = TypeVar("T")
GIVE_UP = 3600.0


class Twice(InlineEngine):
    """Each step is done, its result is lost, and it is done again. But for the create: its own test has lives."""

    async def run(self, name: str, step: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        if not name.startswith(("submit", "wait")):
            with suppress(Exception):  # the second time it is raised to the story
                await super().run(name, step, *arguments, **options)
        return await super().run(name, step, *arguments, **options)


@dataclass
class PipelineRun:
    """A job with the pipeline that takes it to its end, and everything to look at afterwards."""

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
async def pipeline_run(
    database: Database, courier: RecordingCourier | None = None, *, seconds: float = 30.0
) -> AsyncIterator[PipelineRun]:
    """Store a job, and build its pipeline over a stand-in ToAPIs that paints for so many seconds."""
    hours = Hours()
    job = a_job()
    courier = courier or RecordingCourier()
    courier.photo = _photo()
    async with studio(hours, seconds=seconds) as (painter, toapis):
        jobs, ledger = await stored(database, job, hours)
        with closing(ImageWorker()) as image_worker:
            parts = _Parts(
                database=database,
                hours=hours,
                toapis=toapis,
                jobs=jobs,
                ledger=ledger,
                accounts=_accounts(database, toapis, hours),
                image_worker=image_worker,
                courier=cast("Courier", courier),
            )
            yield PipelineRun(database, hours, painter, courier, job, jobs, parts.pipeline())


def _accounts(database: Database, toapis: ToAPIs, hours: Hours) -> Accounts:
    return Accounts(
        toapis=toapis,
        key_values=KeyValueStore(database),
        api_keys=ApiKeys(database, [SEAL], hours),
        window=120.0,
        look_on=3600.0,
        clock=hours,
        elapsed=hours,
        sleep=hours.sleep,
    )


class _Parts:
    """The parts of a pipeline, all on the same clock."""

    def __init__(
        self,
        *,
        database: Database,
        hours: Hours,
        toapis: ToAPIs,
        jobs: Jobs,
        ledger: Ledger,
        accounts: Accounts,
        image_worker: ImageWorker,
        courier: Courier,
    ) -> None:
        self.database = database
        self.hours = hours
        self.toapis = toapis
        self.jobs = jobs
        self.ledger = ledger
        self.accounts = accounts
        self.image_worker = image_worker
        self.courier = courier
        self.engine = cast("Engine", Twice())
        self.ages = Ages(hours, hours)

    def pipeline(self) -> Pipeline:
        return Pipeline(
            engine=self.engine,
            jobs=self.jobs,
            purchase=self.purchase(),
            wait=self.wait(),
            settlement=Settlement(self.accounts, self.ledger, self.hours),
            handover=self.handover(),
            accounts=self.accounts,
            catalogue=lambda: CATALOGUE,
            image_worker=self.image_worker,
            courier=self.courier,
            patience=Patience(give_up=GIVE_UP),
            ages=self.ages,
            clock=self.hours,
        )

    def purchase(self) -> Purchase:
        return Purchase(
            engine=self.engine,
            jobs=self.jobs,
            claims=Claims(self.database, self.hours),
            ledger=self.ledger,
            accounts=self.accounts,
            catalogue=lambda: CATALOGUE,
            ages=self.ages,
            clock=self.hours,
            elapsed=self.hours,
        )

    def wait(self) -> Wait:
        return Wait(
            self.accounts,
            self.courier,
            deadline=900.0,
            cancelled=self.jobs.is_cancelled,
            ages=self.ages,
            clock=self.hours,
            elapsed=self.hours,
            sleep=self.hours.sleep,
            roll=lambda: 0.5,
        )

    def handover(self) -> Handover:
        return Handover(
            jobs=self.jobs,
            toapis=self.toapis,
            image_worker=self.image_worker,
            courier=self.courier,
            memory=PictureMemory(),
            ages=self.ages,
        )


def _photo() -> bytes:
    """Return a small JPEG."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(file, "JPEG")
    return file.getvalue()
