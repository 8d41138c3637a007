"""Hostile files of every kind, opened one after another while a good picture waits behind each."""

from __future__ import annotations

import asyncio
import resource
from contextlib import closing, suppress

import pytest

from bench import process
from bot.errors import BadPicture
from bot.images.worker import ImageWorker
from tests.support import hostile_files, photos

GOOD = photos.clean()["png"]

MOST_MIB = 400
MOST_SECONDS = 5.0
"""Of processor time, which is what a file costs on a host that does nothing else."""


def used() -> float:
    """Return the seconds of processor time of all processes of ours that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


async def highest(image_worker: ImageWorker, peaks: list[float]) -> None:
    while True:
        with suppress(FileNotFoundError, ProcessLookupError, StopIteration):
            peaks.append(sum(process.proportional(pid) for pid in image_worker.pids))
        await asyncio.sleep(0.01)


@pytest.mark.long
@pytest.mark.skipif(not process.MEASURABLE, reason="only Linux limits the memory of a process")
@pytest.mark.parametrize("name", hostile_files.ALL)
async def test_each_kind_ends_within_its_time_and_memory(name: str) -> None:
    data = hostile_files.ALL[name]()
    before = used()
    peaks = [0.0]
    with closing(ImageWorker()) as image_worker:
        watch = asyncio.create_task(highest(image_worker, peaks))
        hostile = asyncio.create_task(image_worker.for_toapis(data))
        assert (await image_worker.for_toapis(GOOD)).format == "PNG"
        with suppress(BadPicture):  # or it is taken, which costs no more
            await hostile
        watch.cancel()
    assert max(peaks) < MOST_MIB
    assert used() - before < MOST_SECONDS
