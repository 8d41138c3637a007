"""The durable engine behind a small door: ``submit``, ``cancel``, ``status``, ``run``. Everything DBOS is in here.

A job is a workflow with the job's id; each step's result is saved before the next begins, so that after a crash the
job goes on with the step after the last one that is true. https://docs.dbos.dev/python/tutorials/workflow-tutorial
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal, TypeVar, get_args

from dbos import DBOS, SetWorkflowID, StepOptions, WorkflowStatusString

from bot.errors import RetouchError, Unavailable, freeze, thaw
from bot.jobs.engine_settings import configuration, quieten_log
from bot.jobs.priority import CommandPriority
from bot.jobs.setback import Endure, Hold, Setback
from bot.jobs.slot import SLOT, Slot
from bot.sqlite_scrub import empty_log_soon, vacuum

T = TypeVar("T")
WorkflowPhase = Literal["paint", "found"]
JobWorkflow = Callable[[str, WorkflowPhase], Awaitable[None]]
EngineState = Literal["waiting", "running", "done", "broken", "cancelled"]

_STATES: Final[dict[str, EngineState]] = {
    WorkflowStatusString.ENQUEUED.value: "waiting",
    WorkflowStatusString.DELAYED.value: "waiting",
    WorkflowStatusString.PENDING.value: "running",
    WorkflowStatusString.SUCCESS.value: "done",
    WorkflowStatusString.ERROR.value: "broken",
    WorkflowStatusString.MAX_RECOVERY_ATTEMPTS_EXCEEDED.value: "broken",
    WorkflowStatusString.CANCELLED.value: "cancelled",
}

_ENDED: Final = [status for status, state in _STATES.items() if state in ("done", "broken", "cancelled")]

SHOW_AFTER: Final = 3.0
"""Seconds without the slot after which a job's card says what is waited for."""

_log = logging.getLogger(__name__)


class Engine:
    """Runs workflows. ``life`` is the id of this process: a step that finds another id knows of a crash."""

    def __init__(
        self, number: int = SLOT, command_priority: CommandPriority | None = None, slot: Slot | None = None
    ) -> None:
        self._command_priority = command_priority or CommandPriority()
        self._slot = slot or Slot()
        self.life: Final = uuid.uuid4().hex
        self._queue: Final = f"edits-{number}"
        self._executor: Final = f"slot-{number}"
        self._closing = asyncio.Event()
        self._steps: set[asyncio.Future[None]] = set()
        self._running: set[str] = set()
        """The ids of the workflows that this process is running now."""
        self._workflow: Callable[[str, WorkflowPhase], Coroutine[Any, Any, None]] | None = None
        self._file: str | None = None
        self._log_is_full = False
        self._endure: Endure | None = None

    @asynccontextmanager
    async def running(
        self, url: str, workflow: JobWorkflow, *, at_once: int, drain: float = 10.0, endure: Endure | None = None
    ) -> AsyncIterator[None]:
        """Launch the engine, resume what was in flight, and at the end let running steps finish for ``drain`` seconds.

        Where another process has taken over, running steps are not waited for: it runs these workflows by now.

        ``at_once`` jobs run at a time; the rest waits in order. Work is enqueued, never started directly: started
        work would be recovered through a queue that every process reads. The first workflow on a fresh database begins
        up to 1.2 s late: DBOS looks for new queues once a second (``queue_thread``), for work in known ones each 0.2 s.
        """
        quieten_log()
        self._endure = endure

        async def run_workflow(job_id: str, phase: WorkflowPhase) -> None:
            self._running.add(workflow_id := _workflow_id(job_id, phase))
            try:
                await workflow(job_id, phase)
            finally:
                self._running.discard(workflow_id)

        self._file = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else None
        self._workflow = DBOS.workflow(name="story", max_recovery_attempts=None)(run_workflow)
        DBOS(config=configuration(url, self._executor))
        DBOS.listen_queues([self._queue])
        DBOS.launch()  # inside the loop, which DBOS then adopts for the workflows
        try:
            await DBOS.register_queue_async(self._queue, worker_concurrency=at_once, polling_interval_sec=0.2)
            yield
        finally:
            self._closing.set()
            if self._steps:
                await asyncio.wait(self._steps, timeout=0.0 if self._slot.gone.is_set() else drain)
            with ThreadPoolExecutor(1) as threads:  # the loop's own threads belong to DBOS and go with it
                await asyncio.get_running_loop().run_in_executor(threads, partial(DBOS.destroy, destroy_registry=True))

    @property
    def is_running(self) -> bool:
        """Return whether workflows run, and new ones are taken."""
        return self._workflow is not None and not self._closing.is_set()

    async def submit(self, job_id: str, phase: WorkflowPhase = "paint") -> None:
        """Add a phase of the job's workflow to the queue; may be repeated. A closing engine leaves it to the next."""
        if self._closing.is_set():
            _log.info("job %s: left to the next process", job_id)
            return
        assert self._workflow is not None  # only a running engine is handed to anybody
        with SetWorkflowID(_workflow_id(job_id, phase)):
            await DBOS.enqueue_workflow_async(self._queue, self._workflow, job_id, phase)

    async def cancel(self, job_id: str) -> None:
        """Stop the workflow before its next step. The caller cleans up after it."""
        await DBOS.cancel_workflow_async(job_id)

    async def status(self, job_id: str, phase: WorkflowPhase = "paint") -> EngineState | None:
        """Return the state of a phase of the job's workflow, or None where the engine does not know it."""
        status = await DBOS.get_workflow_status_async(_workflow_id(job_id, phase))
        return _STATES[status.status] if status else None

    async def abandoned(self) -> list[str]:
        """Return the ids of the workflows that the engine takes for running but this process does not run.

        Their last save failed. A workflow that has only just begun may be among them.
        """
        running = await DBOS.list_workflows_async(
            status=WorkflowStatusString.PENDING.value, name="story", load_input=False, load_output=False
        )
        return [workflow.workflow_id for workflow in running if workflow.workflow_id not in self._running]

    async def resume(self, workflow_id: str) -> None:
        """Run an abandoned workflow on from its last saved step. A workflow that has ended stays ended."""
        await DBOS.resume_workflow_async(workflow_id, queue_name=self._queue)

    async def purge(self, *, before: float, keep: Collection[str], at_a_time: int = 200) -> int:
        """Delete the workflows that ended before a moment (Unix seconds), except those of the jobs in ``keep``.

        Return how many were deleted. A workflow that has not ended is never touched. Works in batches of ``at_a_time``,
        each a transaction.
        """
        forgotten = skipped = 0
        until = datetime.fromtimestamp(before, UTC).isoformat()
        while True:
            ended = await DBOS.list_workflows_async(
                status=_ENDED,
                completed_before=until,
                limit=at_a_time,
                offset=skipped,
                load_input=False,
                load_output=False,
            )
            old = [
                workflow.workflow_id for workflow in ended if workflow.workflow_id.removesuffix("-found") not in keep
            ]
            if old:
                await DBOS.delete_workflows_async(old)
            forgotten += len(old)
            skipped += len(ended) - len(old)
            if len(ended) < at_a_time:
                if forgotten:
                    await self._scrub()
                return forgotten

    async def forget(self, job_ids: Sequence[str], at_a_time: int = 200) -> None:
        """Delete the workflows of these jobs, all of which have ended: their steps hold addresses at ToAPIs.

        A workflow ends a moment after its job, and after a crash it runs once more. Until it has ended it is cancelled
        first: the step that it is in can save nothing any more, and so leaves nothing behind.
        """
        workflow_ids = [_workflow_id(job_id, phase) for job_id in job_ids for phase in get_args(WorkflowPhase)]
        forgotten = 0
        for first in range(0, len(workflow_ids), at_a_time):
            known = await DBOS.list_workflows_async(
                workflow_ids=workflow_ids[first : first + at_a_time], load_input=False, load_output=False
            )
            if running := [workflow.workflow_id for workflow in known if workflow.status not in _ENDED]:
                await DBOS.cancel_workflows_async(running)
            if known:
                await DBOS.delete_workflows_async([workflow.workflow_id for workflow in known])
            forgotten += len(known)
        if forgotten:
            await self._scrub()

    async def _scrub(self) -> None:
        """Clear the SQLite file of what was forgotten (``bot.sqlite_scrub``). Steps wait meanwhile."""
        if self._file is not None:
            await asyncio.to_thread(vacuum, self._file)
            self._log_is_full = not await empty_log_soon(self._file)

    async def empty_log(self) -> None:
        """End a scrubbing that a long reader held up. A chore of recovery."""
        if self._file is not None and self._log_is_full:
            self._log_is_full = not await empty_log_soon(self._file)

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
        await self._may_go_on(name)
        options = StepOptions(
            name=name, retries_allowed=True, max_attempts=attempts, interval_seconds=1.0, backoff_rate=2.0
        )
        hold = Hold(self._steps) if drained else None
        try:
            outcome = await DBOS.run_step_async(options, self._saved, name, step, hold, *arguments)
        finally:
            if hold is not None:
                hold.let_go()
        if "error" in outcome:
            raise thaw(outcome["error"])
        value: T = outcome["value"]
        return value

    async def _may_go_on(self, step: str) -> None:
        """Wait while another process may be running this workflow, and for ever in a process that closes."""
        if not self._slot.is_held:
            await self._until_slot_is_held(step)
        if self._closing.is_set():  # begin nothing that a closing process may not finish
            await asyncio.Event().wait()

    async def _until_slot_is_held(self, step: str) -> None:
        """Wait for the slot. After a few seconds show on the job's card that the database is waited for.

        Not where another process has the slot: that process shows how the job goes on.
        """
        held = asyncio.ensure_future(self._slot.mine())
        try:
            await asyncio.wait([held], timeout=SHOW_AFTER)
            if not held.done() and not self._slot.gone.is_set():
                await self._pause(step, Unavailable("database", "the slot's lock is lost"), 2, SHOW_AFTER)
            await held
        finally:
            held.cancel()

    async def _saved(
        self, name: str, step: Callable[..., Awaitable[Any]], hold: Hold | None, *arguments: Any
    ) -> dict[str, Any]:
        tries = 0
        first = 0.0
        while True:
            await self._command_priority.over()
            await self._may_go_on(name)
            if hold is not None:
                hold.take()
            try:
                return {"value": await step(*arguments)}
            except Exception as error:
                tries += 1
                first = first or time.monotonic()
                pause = await self._pause(name, error, tries, time.monotonic() - first)
                if pause is None and isinstance(error, RetouchError):
                    return {"error": freeze(error)}
                if hold is not None:
                    hold.let_go()  # there is nothing to save, and before the next try there is a pause
                if pause is None:
                    _log.exception("the step %s broke", step.__name__)  # the engine tries it again, and tells no reason
                    raise
            await asyncio.sleep(pause)

    async def _pause(self, step: str, error: Exception, tries: int, lasted: float) -> float | None:
        """Return the seconds until a step that met trouble is tried again, or None where the trouble stands."""
        if self._endure is None:
            return None
        job_id = str(DBOS.workflow_id).removesuffix("-found")
        return await self._endure(Setback(job_id, step, error, tries, lasted))


def _workflow_id(job_id: str, phase: WorkflowPhase) -> str:
    return job_id if phase == "paint" else f"{job_id}-{phase}"
