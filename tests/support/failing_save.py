"""``python -m playground.redirect tests.support.failing_save STEP``: the real bot, in which a save fails once.

The step's result can't be saved, and then neither can the end of its workflow: the engine takes it for running,
though nothing runs it. The recovery looks every second here, not every minute.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any, Final

from dbos._sys_db import SystemDatabase

import bot.jobs.recovery as recovery

NOT_SAVED: Final = "not saved:"
"""Begins the line in the log about the save that failed."""

_save_step: Any = SystemDatabase.record_operation_result
_save_end: Any = SystemDatabase.update_workflow_outcome
_step = sys.argv[-1]
_failing: list[str] = []
"""The workflow's id once its step could not be saved, and again once its end could not."""


def _fail_step(self: SystemDatabase, result: Any, *arguments: Any, **options: Any) -> Any:
    if result["function_name"] == _step and not _failing:
        _failing.append(result["workflow_uuid"])
        print(NOT_SAVED, _step, file=sys.stderr, flush=True)
        raise ValueError("this save fails once")
    return _save_step(self, result, *arguments, **options)


def _fail_end(self: SystemDatabase, workflow_id: str, *arguments: Any, **options: Any) -> Any:
    if _failing == [workflow_id]:
        _failing.append(workflow_id)
        raise ValueError("this save fails once")
    return _save_end(self, workflow_id, *arguments, **options)


if __name__ == "__main__":
    SystemDatabase.record_operation_result = _fail_step  # type: ignore[method-assign]  # that is the breakage
    SystemDatabase.update_workflow_outcome = _fail_end  # type: ignore[method-assign]  # as above
    for name in ("EVERY", "SOON", "ABANDONED_FOR", "LONGEST"):
        setattr(recovery, name, 1.0)
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
