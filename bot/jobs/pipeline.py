"""The Pipeline: the steps of a job, from the sources to the settled money.

A crash begins the workflow anew, and the job's row says how far it is: every step must be safe to run twice.
1. prepare: read the sources, open the thread with them, and send them to ToAPIs. Nothing is paid yet.
2. submit, prove (``bot/jobs/purchase.py``): the one call that costs money.
3. wait: ask ToAPIs until the task has ended. After the deadline "late" notifies the member once.
4. deliver: post the pictures, then mark the job as delivered.
5. settle: close the job's money with the bill. It comes last, since nobody waits for it.
The phase "found" begins at 3: recovery starts it where a lost create was found later, or the first phase broke after
the purchase. An error is sent to the member as one sentence, and the money is settled ("apologise"). Where nobody
knows whether the job was bought, its money stays held and recovery looks on ("unknown").
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.errors import (
    CreateLocked,
    CreateLost,
    GaveUp,
    JobCancelled,
    KeyLocked,
    KeyRefused,
    OutOfCredit,
    ResultGone,
    RetouchError,
    Unavailable,
    Undeliverable,
)
from bot.images.checked import Picture
from bot.images.worker import ImageWorker
from bot.jobs import outage
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.courier import Courier, Progress
from bot.jobs.engine import Engine
from bot.jobs.experience import Experience
from bot.jobs.handover import Handover
from bot.jobs.job import Job, JobState, Trouble
from bot.jobs.polling import Wait
from bot.jobs.purchase import Purchase
from bot.jobs.restored import Recall
from bot.jobs.setback import Setback
from bot.jobs.settlement import Settlement
from bot.jobs.source_pictures import Prepared, SourcePictures
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from bot.memory import PictureMemory
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.tasks import Painted

UNKNOWN_MODEL = (15.0, 120.0)
"""Seconds in which most paintings are done (fastest and slowest tenth), for models that left the catalogue."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds. After ``deadline`` the member is notified that it takes longer; after ``give_up`` polling ends."""

    deadline: float = 15 * 60.0
    give_up: float = 24 * 3600.0


class Pipeline:
    """Runs the steps of jobs. Depends on ToAPIs, the money and a Courier, but not on Discord.

    ``catalogue`` is the whole catalogue: what is on offer today says nothing about a job that was accepted.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        jobs: Jobs,
        purchase: Purchase,
        wait: Wait,
        settlement: Settlement,
        handover: Handover,
        accounts: Accounts,
        catalogue: Callable[[], Catalogue],
        image_worker: ImageWorker,
        courier: Courier,
        patience: Patience,
        memory: PictureMemory | None = None,
        ages: Ages | None = None,
        experience: Experience | None = None,
        recall: Recall | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._purchase = purchase
        self._waiting = wait
        self._settlement = settlement
        self._handover = handover
        self._accounts = accounts
        self._catalogue = catalogue
        self._image_worker = image_worker
        self._courier = courier
        self._patience = patience
        self._clock = clock
        self._ages = ages or Ages(clock)
        self._experience = experience or Experience()
        self._recall = recall
        self._known: dict[str, Job] = {}
        """The jobs whose workflows run, as they were last read: to be shown while the database is away."""
        self._source_pictures = SourcePictures(memory or PictureMemory(), courier, image_worker)

    async def workflow(self, job_id: str, phase: WorkflowPhase) -> None:
        """Run the workflow of a job. It ends with a picture or a sentence, never in silence.

        A job whose create was lost and found again later begins with the phase "found".
        """
        run = self._engine.run
        try:
            if self._recall is not None and await run("recall", self._recall.look, job_id):
                return
            job = await self._outlasting(job_id)
            if phase == "paint" and job.task_id is None:
                await self._buy(job)
            self._engine.prepared()
            painted = None if job.state is JobState.DELIVERED else await self._wait(job_id)
            await run("deliver", self._handover.deliver, job_id, painted, attempts=12)
            await run("settle", self._settle, job_id, painted)
        except JobCancelled:
            await run("called off", self._end, job_id)
        except (CreateLost, GaveUp) as error:
            await run("unknown", self._lose, job_id, error)
        except RetouchError as error:
            await run("apologise", self._fail, job_id, error)
        except Exception as error:
            _log.exception("job %s broke", job_id)
            if (await self._outlasting(job_id)).task_id is None:
                await run("apologise", self._fail, job_id, RetouchError("broke"))
            elif phase == "paint":
                raise  # bought: recovery sees the broken workflow, and has the task waited for anew
            else:
                await run("unknown", self._lose, job_id, CreateLost(f"broke twice: {error!r}"))
        finally:
            self._ages.forget(job_id)
            self._known.pop(job_id, None)

    async def endure(self, setback: Setback) -> float | None:
        """Show what a job is waiting for. Return the seconds until its step is tried again; None: no longer.

        Nothing is shown after a first failure: it may be over a moment later.
        """
        place = outage.where(setback.error)
        job = self._known.get(setback.job_id)
        if place is None or setback.lasted >= outage.limit(place, setback.step, give_up=self._patience.give_up):
            return None
        retry_after = getattr(setback.error, "retry_after", None)
        _log.warning("job %s: %s waits for the %s: %s", setback.job_id, setback.step, place, setback.error)
        if job is not None and setback.tries > 1:
            await self._courier.progress(job, Progress("held", reason=place))
        return outage.pause(place, setback.tries, retry_after)

    async def _buy(self, job: Job) -> None:
        """Prepare and buy, unless a send of another life has bought the task."""
        if job.in_doubt and await self._purchase.outcome(job) is not None:
            return
        prepared = await self._engine.run("prepare", self._prepare, job.id)
        shaped = replace(job, order=replace(job.order, ratio=prepared.ratio))
        await self._purchase.buy(shaped, prepared.urls)

    async def _prepare(self, job_id: str) -> Prepared:
        """Open the thread, and send the sources to ToAPIs meanwhile: neither waits for the other."""
        job = await self._wanted(job_id)
        async with self._source_pictures.pictures(job) as pictures:
            opened, prepared = await asyncio.gather(
                self._courier.open(job, pictures), self._upload(job, pictures), return_exceptions=True
            )
        for outcome in (opened, prepared):
            if isinstance(outcome, BaseException):
                raise outcome
        assert isinstance(prepared, Prepared)  # else it was raised
        return prepared

    async def _upload(self, job: Job, pictures: Sequence[Picture]) -> Prepared:
        ratio = job.order.ratio
        toapis = (await self._accounts.of(job)).toapis
        urls = [(await toapis.upload(picture)).url for picture in pictures]
        if ratio is None and pictures:
            model = self._catalogue().model(job.order.model)  # unknown: a refusal, since nothing is bought yet
            ratio = model.ratio_of_source(*pictures[0].shown, job.order.resolution)
        return Prepared(urls, ratio)

    async def _wait(self, job_id: str) -> Painted:
        """Wait until the task has ended, and say so once after the deadline."""
        run = self._engine.run
        painted = await run("wait", self._watch, job_id, self._patience.deadline, drained=False)
        if painted is None:
            await self._engine.run_once("late", self._late, job_id)
            painted = await run("wait on", self._watch, job_id, self._patience.give_up, drained=False)
        if painted is None:
            raise GaveUp("neither painted nor failed")
        return painted

    async def _watch(self, job_id: str, until: float) -> Painted | None:
        job = await self._job(job_id)
        model = self._catalogue().get(job.order.model)
        forecast = await self._experience.of(job.order, model.seconds if model is not None else UNKNOWN_MODEL)
        try:
            painted = await self._waiting.watch(job, forecast, until=until)
        except ResultGone:
            await self._jobs.move(job_id, JobState.PAINTED, painted_at=self._clock())  # and paid, without an address
            raise
        if painted is not None and not await self._jobs.move(job_id, JobState.PAINTED, painted_at=self._clock()):
            await self._wanted(job_id)
        return painted

    async def _late(self, job_id: str) -> None:
        job = await self._job(job_id)
        try:
            await self._courier.late(job)
        except (Undeliverable, Unavailable) as error:  # the picture may still find a place, and is paid for by now
            _log.warning("job %s: nobody could be told that it is late: %s", job_id, error.detail)

    async def _settle(self, job_id: str, painted: Painted | None) -> None:
        """Close the money if the bill is there. Where it is not, recovery asks again later."""
        await self._settlement.settle(await self._job(job_id), painted)

    async def _fail(self, job_id: str, error: RetouchError) -> None:
        """Return the money, then send the sentence. What may have been bought is handed to ``_lose``."""
        job = await self._job(job_id)
        if job.in_doubt and not isinstance(error, KeyRefused):
            kind = CreateLocked if isinstance(error, KeyLocked) else CreateLost
            await self._lose(job_id, kind(f"{type(error).__name__}: {error.detail}"))
            return
        error = await self._accounts.blame(job, _as_told(job, error), self._courier)
        if await self._jobs.move(job_id, JobState.FAILED, trouble=Trouble(error.key, error.facts)):
            await self._settlement.settle(await self._job(job_id))
            await self._tell(job_id, error)
            if isinstance(error, KeyRefused | OutOfCredit | KeyLocked | ResultGone | Undeliverable):
                # Only operators can repair this, or claim the money back.
                await self._courier.warn_operator(await self._job(job_id), error)
        _log.info("job %s failed: %s: %s", job_id, type(error).__name__, error.detail)

    async def _end(self, job_id: str) -> None:
        """End a cancelled job. A purchase that was in flight has a known outcome by now."""
        await self._jobs.move(job_id, JobState.CANCELLED)
        job = await self._job(job_id)
        await self._settlement.settle(job)  # where the bill is not there yet, recovery asks again
        await self._courier.cancelled(job)

    async def _lose(self, job_id: str, error: RetouchError) -> None:
        """Keep the money held where the outcome is unknown, and notify member and operators. Recovery looks on."""
        if await self._jobs.move(job_id, JobState.UNKNOWN, trouble=Trouble(error.key, error.facts)):
            await self._tell(job_id, error)
        await self._courier.warn_operator(await self._job(job_id), error)
        _log.error("job %s is unknown: %s", job_id, error.detail)

    async def _tell(self, job_id: str, error: RetouchError) -> None:
        try:
            await self._courier.apologise(await self._job(job_id), error)
        except Undeliverable:
            _log.warning("job %s: no place is left to say what went wrong", job_id)

    async def _wanted(self, job_id: str) -> Job:
        """Return the job. Raises JobCancelled where nobody wants it, and CreateLost where an earlier life lost it."""
        job = await self._job(job_id)
        if job.state is JobState.UNKNOWN and job.task_id is None:
            raise CreateLost("lost before a crash")
        if job.state is JobState.CANCELLED:
            raise JobCancelled
        return job

    async def _job(self, job_id: str) -> Job:
        job = await self._jobs.get(job_id)
        if job is None:
            raise RetouchError("the job was deleted")
        self._known[job_id] = job
        return job

    async def _outlasting(self, job_id: str) -> Job:
        """Read the job between two steps. Waits for a lost database without end, as the engine does."""
        tries = 0
        while True:
            try:
                return await self._job(job_id)
            except Exception as error:
                tries += 1
                if outage.where(error) != "database":
                    raise
                _log.warning("job %s can't be read now: %s", job_id, error)
            await asyncio.sleep(outage.pause("database", tries))


def _as_told(job: Job, error: RetouchError) -> RetouchError:
    """Return the error as people read it: of a bought job nobody may read that it was not charged."""
    if isinstance(error, Unavailable) and job.task_id is not None:
        return Undeliverable(error.detail)
    return error
