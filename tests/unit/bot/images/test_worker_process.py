"""The WorkerProcess and its program: the system ends it in time, and it outlives no bot."""

from __future__ import annotations

import asyncio
import io
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bench.process import MEASURABLE, processor
from bot.errors import BadPicture
from bot.images import worker_process
from bot.images.wire import Limits, Task, WrongAnswer
from bot.images.worker_process import Died, WorkerProcess
from tests.support import photos

AMPLE = Limits(processor=30.0, seconds=60.0)
QUICK = Task("check", [photos.clean()["png"]], {}, AMPLE)


@pytest.fixture
def process() -> Iterator[WorkerProcess]:
    process = WorkerProcess.start(250)
    yield process
    process.end()


def spawned() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the program. Return it, and the end of the socket that a bot holds."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [*worker_process.COMMAND, "250"]
        child = subprocess.Popen(command, stdin=theirs.fileno(), env=worker_process.ENVIRONMENT)
    ours.setblocking(False)
    return child, ours


def long(limits: Limits) -> Task:
    """Return work of a second or more: a picture that is encoded again and again, to be made much smaller."""
    buffer = io.BytesIO()
    Image.effect_noise((1800, 1400), 90).convert("RGB").save(buffer, "PNG", compress_level=1)
    return Task("fit", [buffer.getvalue()], {"limit": 60_000}, limits)


@pytest.mark.parametrize(
    ("limits", "number"),
    [(Limits(0.1, 60.0), signal.SIGPROF), (Limits(30.0, 0.1), signal.SIGALRM)],
    ids=["processor", "seconds"],
)
async def test_the_system_ends_it_when_its_time_is_over(
    process: WorkerProcess, limits: Limits, number: signal.Signals
) -> None:
    with pytest.raises(Died) as death:
        await process.ask(long(limits))
    assert death.value.code == -number
    assert death.value.verdict is not None
    assert death.value.verdict.reason == "slow"
    assert not process.is_alive


@pytest.mark.skipif(not MEASURABLE, reason="only Linux tells what another process has used")
async def test_it_outlives_no_bot_even_in_the_middle_of_its_work() -> None:
    child, ours = spawned()
    process = WorkerProcess(child, ours)
    await process.ask(QUICK)
    before = processor(child.pid)
    work = asyncio.create_task(process.ask(long(AMPLE)))
    while processor(child.pid) < before + 0.05:  # noqa: ASYNC110 - nobody tells that it has begun
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    ours.close()  # as the system does when a bot is killed
    assert await asyncio.to_thread(child.wait) == -signal.SIGIO


async def test_it_ends_when_its_bot_is_gone() -> None:
    child, ours = spawned()
    await WorkerProcess(child, ours).ask(QUICK)
    ours.close()
    assert await asyncio.to_thread(child.wait) == 0


@pytest.mark.skipif(not MEASURABLE, reason="only Linux has /proc")
async def test_it_finds_no_secrets_and_writes_no_file(process: WorkerProcess) -> None:
    await process.ask(QUICK)
    told = Path(f"/proc/{process.pid}")
    environment = (told / "environ").read_bytes().split(b"\0")
    assert {entry.split(b"=")[0].decode() for entry in environment if entry} == set(worker_process.ENVIRONMENT)
    limits = (told / "limits").read_text()
    assert "Max data size             262144000 " in limits
    assert "Max file size             0 " in limits
    assert "Max core file size        0 " in limits


async def test_memory_of_one_picture_is_free_for_the_next() -> None:
    process = WorkerProcess.start(70)
    buffer = io.BytesIO()
    Image.new("RGB", (3000, 3000)).save(buffer, "PNG", compress_level=1)
    for _ in range(3):
        assert (await process.ask(Task("check", [buffer.getvalue()], {}, AMPLE)))[0].width == 3000
    process.end()


async def test_unforeseen_error_is_no_refusal(process: WorkerProcess) -> None:
    with pytest.raises(WrongAnswer, match="ValueError"):
        await process.ask(Task("film_strip", [], {"limit": 1}, AMPLE))
    with pytest.raises(BadPicture, match="empty"):
        await process.ask(Task("check", [b""], {}, AMPLE))
