"""The SourcePictures: a job's source pictures, read, checked and cleaned, in memory until they are uploaded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.images.checked import Picture
from bot.images.worker import ImageWorker
from bot.jobs.courier import Courier
from bot.jobs.job import Job
from bot.memory import PictureMemory, Share
from bot.orders import Source


@dataclass(frozen=True, slots=True)
class Prepared:
    """The source pictures at ToAPIs: their addresses, and the ratio to ask for, if any."""

    urls: Sequence[str]
    ratio: str | None


class SourcePictures:
    """Reads source pictures beside the share of memory that they take. After a crash they are read again."""

    def __init__(self, memory: PictureMemory, courier: Courier, image_worker: ImageWorker) -> None:
        self._memory = memory
        self._courier = courier
        self._image_worker = image_worker

    @asynccontextmanager
    async def pictures(self, job: Job) -> AsyncIterator[Sequence[Picture]]:
        """Hold the job's source pictures in memory meanwhile."""
        if job.sources:
            self._image_worker.warm()  # it starts while the first picture is read
        async with self._memory.share() as share:
            yield [await self._cleaned(source, share) for source in job.sources]

    async def _cleaned(self, source: Source, share: Share) -> Picture:
        before = share.held
        picture = await self._image_worker.for_toapis(await self._courier.read(source, share))
        share.give_back(share.held - before - len(picture.data))
        return picture
