"""The durable engine: runs the workflow of each job until it has ended, and goes on with it after a crash.

1. ``submit`` writes the workflow's row. From then on it is run until it has ended, by this process or a later one.
2. After a crash the workflow runs once more from its top. What its steps achieved stands in the job's row, so that a
   workflow skips what is done: each step can be run twice.
3. Saved is only what no row tells: an error that ended the work, so that people are told the same after a crash, and
   the steps of ``run_once``.
4. A workflow that returned is marked as done, one that raised as broken. Neither runs again.

Nothing is asked of the database while nothing happens: a workflow begins when it is submitted, or when another has
ended. Only the process that holds the slot runs its workflows (``bot/jobs/slot.py``).
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, Final, Literal, TypeVar

from bot.database import Database
from bot.errors import thaw
from bot.jobs.priority import CommandPriority
from bot.jobs.setback import Endure
from bot.jobs.slot import Slot
from bot.jobs.step_runner import StepRunner
from bot.jobs.waiting_line import WaitingLine, in_turn
from bot.jobs.workflows import AT_A_TIME, Along, Ended, SavedStep, Workflow, WorkflowPhase, Workflows, workflow_id

PREPARED_AHEAD: Final = 4.0
"""Seconds of the paid calls that ToAPIs takes: so many orders are prepared for them at a time."""

T = TypeVar("T")
JobWorkflow = Callable[[str, WorkflowPhase], Awaitable[None]]
EngineState = Literal["waiting", "running"] | Ended

_log = logging.getLogger(__name__)

_current: Final[ContextVar[Workflow]] = ContextVar("workflow")


class Engine:
    """Runs workflows: ``line`` are those that wait for their turn."""

    def __init__(
        self,
        database: Database,
        command_priority: CommandPriority | None = None,
        slot: Slot | None = None,
        line: WaitingLine | None = None,
    ) -> None:
        self._slot = slot or Slot()
        self._workflows = Workflows(database, self._slot.number)
        self._steps = StepRunner(self._workflows, command_priority or CommandPriority(), self._slot, self._let_another)
        self.line: Final = WaitingLine() if line is None else line
        self.line.given_up = self._begin_waiting
        self._preparing: set[str] = set()
        self._in_hand: dict[str, Workflow] = {}
        """The workflows that wait or run here, by their ids."""
        self._strays: set[str] = set()
        """The ids of the open workflows that this process did not have at the last look."""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._at_once = 0
        self._prepare_at_once = 0
        self._usual: float | None = None
        self._context = Context()
        self._workflow: JobWorkflow | None = None

    @asynccontextmanager
    async def running(
        self,
        workflow: JobWorkflow,
        *,
        at_once: int,
        prepare_at_once: int | None = None,
        creates_a_second: float | None = None,
        drain: float = 10.0,
        endure: Endure | None = None,
    ) -> AsyncIterator[None]:
        """Go on with what has not ended, take new work, and at the end let running steps finish for ``drain`` seconds.

        Where another process has taken over, running steps are not waited for: it runs these workflows by now.
        ``at_once`` workflows run at a time, and ``prepare_at_once`` of them are not ``prepared``; the rest wait, and
        servers and members take turns. So nobody waits behind the many orders of another for the paid call, of which
        ToAPIs takes ``creates_a_second``. The queue is expected to move at that pace until its own was measured.
        """
        self._steps.endure = endure
        self._at_once = at_once
        ahead = at_once if creates_a_second is None else math.ceil(PREPARED_AHEAD * creates_a_second)
        self._prepare_at_once = prepare_at_once or ahead
        self._usual = creates_a_second
        await self._take_up_queue()
        self._workflow = workflow
        self._context = copy_context()
        self._begin_waiting()
        try:
            yield
        finally:
            self._steps.closing.set()
            await self._steps.let_finish(0.0 if self._slot.gone.is_set() else drain)
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    @property
    def is_running(self) -> bool:
        """Return whether workflows run, and new ones are taken."""
        return self._workflow is not None and not self._steps.closing.is_set()

    @property
    def under_way(self) -> int:
        """Return how many workflows run now, without those in ``line``."""
        return len(self._running)

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint", along: Along | None = None) -> None:
        """Take a phase of the job's workflow. Safe to repeat. A closing engine leaves it to the next process.

        ``along`` writes in the same transaction, also where the workflow is there already.
        """
        id_ = workflow_id(job_id, phase)
        workflow = self.line.expected(id_) or Workflow(id_, job_id, phase)
        is_new = await self._workflows.add(workflow, along)
        if self._steps.closing.is_set():
            _log.info("job %s: left to the next process", job_id)
        elif is_new:
            self._take([workflow])
            self._begin_waiting()

    async def drop(self, job_id: str) -> None:
        """End the workflow of a cancelled job that waits: it costs nobody a turn. One that has begun ends by itself."""
        workflow = self._in_hand.get(job_id)
        if workflow is not None and job_id not in self._running and self.line.remove(workflow):
            self._begin_waiting()
            await self._steps.end(workflow, partial(self._workflows.end, workflow, "done"))
            self._in_hand.pop(job_id, None)

    async def take_up_strays(self) -> None:
        """Run the open workflows that this process does not have, and did not have at the last look either.

        A process that was taken over had accepted an order, and added its workflow a moment too late for this one.
        """
        open_ids = await self._workflows.unfinished_ids()
        strays = open_ids - self._in_hand.keys()
        if again := strays & self._strays:
            for workflow in await self._workflows.unfinished(again):
                _log.warning("workflow %s: no process runs it; it is taken up", workflow.id)
                self._take([workflow])
        self._strays = strays - again
        self._begin_waiting()

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        """Return the state of a phase of the job's workflow, or None where the engine does not know it."""
        id_ = workflow_id(job_id, phase)
        workflow = self._in_hand.get(id_)
        if workflow is not None and not workflow.is_deleted:
            return "running" if id_ in self._running else "waiting"
        state = await self._workflows.state(job_id, phase)
        return "waiting" if state == "open" else state

    async def purge(self, *, before: float, keep: Collection[str], at_a_time: int = AT_A_TIME) -> int:
        """Delete the workflows that ended before a moment (Unix seconds), except those of the jobs in ``keep``.

        Return how many were deleted. A workflow that has not ended is never touched. Works in batches of ``at_a_time``,
        each a transaction.
        """
        return await self._workflows.purge(before=before, keep=keep, at_a_time=at_a_time)

    async def forget(self, job_ids: Sequence[str], at_a_time: int = AT_A_TIME) -> None:
        """Delete the workflows of these jobs, all of which have ended.

        A workflow ends a moment after its job, and after a crash it runs once more. The step that it is in then is its
        last one, and saves nothing.
        """
        await self._workflows.forget(job_ids, at_a_time)
        for workflow in self._in_hand.values():
            workflow.is_deleted = workflow.is_deleted or workflow.job_id in job_ids

    def prepared(self) -> None:
        """Count the workflow that calls this as prepared: another may begin in its place."""
        self._let_another(_current.get())

    def _let_another(self, workflow: Workflow) -> None:
        self._preparing.discard(workflow.id)
        self._begin_waiting()

    def _take(self, workflows: Sequence[Workflow]) -> None:
        for workflow in workflows:
            self.line.add(workflow)
            self._in_hand[workflow.id] = workflow

    async def _take_up_queue(self) -> None:
        """Take what an earlier life left. What had begun begins first; the others keep their turns."""
        unfinished = await self._workflows.unfinished()
        begun = [workflow for workflow in unfinished if workflow.had_turn]
        waiting = [workflow for workflow in unfinished if not workflow.had_turn]
        if waiting:
            turns = await self._workflows.last_turns(min(workflow.created_at for workflow in waiting))
            waiting = in_turn(waiting, turns, begun)
        self._take([*begun, *waiting])

    def _begin_waiting(self) -> None:
        while (workflow := self.line.take(self._free)) is not None:
            self._preparing.add(workflow.id)
            # In the engine's context: a log's fields, say, of whoever submitted the workflow are not its own.
            self._running[workflow.id] = self._context.copy().run(asyncio.create_task, self._to_its_end(workflow))
        # Where others have to end first, nobody knows how long that takes before it was measured.
        self.line.settle(self._free, self._usual if len(self._running) < self._at_once else None)

    @property
    def _free(self) -> int:
        """Return how many workflows may begin now."""
        if not self.is_running:
            return 0
        return min(self._at_once - len(self._running), self._prepare_at_once - len(self._preparing))

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
            await self._steps.end(workflow, partial(self._workflows.end, workflow, how))
        finally:
            del self._running[workflow.id]
            self._in_hand.pop(workflow.id, None)
            self._preparing.discard(workflow.id)
            self._begin_waiting()

    async def run(
        self,
        name: str,
        step: Callable[..., Awaitable[T]],
        *arguments: Any,
        attempts: int = 6,
        drained: bool = True,
    ) -> T:
        """Run one step of a workflow, and return its value.

        Trouble that passes is waited out for as long as ``endure`` says. Then a RetouchError is saved and raised: after
        a crash the next step raises it at once. Anything else is tried again after 1, 2, 4 … seconds, ``attempts``
        times in all. A closing process does not wait for a step that is not ``drained``, which only reads.
        """
        workflow = _current.get()
        _go_on(workflow)
        await self._steps.may_go_on(workflow, name)
        return await self._steps.run(workflow, name, partial(step, *arguments), attempts, drained=drained)

    async def run_once(self, name: str, step: Callable[[str], Awaitable[None]], argument: str) -> None:
        """Run one step of a workflow as ``run`` does, and save that it was run: after a crash it is not run again."""
        workflow = _current.get()
        if not workflow.was_done(name):
            await self.run(name, step, argument)
            await self._steps.save(workflow, SavedStep(name, {"value": None}))


def _go_on(workflow: Workflow) -> None:
    """Raise the next error that an earlier life met, and CancelledError where the workflow was deleted."""
    if workflow.is_deleted:
        _log.info("workflow %s: it was deleted, so it takes no further step", workflow.id)
        raise asyncio.CancelledError
    error = workflow.next_error()
    if error is not None:
        raise thaw(error)
