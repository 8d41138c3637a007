"""The Engine: what a step brought outlives the process, an error that we understand is an outcome, twice is once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.errors import PolicyRefused, RateLimited, RetouchError
from bot.jobs.engine import Engine, EngineState
from bot.jobs.workflows import WorkflowPhase
from tests.support.engine_runs import life, reaches
from tests.support.sqlite_leftovers import leave_scraps


class Told:
    """Stories that are told, what their steps did, and how they ended."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.ends: dict[str, Any] = {}
        self.over = asyncio.Condition()

    async def end(self, job_id: str, how: Any) -> None:
        async with self.over:
            self.ends[job_id] = how
            self.over.notify_all()

    async def until(self, *job_ids: str) -> None:
        async with self.over:
            await asyncio.wait_for(self.over.wait_for(lambda: self.ends.keys() >= set(job_ids)), 60)


async def test_a_story_is_told_to_its_end_with_what_its_steps_brought(engine_url: str) -> None:
    engine = Engine()
    told = Told()

    async def double(number: int) -> dict[str, int]:
        return {"twice": 2 * number}

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await told.end(job_id, (phase, await engine.run("double", double, 21)))

    async with life(engine, engine_url, story):
        assert await engine.status("job") is None
        await engine.submit("job")
        await told.until("job")
        await reaches(engine, "job", "done")
        assert await engine.status("job", "found") is None
    assert told.ends == {"job": ("paint", {"twice": 42})}


async def test_saved_step_outlives_the_process_and_is_not_run_again(engine_url: str) -> None:
    told = Told()
    dead = asyncio.Event()

    async def first(life: int) -> int:
        told.steps.append(f"first in life {life}")
        return life

    async def second(life: int) -> int:
        told.steps.append(f"second in life {life}")
        if life == 1:
            dead.set()
            await asyncio.Event().wait()
        return life

    for number in (1, 2):
        engine = Engine()

        async def story(job_id: str, phase: WorkflowPhase, engine: Engine = engine, number: int = number) -> None:
            kept = await engine.run("first", first, number)
            await told.end(job_id, (kept, await engine.run("second", second, number)))

        async with life(engine, engine_url, story):
            if number == 1:
                await engine.submit("job")
                await asyncio.wait_for(dead.wait(), 60)
            else:
                await told.until("job")
    assert told.steps == ["first in life 1", "second in life 1", "second in life 2"]
    assert told.ends == {"job": (1, 2)}


async def test_each_life_has_a_name_of_its_own() -> None:
    assert Engine().life != Engine().life


async def test_an_error_that_we_understand_is_an_outcome_and_not_tried_again(engine_url: str) -> None:
    engine = Engine()
    told = Told()

    async def refused() -> None:
        told.steps.append("refused")
        raise RateLimited("no", retry_after=3.5, request_id="id-7", limit=2)

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        try:
            await engine.run("refused", refused)
        except RetouchError as error:
            await told.end(job_id, error)

    async with life(engine, engine_url, story):
        await engine.submit("job")
        await told.until("job")
        await reaches(engine, "job", "done")
    error = told.ends["job"]
    assert isinstance(error, RateLimited)
    assert (error.detail, error.facts, error.retry_after, error.request_id) == ("no", {"limit": 2}, 3.5, "id-7")
    assert told.steps == ["refused"]


async def test_an_outcome_that_is_an_error_outlives_the_process_too(engine_url: str) -> None:
    told = Told()
    dead = asyncio.Event()

    async def refused() -> None:
        told.steps.append("refused")
        raise PolicyRefused("no")

    async def sleep() -> None:
        dead.set()
        await asyncio.Event().wait()

    for number in (1, 2):
        engine = Engine()

        async def story(job_id: str, phase: WorkflowPhase, engine: Engine = engine, number: int = number) -> None:
            try:
                await engine.run("refused", refused)
            except PolicyRefused as error:
                if number == 1:
                    await engine.run("sleep", sleep)
                await told.end(job_id, error.detail)

        async with life(engine, engine_url, story):
            if number == 1:
                await engine.submit("job")
                await asyncio.wait_for(dead.wait(), 60)
            else:
                await told.until("job")
    assert told.steps == ["refused"]
    assert told.ends == {"job": "no"}


async def test_trouble_that_nobody_foresaw_is_tried_again_and_then_raised(engine_url: str) -> None:
    engine = Engine()
    told = Told()

    async def passing() -> str:
        told.steps.append("passing")
        if told.steps.count("passing") == 1:
            raise OSError("of the moment")
        return "well"

    async def lasting() -> None:
        told.steps.append("lasting")
        raise OSError("for ever")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        if job_id == "passes":
            await told.end(job_id, await engine.run("passing", passing))
            return
        try:
            await engine.run("lasting", lasting, attempts=2)
        except Exception as error:
            await told.end(job_id, error)
            raise

    async with life(engine, engine_url, story):
        for job_id in ("passes", "lasts"):
            await engine.submit(job_id)
        await told.until("passes", "lasts")
        await reaches(engine, "passes", "done")
        await reaches(engine, "lasts", "broken")
    assert sorted(told.steps) == ["lasting", "lasting", "passing", "passing"]
    assert told.ends["passes"] == "well"
    assert "for ever" in str(told.ends["lasts"]) + str(vars(told.ends["lasts"]))


async def test_submitting_twice_tells_a_story_once_and_each_chapter_is_one(engine_url: str) -> None:
    engine = Engine()
    told = Told()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        told.steps.append(phase)
        await told.end(f"{job_id} {phase}", None)

    async with life(engine, engine_url, story):
        await asyncio.gather(*(engine.submit("job") for _ in range(3)))
        await told.until("job paint")
        await reaches(engine, "job", "done")
        await engine.submit("job")
        await engine.submit("job", "found")
        await told.until("job found")
        await reaches(engine, "job", "done", "found")
    assert told.steps == ["paint", "found"]


async def test_a_cancelled_story_takes_no_further_step(engine_url: str) -> None:
    engine = Engine()
    told = Told()
    begun = asyncio.Event()
    go_on = asyncio.Event()

    async def first() -> None:
        begun.set()
        await go_on.wait()

    async def second() -> None:
        told.steps.append("second")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        try:
            await engine.run("first", first)
            await engine.run("second", second)
        finally:
            await told.end(job_id, None)

    async with life(engine, engine_url, story):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        assert await engine.status("job") == "running"
        await engine.cancel("job")
        assert await engine.status("job") == "cancelled"
        go_on.set()
        await told.until("job")
    assert told.steps == []


async def test_only_at_once_jobs_run_and_the_rest_wait_in_order(engine_url: str) -> None:
    engine = Engine()
    told = Told()
    go_on = asyncio.Event()
    running: list[str] = []

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        running.append(job_id)
        await go_on.wait()
        await told.end(job_id, None)

    async with life(engine, engine_url, story, at_once=2):
        for number in range(4):
            await engine.submit(f"job {number}")
        await reaches(engine, "job 1", "running")
        assert await engine.status("job 2") == await engine.status("job 3") == "waiting"
        go_on.set()
        await told.until(*(f"job {number}" for number in range(4)))
    assert sorted(running[:2]) == ["job 0", "job 1"]


async def test_a_closing_process_lets_a_step_finish_and_begins_no_other(engine_url: str) -> None:
    engine = Engine()
    told = Told()
    begun = asyncio.Event()
    closing = asyncio.Event()

    async def paid() -> str:
        begun.set()
        await closing.wait()
        told.steps.append("paid")
        return "kept"

    async def after() -> None:
        told.steps.append("after")

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("paid", paid)
        await engine.run("after", after)

    async with life(engine, engine_url, story, drain=60.0):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        # The step goes on only once the engine is closing, which the end of this block begins.
        asyncio.get_running_loop().call_later(0.05, closing.set)
        before = time.monotonic()
    assert told.steps == ["paid"]
    assert time.monotonic() - before < 30  # nor does it wait for the step that it did not begin

    heir = Engine()

    async def again(job_id: str, phase: WorkflowPhase) -> None:
        brought = await heir.run("paid", paid)
        await heir.run("after", after)
        await told.end(job_id, brought)

    async with life(heir, engine_url, again):
        await told.until("job")
    assert told.steps == ["paid", "after"]
    assert told.ends == {"job": "kept"}


async def test_a_closing_process_does_not_wait_for_a_step_that_only_looks(engine_url: str) -> None:
    engine = Engine()
    begun = asyncio.Event()

    async def watch() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("watch", watch, drained=False)

    async with life(engine, engine_url, story, drain=60.0):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 60)
        before = time.monotonic()
    assert time.monotonic() - before < 30


async def test_job_submitted_to_a_closing_engine_is_left_to_the_next_process(engine_url: str) -> None:
    engine = Engine()

    async def story(job_id: str, phase: WorkflowPhase) -> None: ...

    async with life(engine, engine_url, story):
        pass
    await engine.submit("job")  # an answer that came while we stopped: nobody must be told that it went wrong
    heir = Engine()
    async with life(heir, engine_url, story):
        assert await heir.status("job") is None  # so recovery takes it up


@pytest.fixture
def either_url(database_url: str, engine_url: str) -> str:
    """Return the address of an engine's own file, or of its schema on a server."""
    return engine_url if database_url.startswith("sqlite") else database_url


async def test_finished_stories_are_purged_and_others_never(either_url: str) -> None:
    engine = Engine()
    told = Told()
    go_on = asyncio.Event()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        told.steps.append(job_id)
        if job_id == "breaks":
            raise OSError
        if job_id in ("runs", "cancelled"):
            await go_on.wait()

    async with life(engine, either_url, story, at_once=6):
        ended: dict[str, EngineState] = {
            "ends": "done",
            "breaks": "broken",
            "cancelled": "cancelled",
            "open": "done",
        }
        for job_id in (*ended, "runs"):
            await engine.submit(job_id)
        await engine.submit("ends", "found")
        await engine.submit("open", "found")
        await reaches(engine, "cancelled", "running")
        await engine.cancel("cancelled")
        for job_id, state in ended.items():
            await reaches(engine, job_id, state)
        await reaches(engine, "ends", "done", "found")
        await reaches(engine, "open", "done", "found")
        await reaches(engine, "runs", "running")
        assert await engine.purge(before=time.time() - 60, keep=set()) == 0
        assert await engine.purge(before=time.time() + 60, keep={"open"}) == 4
        assert [await engine.status(job_id) for job_id in ended] == [None, None, None, "done"]
        assert await engine.status("ends", "found") is None
        assert await engine.status("open", "found") == "done"
        assert await engine.status("runs") == "running"
        go_on.set()
        await reaches(engine, "runs", "done")


async def test_a_purge_goes_through_more_stories_than_it_takes_at_a_time(engine_url: str) -> None:
    engine = Engine()

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        return

    async with life(engine, engine_url, story):
        jobs = [f"job{number}" for number in range(7)]
        for job_id in jobs:
            await engine.submit(job_id)
        for job_id in jobs:
            await reaches(engine, job_id, "done")
        assert await engine.purge(before=time.time() + 60, keep={"job0", "job3"}, at_a_time=2) == 5
        assert [job_id for job_id in jobs if await engine.status(job_id)] == ["job0", "job3"]


async def test_the_stories_of_forgotten_jobs_go_with_all_that_their_steps_brought(
    either_url: str, engine_url: str
) -> None:
    engine = Engine()
    go_on, reached, over = (asyncio.Event() for _ in range(3))

    async def brings(job_id: str) -> str:
        return f"https://toapis.example/secret-{job_id}"

    async def lasts(job_id: str) -> str:
        reached.set()
        await go_on.wait()
        return f"https://toapis.example/secret-last-{job_id}"

    async def story(job_id: str, phase: WorkflowPhase) -> None:
        await engine.run("brings", brings, job_id)
        if job_id == "runs":
            try:
                await engine.run("lasts", lasts, job_id)
            finally:
                over.set()

    async with life(engine, either_url, story):
        for job_id in ("one", "two", "runs"):
            await engine.submit(job_id)
        await engine.submit("one", "found")
        for phase in get_args(WorkflowPhase):
            await reaches(engine, "one", "done", phase)
        await reaches(engine, "two", "done")
        await reached.wait()
        file = Path(engine_url.removeprefix("sqlite:///"))
        await asyncio.to_thread(leave_scraps, file)
        assert b"an old secret" in await asyncio.to_thread(file.read_bytes)
        await engine.forget(["one", "runs", "nobody"], at_a_time=1)
        assert await engine.status("one") is None
        assert await engine.status("one", "found") is None
        assert (await engine.status("two"), await engine.status("runs")) == ("done", None)
        go_on.set()
        await over.wait()  # its step came to an end, and nothing was kept of it
        assert await engine.status("runs") is None
        if either_url == engine_url:
            left = await asyncio.to_thread(file.read_bytes)
            assert b"secret-two" in left
            assert b"secret-one" not in left
            assert b"secret-runs" not in left
            assert b"secret-last-runs" not in left
            assert b"an old secret" not in left
