"""Runs of the engine in a test: each begins on the same file, and ends as a stop or a kill."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.errors import RetouchError
from bot.jobs.engine import Engine, EngineState, JobWorkflow
from bot.jobs.workflows import WorkflowPhase

T = TypeVar("T")


@asynccontextmanager
async def life(
    engine: Engine, workflow: JobWorkflow, *, at_once: int = 8, drain: float = 0.0, **more: Any
) -> AsyncIterator[None]:
    """Run the engine. Whatever still runs at the end is gone, as after a kill, and writes nothing more."""
    async with engine.running(workflow, at_once=at_once, drain=drain, **more):
        yield


async def reaches(engine: Engine, job_id: str, state: EngineState, phase: WorkflowPhase = "paint") -> None:
    """Wait until a phase is in this state: the engine notes its end only after the workflow has returned."""
    for _ in range(1000):
        if await engine.status(job_id, phase) == state:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{job_id} is {await engine.status(job_id, phase)}, not {state}")


class InlineEngine:
    """An engine without memory or pauses: each step runs at once, and again if it fails."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def run(
        self,
        name: str,
        step: Callable[..., Awaitable[T]],
        *arguments: Any,
        attempts: int = 6,
        drained: bool = True,
    ) -> T:
        for left in reversed(range(attempts)):
            self.steps.append(name)
            try:
                value = await step(*arguments)
            except RetouchError:
                raise
            except Exception:
                if not left:
                    raise
            else:
                return value
        raise AssertionError("the last try returns or raises")

    async def run_once(self, name: str, step: Callable[[str], Awaitable[None]], argument: str) -> None:
        await self.run(name, step, argument)

    def prepared(self) -> None: ...
