"""The ImageWorker: a hostile file costs its sender one sentence, and nobody else a thing."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
from PIL import Image

from bot.errors import BadPicture
from bot.images import worker
from bot.images.wire import Limits
from bot.images.worker import ImageWorker
from tests.support import photos

CLEAN = photos.clean()


@pytest.fixture
async def image_worker() -> AsyncIterator[ImageWorker]:
    image_worker = ImageWorker()
    yield image_worker
    image_worker.close()


def grey(width: int, height: int) -> bytes:
    """Return a PNG of one colour: few bytes, and many pixels."""
    buffer = io.BytesIO()
    Image.new("RGBA", (width, height)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


async def test_all_works_are_done_and_errors_are_passed_on(image_worker: ImageWorker) -> None:
    pictures = await asyncio.gather(*(image_worker.check(data) for data in CLEAN.values()))
    assert all(checked.data is data for checked, data in zip(pictures, CLEAN.values(), strict=True))
    assert (await image_worker.for_toapis(photos.revealing()["png, text"])).format == "PNG"
    assert len((await image_worker.fit(CLEAN["png"], 1_500)).data) <= 1_500
    assert (await image_worker.compare(CLEAN["png"], CLEAN["jpeg"], 50_000)).format == "JPEG"
    assert (await image_worker.film_strip([CLEAN["png"], None], 50_000, first=6)).format == "JPEG"
    assert (await image_worker.thumbnail(CLEAN["png"], 32)).shown == (32, 24)
    with pytest.raises(BadPicture, match="pdf"):
        await image_worker.for_toapis(b"%PDF-1.7")


async def test_whole_result_needs_no_process(image_worker: ImageWorker) -> None:
    result = grey(640, 480)
    assert (await image_worker.inspect_result(result)).data is result
    assert image_worker.pids == []


async def test_doubtful_result_is_opened_in_a_process(image_worker: ImageWorker) -> None:
    with pytest.raises(BadPicture):
        await image_worker.inspect_result(grey(640, 480)[:-40])
    assert len(image_worker.pids) == 1


async def test_large_upload_leaves_the_quick_lane_to_others(image_worker: ImageWorker) -> None:
    large = asyncio.create_task(image_worker.check(grey(6000, 5000)))
    assert (await image_worker.check(CLEAN["png"])).format == "PNG"
    assert (await large).width == 6000
    assert len(image_worker.pids) == 2


async def test_file_that_takes_too_much_memory_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "QUICK_MIB", 30)
    monkeypatch.setattr(worker, "THOROUGH_MIB", 40)
    with closing(ImageWorker()) as image_worker:
        with pytest.raises(BadPicture) as refused:
            await image_worker.check(grey(4000, 3000))
        assert refused.value.reason == "heavy"
        assert (await image_worker.check(CLEAN["png"])).format == "PNG"


async def test_file_that_takes_too_long_is_refused_in_words(
    image_worker: ImageWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "QUICK", Limits(processor=0.01, seconds=30.0))
    monkeypatch.setattr(worker, "THOROUGH", Limits(processor=0.02, seconds=30.0))
    with pytest.raises(BadPicture) as refused:
        await image_worker.check(grey(4000, 3000))
    assert refused.value.reason == "slow"
    assert len(image_worker.pids) == 0  # both processes were ended by the system


def test_one_image_worker_serves_any_number_of_loops() -> None:
    image_worker = ImageWorker()
    for _ in range(2):
        assert asyncio.run(image_worker.check(CLEAN["gif"])).format == "GIF"
    image_worker.close()
