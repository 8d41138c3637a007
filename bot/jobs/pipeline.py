"""The steps of a job, top to bottom. Each is saved by the engine before the next begins, and each can be run twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from bot.accounts import Accounts
from bot.errors import (
    BadPicture,
    CalledOff,
    CreateLocked,
    CreateLost,
    GaveUp,
    KeyLocked,
    KeyRefused,
    OutOfCredit,
    ResultGone,
    RetouchError,
    ToAPIsError,
    Undeliverable,
)
from bot.jobs.courier import REFUSED, TOGETHER, Courier, Link
from bot.jobs.engine import Chapter, Engine
from bot.jobs.forecast import expected
from bot.jobs.job import Job, JobState, Trouble
from bot.jobs.purchase import Purchase
from bot.jobs.settle import Settlement
from bot.jobs.shelf import Shelf
from bot.jobs.store import Jobs
from bot.jobs.wait import Wait
from bot.memory import PictureMemory, Share
from bot.picture import Darkroom, Picture
from bot.plain import escape
from bot.toapis.addresses import ForbiddenAddress
from bot.toapis.catalogue import Catalogue
from bot.toapis.client import ToAPIs

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds. After ``deadline`` the member is told that it takes longer; after ``give_up`` nobody asks again."""

    deadline: float = 15 * 60.0
    give_up: float = 24 * 3600.0


class Sent(TypedDict):
    """The source pictures at ToAPIs: their addresses, and the ratio to ask for, if any."""

    urls: list[str]
    ratio: str | None


class Result(TypedDict):
    """A painted task, as the engine remembers it."""

    urls: list[str]
    expires_at: int | None


Known = dict[str, Link | None]
"""What people may be told of each address of a result; None until it was asked for its picture."""


class Pipeline:
    """Paints jobs. Knows ToAPIs, the money and a Courier; knows nothing of Discord.

    ``toapis`` only downloads, which needs no key; all else is asked of the job's own account.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        jobs: Jobs,
        purchase: Purchase,
        wait: Wait,
        settlement: Settlement,
        toapis: ToAPIs,
        accounts: Accounts,
        catalogue: Callable[[], Catalogue],
        darkroom: Darkroom,
        courier: Courier,
        patience: Patience,
        memory: PictureMemory | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._purchase = purchase
        self._waiting = wait
        self._settlement = settlement
        self._toapis = toapis
        self._accounts = accounts
        self._catalogue = catalogue
        self._darkroom = darkroom
        self._courier = courier
        self._patience = patience
        self._clock = clock
        self._memory = memory or PictureMemory()
        self._shelf = Shelf(self._memory, courier, darkroom)

    async def story(self, job_id: str, chapter: Chapter) -> None:
        """The story of a job. It ends with a picture or a sentence, never in silence.

        A job whose create was lost and found again later begins with the second chapter.
        """
        run = self._engine.run
        try:
            if chapter == "paint":
                await run("fetch", self._fetch, job_id)
                await run("open", self._open, job_id)
                sent = await run("upload", self._upload, job_id)
                job = await self._job(job_id)
                shaped = replace(job, order=replace(job.order, ratio=sent["ratio"]))
                await self._purchase.buy(shaped, sent["urls"])
            result = await self._wait(job_id)
            await run("deliver", self._deliver, job_id, result, attempts=12)
            await run("settle", self._settle, job_id)
        except CalledOff:
            await run("called off", self._end, job_id)
        except (CreateLost, GaveUp) as error:
            await run("unknown", self._lose, job_id, error)
        except RetouchError as error:
            await run("apologise", self._fail, job_id, error)
        except Exception as error:
            _log.exception("job %s broke", job_id)
            if (await self._job(job_id)).task_id is None:
                await run("apologise", self._fail, job_id, RetouchError("broke"))
            elif chapter == "paint":
                raise  # bought: the sweep sees the broken story, and has it waited for anew
            else:
                await run("unknown", self._lose, job_id, CreateLost(f"broke twice: {error!r}"))
        finally:
            self._shelf.clear(job_id)

    async def _fetch(self, job_id: str) -> None:
        async with self._shelf.pictures(await self._wanted(job_id)):
            pass

    async def _open(self, job_id: str) -> None:
        job = await self._wanted(job_id)
        async with self._shelf.pictures(job) as pictures:
            await self._courier.open(job, pictures)

    async def _upload(self, job_id: str) -> Sent:
        job = await self._wanted(job_id)
        ratio = job.order.ratio
        async with self._shelf.pictures(job) as pictures:
            toapis = (await self._accounts.of(job)).toapis
            urls = [(await toapis.upload(picture)).url for picture in pictures]
            if ratio is None and pictures:
                model = self._catalogue().model(job.order.model)
                ratio = model.ratio_of_source(*pictures[0].shown, job.order.resolution)
        self._shelf.clear(job_id)  # nothing needs them any more, and a painting takes minutes
        return Sent(urls=urls, ratio=ratio)

    async def _wait(self, job_id: str) -> Result:
        """Waits as long as it takes; says so once, after the deadline."""
        run = self._engine.run
        result = await run("wait", self._watch, job_id, self._patience.deadline, drained=False)
        if result is None:
            await run("late", self._late, job_id)
            result = await run("wait on", self._watch, job_id, self._patience.give_up, drained=False)
        if result is None:
            raise GaveUp("neither painted nor failed")
        return result

    async def _watch(self, job_id: str, until: float) -> Result | None:
        job = await self._job(job_id)
        usual = self._catalogue().model(job.order.model).seconds
        took = await self._jobs.durations(job.order.model)
        seconds = expected([one for one in took if one < self._patience.deadline], usual)
        try:
            task = await self._waiting.watch(job, seconds, until=until)
        except ResultGone:
            await self._jobs.move(job_id, JobState.PAINTED, painted_at=self._clock())  # and paid, without an address
            raise
        if task is None:
            return None
        await self._jobs.move(job_id, JobState.PAINTED, painted_at=self._clock())
        await self._wanted(job_id)
        return Result(urls=list(task.urls), expires_at=task.expires_at)

    async def _late(self, job_id: str) -> None:
        job = await self._job(job_id)
        try:
            await self._courier.late(job)
        except Undeliverable as error:  # the picture may still find a place, and is paid for by now
            _log.warning("job %s: nobody could be told that it is late: %s", job_id, error.detail)

    async def _deliver(self, job_id: str, result: Result) -> None:
        job = await self._job(job_id)
        if job.state is JobState.DELIVERED:
            return
        urls, expires_at = result["urls"], result["expires_at"]
        known: Known = dict.fromkeys(urls)
        try:
            ids = [
                await self._bring(job, [Link(url, expires_at) for url in urls[first : first + TOGETHER]], part, known)
                for part, first in enumerate(range(0, len(urls), TOGETHER))
            ]
        except Undeliverable as error:
            for url in [url for url in urls if known[url] is None]:
                async with self._memory.share() as share:
                    await self._collect(job, [Link(url, expires_at)], known, share)
            links = [link for link in known.values() if link is not None]
            await self._courier.warn_operator(job, error, links)  # they paid, and can still fetch it for a day
            raise
        await self._jobs.move(job_id, JobState.DELIVERED, result_id=ids[0])

    async def _bring(self, job: Job, painted: Sequence[Link], part: int, known: Known) -> int | None:
        """One message with these pictures, or with the links to those that can't be had or posted. Its id.

        None where people had it already, and deleted it before that could be noted: it must not come back.
        Raises ForbiddenAddress where there is nothing to bring but addresses that are never opened.
        """
        async with self._memory.share() as share:
            pictures, links = await self._collect(job, painted, known, share)
            if (await self._job(job.id)).erased_id is not None:
                return None
            seconds = int(self._clock() - (job.submitted_at or job.created_at))
            try:
                return await self._courier.deliver(job, pictures, links, seconds, part=part)
            except BadPicture as error:
                _log.warning("job %s: a result can't be made to fit: %s", job.id, error.detail)
                links = [known[str(link.url)] or link for link in painted]
                return await self._courier.deliver(job, [], links, seconds, part=part)

    async def _collect(
        self, job: Job, painted: Sequence[Link], known: Known, share: Share
    ) -> tuple[list[Picture], list[Link]]:
        """Return the painted pictures, and where one can't be had the link to it: it was paid for.

        Notes in ``known`` what people may be told of these addresses. Raises ForbiddenAddress once all are refused.
        """
        pictures: list[Picture] = []
        links: list[Link] = []
        for link in painted:
            url = str(link.url)
            known[url] = link
            try:
                download = await self._toapis.download(url, share)
                pictures.append(await self._darkroom.inspect_result(download.data))
            except (ToAPIsError, ResultGone, BadPicture) as error:
                _log.warning("job %s: a result can't be brought: %s", job.id, error.detail)
                if isinstance(error, ForbiddenAddress):
                    known[url] = REFUSED
                    if all(told is REFUSED for told in known.values()):
                        raise
                    facts = {"job": job.id, "host": escape(error.host or "?")}
                    await self._courier.tell_operators("operator-address-refused", facts)
                links.append(known[url] or link)
        return pictures, links

    async def _settle(self, job_id: str) -> None:
        """Closes the money, if the bill is there; the sweep asks again later where it is not."""
        await self._settlement.settle(await self._job(job_id))

    async def _fail(self, job_id: str, error: RetouchError) -> None:
        """No picture: the money first, then the sentence. But what may have been bought, only ToAPIs can end."""
        if (await self._job(job_id)).in_doubt and not isinstance(error, KeyRefused):
            kind = CreateLocked if isinstance(error, KeyLocked) else CreateLost
            await self._lose(job_id, kind(f"{type(error).__name__}: {error.detail}"))
            return
        error = await self._accounts.blame(await self._job(job_id), error, self._courier)
        if await self._jobs.move(job_id, JobState.FAILED, trouble=Trouble(error.key, error.facts)):
            await self._settlement.settle(await self._job(job_id))
            await self._tell(job_id, error)
            if isinstance(error, KeyRefused | OutOfCredit | KeyLocked | ResultGone):
                await self._courier.warn_operator(await self._job(job_id), error)  # only they can mend or claim it
        _log.info("job %s failed: %s: %s", job_id, type(error).__name__, error.detail)

    async def _end(self, job_id: str) -> None:
        """Called off: whoever did it was told. While it was being bought nobody could say yet how that would end."""
        await self._jobs.move(job_id, JobState.CANCELLED)
        job = await self._job(job_id)
        await self._settlement.settle(job)  # where the bill is not there yet, the sweep asks again
        await self._courier.called_off(job)

    async def _lose(self, job_id: str, error: RetouchError) -> None:
        """Nobody knows what became of it: the money stays held, member and operator are told, the sweep looks on."""
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
        """The job, while somebody still wants it. Raises CalledOff."""
        job = await self._job(job_id)
        if job.state is JobState.CANCELLED:
            raise CalledOff
        return job

    async def _job(self, job_id: str) -> Job:
        job = await self._jobs.get(job_id)
        if job is None:
            raise RetouchError("the job was deleted")
        return job
