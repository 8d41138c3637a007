"""The ImageWorker: one picture at a time, beside the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.errors import BadPicture
from bot.images import picture
from bot.images.picture import Picture
from bot.images.worker import ImageWorker
from tests.support import photos

CLEAN = photos.clean()


async def test_the_image_worker_processes_one_picture_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = 0
    most = 0
    lock = threading.Lock()
    truth = picture.check

    def watched(data: bytes) -> Picture:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            return truth(data)
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr("bot.images.worker.check", watched)
    image_worker = ImageWorker()
    pictures = await asyncio.gather(*(image_worker.check(data) for data in CLEAN.values()))
    assert [checked.data for checked in pictures] == list(CLEAN.values())
    assert most == 1
    image_worker.close()


async def test_a_cancelled_caller_does_not_let_a_second_one_in(monkeypatch: pytest.MonkeyPatch) -> None:
    entered = threading.Event()
    leave = threading.Event()
    order: list[str] = []
    truth = picture.check

    def slow(data: bytes) -> Picture:
        order.append("in")
        entered.set()
        assert leave.wait(10)
        order.append("out")
        return truth(data)

    monkeypatch.setattr("bot.images.worker.check", slow)
    image_worker = ImageWorker()
    first = asyncio.create_task(image_worker.check(CLEAN["png"]))
    await asyncio.to_thread(entered.wait, 10)
    first.cancel()
    second = asyncio.create_task(image_worker.check(CLEAN["jpeg"]))
    with pytest.raises(asyncio.CancelledError):
        await first
    assert order == ["in"]
    leave.set()
    assert (await second).format == "JPEG"
    assert order == ["in", "out", "in", "out"]
    image_worker.close()


async def test_the_image_worker_leaves_the_loop_free_and_passes_errors_on() -> None:
    image_worker = ImageWorker()
    assert (await image_worker.for_toapis(photos.revealing()["png, text"])).format == "PNG"
    assert (await image_worker.inspect_result(CLEAN["webp"])).format == "WEBP"
    assert len((await image_worker.fit(CLEAN["png"], 1_500)).data) <= 1_500
    assert (await image_worker.compare(CLEAN["png"], CLEAN["jpeg"], 50_000)).format == "JPEG"
    assert (await image_worker.film_strip([CLEAN["png"], None], 50_000, first=6)).format == "JPEG"
    assert (await image_worker.thumbnail(CLEAN["png"], 32)).shown == (32, 24)
    with pytest.raises(BadPicture):
        await image_worker.for_toapis(b"%PDF-1.7")
    image_worker.close()


def test_one_image_worker_serves_any_number_of_loops() -> None:
    image_worker = ImageWorker()
    for _ in range(2):
        assert asyncio.run(image_worker.check(CLEAN["gif"])).format == "GIF"
    image_worker.close()
