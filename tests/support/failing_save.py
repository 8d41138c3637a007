"""``python -m playground.redirect tests.support.failing_save STEP``: the real bot, in which a save fails once.

What the step did can't be saved at first, and then neither can the end of its workflow. The recovery looks every second
here, not every minute.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import bot.jobs.recovery as recovery
from bot.jobs.job import JobState
from bot.jobs.store import Jobs
from bot.jobs.workflows import Workflows
from bot.ledger import Ledger

NOT_SAVED: Final = "not saved:"
"""Begins the line in the log about the save that failed."""

SAVES: Final[dict[str, tuple[type, str, JobState | None]]] = {
    "prepare": (Jobs, "place", None),
    "submit": (Jobs, "move", JobState.SUBMITTED),
    "wait": (Jobs, "move", JobState.PAINTED),
    "deliver": (Jobs, "deliver", None),
    "settle": (Ledger, "settle", None),
}
"""By step, the method that saves what it did; and the state that it moves the job to, if that method moves it."""


def fails_once(owner: type, name: str, applies: Callable[..., bool], word: str) -> None:
    """Let a method fail the first time that ``applies`` is true of its arguments."""
    method: Callable[..., Awaitable[Any]] = getattr(owner, name)
    failed: list[bool] = []

    async def fail(self: Any, *arguments: Any, **options: Any) -> Any:
        if applies(*arguments) and not failed:
            failed.append(True)
            print(NOT_SAVED, word, file=sys.stderr, flush=True)
            raise ValueError("this save fails once")
        return await method(self, *arguments, **options)

    setattr(owner, name, fail)


def main(step: str) -> None:
    if step in SAVES:
        owner, name, state = SAVES[step]
        fails_once(owner, name, lambda *arguments: state is None or state in arguments, step)
        fails_once(Workflows, "end", lambda *_: True, "the end")
    for pause in ("EVERY", "SOON", "LONGEST"):
        setattr(recovery, pause, 1.0)
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[-1])
