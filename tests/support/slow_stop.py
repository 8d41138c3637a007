"""``… slow_stop``: the real bot, which would wait very long for its running steps.

So a stop that ends at all did not wait, and no test needs to measure how long it took.
"""

from __future__ import annotations

import runpy
import sys
from functools import partialmethod
from typing import Any

from bot.jobs.engine import Engine

if __name__ == "__main__":
    unhurried: Any = partialmethod(Engine.running, drain=3600.0)
    Engine.running = unhurried  # type: ignore[method-assign]  # the difference
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
