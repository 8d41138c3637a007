"""The SourcePictures: a job's source pictures, read, checked and cleaned, in hand until they are uploaded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.images.picture import Picture
from bot.images.worker import ImageWorker
from bot.jobs.courier import Courier
from bot.jobs.job import Job
from bot.memory import PictureMemory, Share
from bot.orders import Source


class SourcePictures:
    """Each job's pictures lie beside the share of memory that they take. Never in the engine: after a crash they are
    read again."""

    def __init__(self, memory: PictureMemory, courier: Courier, image_worker: ImageWorker) -> None:
        self._memory = memory
        self._courier = courier
        self._image_worker = image_worker
        self._held: dict[str, tuple[Sequence[Picture], Share]] = {}

    @asynccontextmanager
    async def pictures(self, job: Job) -> AsyncIterator[Sequence[Picture]]:
        """Hold the job's source pictures, which stay in hand for its next step.

        Where a step breaks they are dropped: a job that waits for its next try, perhaps for minutes, must not keep
        others from the memory.
        """
        held = self._held.get(job.id)
        try:
            yield await self._read(job) if held is None else held[0]
        except BaseException:
            self.clear(job.id)
            raise

    def clear(self, job_id: str) -> None:
        """Drop the job's pictures, and give back their memory."""
        held = self._held.pop(job_id, None)
        if held is not None:
            held[1].close()

    async def _read(self, job: Job) -> Sequence[Picture]:
        share = self._memory.open()
        try:
            pictures = [await self._cleaned(source, share) for source in job.sources]
        except BaseException:
            share.close()
            raise
        self.clear(job.id)
        self._held[job.id] = pictures, share
        return pictures

    async def _cleaned(self, source: Source, share: Share) -> Picture:
        before = share.held
        picture = await self._image_worker.for_toapis(await self._courier.read(source, share))
        share.give_back(share.held - before - len(picture.data))
        return picture
