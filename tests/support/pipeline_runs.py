"""A pipeline with real parts but its engine: each step is done twice, on a clock that nobody waits for."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
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
from bot.memory import PictureMemory
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
