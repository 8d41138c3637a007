"""``python -m playground.redirect tests.support.failing_save STEP``: the real bot, in which a save fails once.

The step's result can't be saved at first, and then neither can the end of its workflow. The recovery looks every second
here, not every minute.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any, Final

import bot.jobs.recovery as recovery
from bot.jobs.workflows import SavedStep, Workflow, Workflows

NOT_SAVED: Final = "not saved:"
"""Begins the line in the log about the save that failed."""

_save_step = Workflows.save
_save_end = Workflows.end
_step = sys.argv[-1]
_failing: list[str] = []
"""The workflow's id once its step could not be saved, and again once its end could not."""


async def _fail_step(self: Workflows, workflow: Workflow, number: int, step: SavedStep) -> SavedStep | None:
    if step.name == _step and not _failing:
        _failing.append(workflow.id)
        print(NOT_SAVED, _step, file=sys.stderr, flush=True)
        raise ValueError("this save fails once")
    return await _save_step(self, workflow, number, step)


async def _fail_end(self: Workflows, workflow: Workflow, how: Any) -> None:
    if _failing == [workflow.id]:
        _failing.append(workflow.id)
        raise ValueError("this save fails once")
    await _save_end(self, workflow, how)


if __name__ == "__main__":
    Workflows.save = _fail_step  # type: ignore[method-assign]  # that is the breakage
    Workflows.end = _fail_end  # type: ignore[method-assign]  # as above
    for name in ("EVERY", "SOON", "LONGEST"):
        setattr(recovery, name, 1.0)
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
