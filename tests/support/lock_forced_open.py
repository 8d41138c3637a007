"""``… lock_forced_open``: the real bot, with its lock forced open and without a fence.

Whatever other process there is, this one believes that it works alone. Only the job's own row still decides.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import runpy
import sys
from typing import Any


async def _yes(*_: object) -> bool:
    return True


async def _same_number(self: Any) -> str:
    """Return as if no other process had ever taken the lock."""
    await self._session.ask("INSERT INTO slots (slot, fence) VALUES (0, 1) ON CONFLICT (slot) DO NOTHING")
    self._slot.renew(math.inf)
    self._slot.take(1)
    return "mine"


def _force_open() -> None:
    """Force the lock open; do nothing on an earlier version of the bot, which had none."""
    if importlib.util.find_spec("bot.jobs.slot_lock") is not None:
        lock: Any = importlib.import_module("bot.jobs.slot_lock").SlotLock
        lock._is_locked = lock._holds = lock._is_current = _yes
        lock._number = _same_number


if __name__ == "__main__":
    _force_open()
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
