"""An engine in memory: workflows run one after the other, can be killed at any step, and their saves can be lost."""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, TypeVar

from bot.database import Database
from bot.errors import RetouchError
from bot.jobs.engine import EngineState
from bot.jobs.workflows import Along, WorkflowPhase

T = TypeVar("T")
Workflow = tuple[str, WorkflowPhase]

_current: Final[contextvars.ContextVar[Workflow]] = contextvars.ContextVar("workflow")


class Killed(BaseException):
    """The process was killed. No step catches this."""


class MemoryEngine:
    """An engine that survives the restarts of one test. ``states`` are its workflows; ``errors`` and ``done``: what
    their steps ended with."""

    def __init__(self) -> None:
        self.states: dict[Workflow, EngineState] = {}
        self.errors: dict[Workflow, list[RetouchError]] = {}
        self.done: set[tuple[Workflow, str]] = set()
        self._repeated = 0
        self.database: Database | None = None
        """That of the present run."""
        self._dies_in: int | None = None
        self._before = False

    def lose(self) -> None:
        """Forget everything, as when an operator deletes the engine's file."""
        self.states.clear()
        self.errors.clear()
        self.done.clear()

    def die(self, steps: int, *, before: bool) -> None:
        """Set a kill after so many more steps: before the next one has an effect, or before it is saved."""
        self._dies_in = steps
        self._before = before

    def spare(self) -> None:
        """Cancel the planned kill."""
        self._dies_in = None

    async def run_workflow(
        self, workflow: Callable[[str, WorkflowPhase], Awaitable[None]], job_id: str, phase: WorkflowPhase
    ) -> None:
        """Run a workflow to its end. Raises Killed if the process is killed on the way."""
        _current.set((job_id, phase))
        self._repeated = 0
        await workflow(job_id, phase)
        self.states[job_id, phase] = "done"

    def waiting(self) -> list[Workflow]:
        """Return the workflows that have not ended, in the order in which they were submitted."""
        return [workflow for workflow, state in self.states.items() if state == "waiting"]

    async def run(self, name: str, step: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        errors = self.errors.setdefault(_current.get(), [])
        if self._repeated < len(errors):
            self._repeated += 1
            raise errors[self._repeated - 1]
        self._maybe_die(before=True)
        try:
            value = await step(*arguments)
        except RetouchError as error:
            self._maybe_die(before=False)
            errors.append(error)
            self._repeated += 1
            raise
        self._maybe_die(before=False)
        return value

    async def run_once(self, name: str, step: Callable[[str], Awaitable[None]], argument: str) -> None:
        place = (_current.get(), name)
        if place not in self.done:
            await self.run(name, step, argument)
            self.done.add(place)

    def _maybe_die(self, *, before: bool) -> None:
        if self._dies_in is None or before != self._before:
            return
        self._dies_in -= 1
        if self._dies_in < 0:
            self._dies_in = None
            raise Killed

    # What intake and recovery need of an engine

    def prepared(self) -> None: ...

    async def take_up_strays(self) -> None: ...

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint", along: Along | None = None) -> None:
        if along is not None and self.database is not None:
            async with self.database.write() as write:
                await along(write)
        self.states.setdefault((job_id, phase), "waiting")

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        return self.states.get((job_id, phase))

    async def purge(self, *, before: float, keep: Collection[str]) -> int:
        return 0
