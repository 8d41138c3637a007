"""The Handover: fetches a painted task's pictures and delivers them, or links to them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.errors import BadPicture, ResultExpired, ResultGone, ToAPIsError, Undeliverable
from bot.images.checked import Picture
from bot.images.worker import ImageWorker
from bot.jobs.ages import Ages
from bot.jobs.courier import REFUSED, TOGETHER, Courier, Link
from bot.jobs.job import Job, JobState, Posted
from bot.jobs.store import Jobs
from bot.memory import PictureMemory, Share
from bot.text import escape
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Painted
from bot.toapis.url_guard import ForbiddenAddress

_log = logging.getLogger(__name__)


KnownLinks = dict[str, Link | None]
"""The links that people may get, by the address of a result; None until its picture was asked for."""


class Handover:
    """The step after the waiting. ``toapis`` only downloads, which needs no key."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        toapis: ToAPIs,
        image_worker: ImageWorker,
        courier: Courier,
        memory: PictureMemory,
        ages: Ages,
    ) -> None:
        self._jobs = jobs
        self._toapis = toapis
        self._image_worker = image_worker
        self._courier = courier
        self._memory = memory
        self._ages = ages

    async def deliver(self, job_id: str, painted: Painted | None) -> None:
        """Post the pictures, record it, and then update the cards. What was done before a crash is not done again.

        ``painted`` is None only of a job that is delivered.

        Raises Undeliverable where no place takes them, and ResultExpired where ToAPIs hands them out no more.
        """
        job = await self._job(job_id)
        if job.state is not JobState.DELIVERED and painted is not None:
            urls = painted.urls
            expires_at = painted.expires_at
            links_by_url: KnownLinks = dict.fromkeys(urls)
            try:
                posted = [
                    await self._bring(
                        job, [Link(url, expires_at) for url in urls[first : first + TOGETHER]], part, links_by_url
                    )
                    for part, first in enumerate(range(0, len(urls), TOGETHER))
                ]
            except Undeliverable as error:
                for url in [url for url in urls if links_by_url[url] is None]:
                    async with self._memory.share() as share:
                        await self._collect(job, [Link(url, expires_at)], links_by_url, share)
                links = [link for link in links_by_url.values() if link is not None]
                await self._courier.warn_operator(job, error, links)  # they paid, and can still fetch it for a day
                raise
            job = await self._jobs.deliver(job_id, posted[0])
        await self._courier.done(job, self._seconds(job))

    async def _bring(self, job: Job, painted: Sequence[Link], part: int, links_by_url: KnownLinks) -> Posted | None:
        """Post one message with these pictures, or with the links to those that can't be had or posted.

        None where people had it already, and deleted it before that could be noted: it must not come back.
        Raises ForbiddenAddress where there is nothing to bring but addresses that are never opened.
        """
        async with self._memory.share() as share:
            pictures, originals, links = await self._collect(job, painted, links_by_url, share)
            if (await self._job(job.id)).erased_id is not None:
                return None
            try:
                return await self._courier.deliver(job, pictures, links, part=part, originals=originals)
            except BadPicture as error:
                _log.warning("job %s: a result can't be made to fit: %s", job.id, error.detail)
                links = [replace(links_by_url[str(link.url)] or link, why=error.reason) for link in painted]
                return await self._courier.deliver(job, [], links, part=part)

    async def _collect(
        self, job: Job, painted: Sequence[Link], links_by_url: KnownLinks, share: Share
    ) -> tuple[list[Picture], list[Link], list[Link]]:
        """Return the painted pictures, the link to each, and the links to those that can't be had: they were paid for.

        Stores in ``links_by_url`` what may be shown of these addresses. Raises ForbiddenAddress once all are refused,
        and ResultExpired where none can be had since the time is over in which ToAPIs keeps them.
        """
        pictures: list[Picture] = []
        originals: list[Link] = []
        links: list[Link] = []
        expired = 0
        for link in painted:
            url = str(link.url)
            links_by_url[url] = link
            try:
                download = await self._toapis.download(url, share, link.expires_at)
                pictures.append(await self._image_worker.inspect_result(download.data, job.made_by))
                originals.append(link)
            except (ToAPIsError, ResultGone, BadPicture) as error:
                _log.warning("job %s: a result can't be brought: %s", job.id, error.detail)
                if isinstance(error, ForbiddenAddress):
                    await self._refuse(job, url, error, links_by_url)
                expired += isinstance(error, ResultExpired)
                links.append(links_by_url[url] or link)
        if expired == len(painted):
            raise ResultExpired("its links have expired")
        return pictures, originals, links

    async def _refuse(self, job: Job, url: str, error: ForbiddenAddress, links_by_url: KnownLinks) -> None:
        """Note that an address is never opened, and tell the operators. Raises the error once all are refused."""
        links_by_url[url] = REFUSED
        if all(link is REFUSED for link in links_by_url.values()):
            raise error
        facts = {"job": job.id, "host": escape(error.host or "?")}
        await self._courier.tell_operators("operator-address-refused", facts)

    def _seconds(self, job: Job) -> int:
        return int(self._ages.of(job.id, job.submitted_at or job.created_at))

    async def _job(self, job_id: str) -> Job:
        job = await self._jobs.get(job_id)
        assert job is not None  # no workflow runs for a job without a row
        return job
