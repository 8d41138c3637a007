"""An engine in memory: stories are told one after the other, can be killed at any step, and their saves can be lost."""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, TypeVar

from bot.errors import RetouchError
from bot.jobs.engine import EngineState, WorkflowPhase

T = TypeVar("T")
Story = tuple[str, WorkflowPhase]

_telling: Final[contextvars.ContextVar[Story]] = contextvars.ContextVar("telling")


class Killed(BaseException):
    """The process died. No step catches it."""


class MemoryEngine:
    """Kept over the lives of one test. ``states`` are the stories that it knows; ``saved``, the steps that are over."""

    def __init__(self) -> None:
        self.states: dict[Story, EngineState] = {}
        self.saved: dict[tuple[Story, str], Any] = {}
        self.lives = 0
        self._dies_in: int | None = None
        self._before = False

    @property
    def life(self) -> str:
        """Which life this is."""
        return str(self.lives)

    def lose(self) -> None:
        """As an operator who deletes its file."""
        self.states.clear()
        self.saved.clear()

    def die(self, steps: int, *, before: bool) -> None:
        """After so many more steps the process dies: before the next one has an effect, or before it is saved."""
        self._dies_in = steps
        self._before = before

    def spare(self) -> None:
        """No death is planned any more."""
        self._dies_in = None

    async def tell(
        self, story: Callable[[str, WorkflowPhase], Awaitable[None]], job_id: str, phase: WorkflowPhase
    ) -> None:
        """Tells a story to its end. Raises Killed where the process dies on the way."""
        _telling.set((job_id, phase))
        await story(job_id, phase)
        self.states[job_id, phase] = "done"

    def waiting(self) -> list[Story]:
        """The stories that are not told to their ends, in the order in which they were submitted."""
        return [story for story, state in self.states.items() if state == "waiting"]

    async def run(self, name: str, step: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        place = (_telling.get(), name)
        if place not in self.saved:
            self._maybe_die(before=True)
            try:
                outcome: Any = await step(*arguments)
            except RetouchError as error:
                outcome = error
            self._maybe_die(before=False)
            self.saved[place] = outcome
        outcome = self.saved[place]
        if isinstance(outcome, RetouchError):
            raise outcome
        return outcome  # type: ignore[no-any-return]  # of this step, as it was saved

    def _maybe_die(self, *, before: bool) -> None:
        if self._dies_in is None or before != self._before:
            return
        self._dies_in -= 1
        if self._dies_in < 0:
            self._dies_in = None
            raise Killed

    # What intake and sweep ask of an engine

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint") -> None:
        self.states.setdefault((job_id, phase), "waiting")

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        return self.states.get((job_id, phase))

    async def untold(self) -> list[str]:
        return []

    async def purge(self, *, before: float, keep: Collection[str]) -> int:
        return 0
