"""The Lane: what becomes of a picture, and of those behind it, when its process is stopped, killed or left alone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from bot.errors import BadPicture
from bot.images import worker_process
from bot.images.lane import Lane
from bot.images.wire import Limits, Task
from bot.images.worker_process import WorkerProcess
from tests.support import photos

PNG = photos.clean()["png"]
AMPLE = Limits(processor=30.0, seconds=60.0)
CHECK = Task("check", [PNG], {}, AMPLE)


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    lane = Lane(100)
    yield lane
    lane.close()


async def begun(lane: Lane, task: Task = CHECK) -> tuple[asyncio.Task[bool], int]:
    """Give a task to a process that is stopped and so never answers. Return both."""
    lane.warm()
    pid = lane.pid
    assert pid is not None  # just started
    os.kill(pid, signal.SIGSTOP)
    work = asyncio.create_task(opened(lane, task))
    await asyncio.sleep(0)  # now it has sent its question
    return work, pid


async def opened(lane: Lane, task: Task = CHECK, *, first: bool = False) -> bool:
    return (await lane.run(task, first=first))[0].format == "PNG"


async def test_killed_worker_costs_nobody_a_picture(lane: Lane) -> None:
    work, pid = await begun(lane)
    behind = asyncio.create_task(opened(lane))
    os.kill(pid, signal.SIGKILL)
    assert await work
    assert await behind
    assert lane.pid not in (None, pid)


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGSEGV, "crash"), (signal.SIGPROF, "slow")])
async def test_worker_ended_by_its_file_is_not_tried_again(lane: Lane, number: signal.Signals, reason: str) -> None:
    work, pid = await begun(lane)
    behind = asyncio.create_task(opened(lane))
    os.kill(pid, number)
    os.kill(pid, signal.SIGCONT)
    with pytest.raises(BadPicture) as refused:
        await work
    assert refused.value.reason == reason
    assert await behind


async def test_hung_worker_is_replaced(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "GRACE", -59.9)
    work, pid = await begun(lane)
    monkeypatch.undo()
    assert await work
    assert lane.pid != pid


async def test_picture_whose_workers_are_killed_twice_is_refused() -> None:
    def stillborn(memory: int) -> WorkerProcess:
        process = WorkerProcess.start(memory)
        os.kill(process.pid, signal.SIGKILL)
        return process

    lane = Lane(100, start=stillborn)
    with pytest.raises(BadPicture) as refused:
        await lane.run(CHECK)
    assert refused.value.reason == "ended"
    lane.close()


async def test_result_takes_the_place_of_an_upload_which_is_opened_afterwards(lane: Lane) -> None:
    upload, pid = await begun(lane)
    waiting = asyncio.create_task(opened(lane))
    assert await opened(lane, first=True)
    assert not upload.done()
    assert await upload
    assert await waiting
    assert lane.pid != pid


async def test_result_waits_for_the_result_before_it(lane: Lane) -> None:
    lane.warm()
    before, after = (asyncio.create_task(opened(lane, first=True)) for _ in range(2))
    pid = lane.pid
    assert await before
    assert await after
    assert lane.pid == pid


async def test_cancelled_caller_keeps_nobody_waiting(lane: Lane) -> None:
    work, pid = await begun(lane)
    gone = asyncio.create_task(opened(lane))
    behind = asyncio.create_task(opened(lane))
    await asyncio.sleep(0)
    gone.cancel()
    work.cancel()
    assert await behind
    assert work.cancelled()
    assert gone.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_close_ends_a_hanging_worker_and_those_who_wait(lane: Lane) -> None:
    work, pid = await begun(lane)
    behind = asyncio.create_task(opened(lane))
    await asyncio.sleep(0)
    lane.close()
    with pytest.raises(RuntimeError):
        await work
    with pytest.raises(asyncio.CancelledError):
        await behind
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_idle_process_is_ended_and_another_started() -> None:
    ended = asyncio.Event()

    class Watched(WorkerProcess):
        def end(self) -> None:
            super().end()
            ended.set()

    lane = Lane(100, idle=0.0, start=Watched.start)
    assert await opened(lane)
    await ended.wait()
    assert lane.pid is None
    assert await opened(lane)
    lane.close()


async def test_missing_program_is_an_error_of_its_own() -> None:
    def missing(memory: int) -> WorkerProcess:
        raise FileNotFoundError(memory)

    lane = Lane(100, start=missing)
    lane.warm()
    with pytest.raises(FileNotFoundError):
        await lane.run(CHECK)
    lane.close()
