"""The durable engine: runs the workflow of each job, and goes on with it after a crash.

1. ``submit`` writes the workflow's row. From then on it is run until it has ended, by this process or a later one.
2. ``run`` saves what a step returned, or the error that it ended with, before the next begins. After a crash the
   workflow runs once more from its top: a saved step is not run again, its outcome is returned.
3. A workflow that returned is marked as done, one that raised as broken. Neither runs again.

So a crash repeats the one step that it interrupted. Nothing is asked of the database while nothing happens: a workflow
begins when it is submitted, or when another has ended. Only the process that holds the slot runs its workflows
(``bot/jobs/slot.py``). Steps are known by their number: an order of steps is part of what is stored.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, Final, Literal, TypeVar

from bot.database import Database
from bot.errors import RetouchError, Unavailable, freeze, thaw
from bot.jobs import outage
from bot.jobs.priority import CommandPriority
from bot.jobs.setback import Endure, Hold, Setback
from bot.jobs.slot import SLOT, Slot
from bot.jobs.workflows import AT_A_TIME, Ended, SavedStep, Workflow, WorkflowPhase, Workflows, workflow_id

T = TypeVar("T")
JobWorkflow = Callable[[str, WorkflowPhase], Awaitable[None]]
EngineState = Literal["waiting", "running"] | Ended

STRAY_AFTER: Final = 60.0
"""Seconds after which an open workflow that this process does not have is taken for a stray."""

SHOW_AFTER: Final = 3.0
"""Seconds without the slot after which a job's card says what is waited for."""

_log = logging.getLogger(__name__)


_current: Final[ContextVar[Workflow]] = ContextVar("workflow")


class Engine:
    """Runs workflows. ``life`` is the id of this process: a step that finds another id knows of a crash."""

    def __init__(
        self,
        database: Database,
        number: int = SLOT,
        command_priority: CommandPriority | None = None,
        slot: Slot | None = None,
    ) -> None:
        self._workflows = Workflows(database, number)
        self._command_priority = command_priority or CommandPriority()
        self._slot = slot or Slot()
        self.life: Final = uuid.uuid4().hex
        self._closing = asyncio.Event()
        self._steps: set[asyncio.Future[None]] = set()
        self._waiting: deque[Workflow] = deque()
        self._in_hand: set[str] = set()
        """The ids of the workflows that wait or run here, or are just being added."""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._at_once = 0
        self._context = Context()
        self._workflow: JobWorkflow | None = None
        self._endure: Endure | None = None

    @asynccontextmanager
    async def running(
        self, workflow: JobWorkflow, *, at_once: int, drain: float = 10.0, endure: Endure | None = None
    ) -> AsyncIterator[None]:
        """Go on with what has not ended, take new work, and at the end let running steps finish for ``drain`` seconds.

        Where another process has taken over, running steps are not waited for: it runs these workflows by now.
        ``at_once`` workflows run at a time; the rest wait in order.
        """
        self._endure = endure
        self._at_once = at_once
        self._take(await self._workflows.unfinished())
        self._workflow = workflow
        self._context = copy_context()
        self._begin_waiting()
        try:
            yield
        finally:
            self._closing.set()
            if self._steps:
                await asyncio.wait(self._steps, timeout=0.0 if self._slot.gone.is_set() else drain)
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    @property
    def is_running(self) -> bool:
        """Return whether workflows run, and new ones are taken."""
        return self._workflow is not None and not self._closing.is_set()

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint") -> None:
        """Take a phase of the job's workflow. Safe to repeat. A closing engine leaves it to the next process."""
        workflow = Workflow(workflow_id(job_id, phase), job_id, phase)
        if self._closing.is_set():
            _log.info("job %s: left to the next process", job_id)
        elif workflow.id not in self._in_hand:
            self._in_hand.add(workflow.id)
            is_new = False
            try:
                is_new = await self._workflows.add(workflow)
            finally:
                self._in_hand.discard(workflow.id)
            if is_new:
                self._take([workflow])
                self._begin_waiting()

    async def take_up_strays(self) -> None:
        """Run the open workflows that this process does not have.

        A process that was taken over had accepted an order, and added its workflow a moment too late for this one.
        """
        strays = await self._workflows.unfinished(without=self._in_hand, age=STRAY_AFTER)
        strays = [workflow for workflow in strays if workflow.id not in self._in_hand]
        for workflow in strays:
            _log.warning("workflow %s: no process runs it; it is taken up", workflow.id)
        self._take(strays)
        self._begin_waiting()

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        """Return the state of a phase of the job's workflow, or None where the engine does not know it."""
        state = await self._workflows.state(job_id, phase)
        if state == "open":
            return "running" if workflow_id(job_id, phase) in self._running else "waiting"
        return state

    async def purge(self, *, before: float, keep: Collection[str], at_a_time: int = AT_A_TIME) -> int:
        """Delete the workflows that ended before a moment (Unix seconds), except those of the jobs in ``keep``.

        Return how many were deleted. A workflow that has not ended is never touched. Works in batches of ``at_a_time``,
        each a transaction.
        """
        return await self._workflows.purge(before=before, keep=keep, at_a_time=at_a_time)

    async def forget(self, job_ids: Sequence[str], at_a_time: int = AT_A_TIME) -> None:
        """Delete the workflows of these jobs, all of which have ended: their steps hold addresses at ToAPIs.

        A workflow ends a moment after its job, and after a crash it runs once more. The step that it is in then can
        save nothing any more, and so leaves nothing behind.
        """
        await self._workflows.forget(job_ids, at_a_time)

    def _take(self, workflows: Sequence[Workflow]) -> None:
        self._waiting.extend(workflows)
        self._in_hand.update(workflow.id for workflow in workflows)

    def _begin_waiting(self) -> None:
        while self._waiting and len(self._running) < self._at_once and self.is_running:
            workflow = self._waiting.popleft()
            # In the engine's context: a log's fields, say, of whoever submitted the workflow are not its own.
            self._running[workflow.id] = self._context.copy().run(asyncio.create_task, self._to_its_end(workflow))

    async def _to_its_end(self, workflow: Workflow) -> None:
        assert self._workflow is not None  # nothing begins before
        _current.set(workflow)
        how: Ended = "done"
        try:
            try:
                await self._workflow(workflow.job_id, workflow.phase)
            except Exception:  # noqa: BLE001 - recovery sees the broken workflow, and takes the job up
                _log.exception("job %s: its workflow broke", workflow.job_id)
                how = "broken"
            await self._until_saved(workflow, "end", partial(self._workflows.end, workflow, how))
        finally:
            del self._running[workflow.id]
            self._in_hand.discard(workflow.id)
            self._begin_waiting()

    async def run(
        self,
        name: str,
        step: Callable[..., Awaitable[T]],
        *arguments: Any,
        attempts: int = 6,
        drained: bool = True,
    ) -> T:
        """Run one step of a workflow: what it returns (JSON) is saved, and after a crash it is not run again.

        Trouble that passes is waited out for as long as ``endure`` says. Then a RetouchError is an outcome like any
        other: saved, then raised. Anything else is tried again after 1, 2, 4 … seconds, ``attempts`` times in all. So
        every step must be safe to run twice. A closing process does not wait for a step that is not ``drained``, which
        only reads.
        """
        workflow = _current.get()
        saved = workflow.next_saved(name)
        if saved is None:
            await self._may_go_on(workflow, name)
            saved = await self._run_and_save(workflow, name, partial(step, *arguments), attempts, drained=drained)
        if "error" in saved.outcome:
            raise thaw(saved.outcome["error"])
        value: T = saved.outcome["value"]
        return value

    async def _run_and_save(
        self, workflow: Workflow, name: str, step: Callable[[], Awaitable[Any]], attempts: int, *, drained: bool
    ) -> SavedStep:
        """Run a step and return it as it is saved. Raises CancelledError where the workflow was deleted."""
        hold = Hold(self._steps) if drained else None
        try:
            ended = SavedStep(name, await self._outcome(workflow, name, step, attempts, hold))
            save = partial(self._workflows.save, workflow, workflow.number, ended)
            saved = await self._until_saved(workflow, name, save)
            if saved is None:
                _log.info("workflow %s: it was deleted, so it takes no further step", workflow.id)
                raise asyncio.CancelledError
            return saved
        finally:
            if hold is not None:
                hold.let_go()

    async def _outcome(
        self, workflow: Workflow, name: str, step: Callable[[], Awaitable[Any]], attempts: int, hold: Hold | None
    ) -> dict[str, Any]:
        """Run a step until it has an outcome. Raises the error that it still meets after ``attempts``."""
        tries = 0
        unforeseen = 0
        first = 0.0
        while True:
            await self._command_priority.over()
            await self._may_go_on(workflow, name)
            if hold is not None:
                hold.take()
            try:
                # As it is read back after a crash, or the error that nothing can be read back.
                return {"value": json.loads(json.dumps(await step()))}
            except Exception as error:
                tries += 1
                first = first or time.monotonic()
                pause = await self._pause(workflow, name, error, tries, time.monotonic() - first)
                if pause is None and isinstance(error, RetouchError):
                    return {"error": freeze(error)}
                if hold is not None:
                    hold.let_go()  # there is nothing to save, and before the next try there is a pause
                if pause is None:
                    _log.exception("job %s: the step %s broke", workflow.job_id, name)
                    unforeseen += 1
                    pause = 2.0 ** (unforeseen - 1)
                    if unforeseen >= attempts:
                        raise
            await asyncio.sleep(pause)

    async def _until_saved(self, workflow: Workflow, step: str, save: Callable[[], Awaitable[T]]) -> T:
        """Save, and try again with growing pauses for as long as that fails: what was done must not be done again."""
        tries = 0
        first = time.monotonic()
        while True:
            try:
                return await save()
            except Exception as error:  # noqa: BLE001 - whatever it was: without the save the step would run again
                tries += 1
                _log.warning("job %s: %s can't be saved now: %s", workflow.job_id, step, error)
                away = Unavailable("database", "a step can't be saved")
                shown = await self._pause(workflow, step, away, tries, time.monotonic() - first)
            await asyncio.sleep(shown or outage.pause("database", tries))

    async def _may_go_on(self, workflow: Workflow, step: str) -> None:
        """Wait while another process may be running this workflow, and for ever in a process that closes."""
        if not self._slot.is_held:
            await self._until_slot_is_held(workflow, step)
        if self._closing.is_set():  # begin nothing that a closing process may not finish
            await asyncio.Event().wait()

    async def _until_slot_is_held(self, workflow: Workflow, step: str) -> None:
        """Wait for the slot. After a few seconds show on the job's card that the database is waited for.

        Not where another process has the slot: that process shows how the job goes on.
        """
        held = asyncio.ensure_future(self._slot.mine())
        try:
            await asyncio.wait([held], timeout=SHOW_AFTER)
            if not held.done() and not self._slot.gone.is_set():
                await self._pause(workflow, step, Unavailable("database", "the slot's lock is lost"), 2, SHOW_AFTER)
            await held
        finally:
            held.cancel()

    async def _pause(self, workflow: Workflow, step: str, error: Exception, tries: int, lasted: float) -> float | None:
        """Return the seconds until a step that met trouble is tried again, or None where the trouble stands."""
        if self._endure is None:
            return None
        return await self._endure(Setback(workflow.job_id, step, error, tries, lasted))
