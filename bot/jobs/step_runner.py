"""Runs a step of a workflow until it has an outcome, and saves an error. Waits out what passes by itself."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

from bot.errors import RetouchError, Unavailable, freeze
from bot.jobs import outage
from bot.jobs.priority import CommandPriority
from bot.jobs.setback import Endure, Hold, Setback
from bot.jobs.slot import Slot
from bot.jobs.workflows import SavedStep, Workflow, Workflows

T = TypeVar("T")

SHOW_AFTER: Final = 3.0
"""Seconds without the slot after which a job's card says what is waited for."""

_log = logging.getLogger(__name__)


class StepRunner:
    """Runs steps. ``held`` are those that a closing process waits for; ``delayed`` is called where one met trouble."""

    def __init__(
        self, workflows: Workflows, command_priority: CommandPriority, slot: Slot, delayed: Callable[[Workflow], None]
    ) -> None:
        self._workflows = workflows
        self._command_priority = command_priority
        self._slot = slot
        self._delayed = delayed
        self.closing = asyncio.Event()
        self.held: set[asyncio.Future[None]] = set()
        self.endure: Endure | None = None

    async def run(
        self, workflow: Workflow, name: str, step: Callable[[], Awaitable[T]], attempts: int, *, drained: bool
    ) -> T:
        """Run a step until it has an outcome. An error that we understand is saved, then raised.

        Raises the error that it still meets after ``attempts``, and CancelledError as ``save`` does.
        """
        hold = Hold(self.held) if drained else None
        try:
            return await self._value(workflow, name, step, attempts, hold)
        except RetouchError as error:
            await self.save(workflow, SavedStep(name, {"error": freeze(error)}))
            raise
        finally:
            if hold is not None:
                hold.let_go()

    async def let_finish(self, seconds: float) -> None:
        """Let the steps that run come to their end, and workflows that have no other step to theirs."""
        until = time.monotonic() + seconds
        while self.held and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self.held, timeout=left)

    async def end(self, workflow: Workflow, save: Callable[[], Awaitable[None]]) -> None:
        """Save the end of a workflow. A closing process waits for that: else its last step would be run again."""
        hold = Hold(self.held)
        hold.take()
        try:
            await self.until_saved(workflow, "end", save)
        finally:
            hold.let_go()

    async def save(self, workflow: Workflow, step: SavedStep) -> None:
        """Save a step. Raises CancelledError where the workflow was deleted."""
        if not await self.until_saved(workflow, step.name, partial(self._workflows.save, workflow, step)):
            _log.info("workflow %s: it was deleted, so it takes no further step", workflow.id)
            raise asyncio.CancelledError

    async def _value(
        self, workflow: Workflow, name: str, step: Callable[[], Awaitable[T]], attempts: int, hold: Hold | None
    ) -> T:
        tries = 0
        unforeseen = 0
        first = 0.0
        while True:
            await self._command_priority.over()
            await self.may_go_on(workflow, name)
            if hold is not None:
                hold.take()
            try:
                return await step()
            except Exception as error:
                tries += 1
                first = first or time.monotonic()
                self._delayed(workflow)  # whatever it waits for now, nobody else has to
                pause = await self._pause(workflow, name, error, tries, time.monotonic() - first)
                if pause is None and isinstance(error, RetouchError):
                    raise
                if hold is not None:
                    hold.let_go()  # there is nothing to save, and before the next try there is a pause
                if pause is None:
                    _log.exception("job %s: the step %s broke", workflow.job_id, name)
                    unforeseen += 1
                    pause = 2.0 ** (unforeseen - 1)
                    if unforeseen >= attempts:
                        raise
            await asyncio.sleep(pause)

    async def until_saved(self, workflow: Workflow, step: str, save: Callable[[], Awaitable[T]]) -> T:
        """Save, and try again with growing pauses for as long as that fails: what was done must not be done again."""
        tries = 0
        first = time.monotonic()
        while True:
            await self._command_priority.over()  # one writer at a time: who waits for an answer goes first
            try:
                return await save()
            except Exception as error:  # noqa: BLE001 - whatever it was: without the save the step would run again
                tries += 1
                _log.warning("job %s: %s can't be saved now: %s", workflow.job_id, step, error)
                away = Unavailable("database", "a step can't be saved")
                shown = await self._pause(workflow, step, away, tries, time.monotonic() - first)
            await asyncio.sleep(shown or outage.pause("database", tries))

    async def may_go_on(self, workflow: Workflow, step: str) -> None:
        """Wait while another process may be running this workflow, and for ever in a process that closes."""
        if not self._slot.is_held:
            await self._until_slot_is_held(workflow, step)
        if self.closing.is_set():  # begin nothing that a closing process may not finish
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
        if self.endure is None:
            return None
        return await self.endure(Setback(workflow.job_id, step, error, tries, lasted))
