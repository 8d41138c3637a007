"""``python -m playground.redirect tests.crashing``: the real bot, in which each create raises what nobody foresaw."""

from __future__ import annotations

import runpy
import sys
from typing import Any

import bot.toapis.client


def _broken(*_: Any) -> Any:
    raise RuntimeError("nobody foresaw this")


if __name__ == "__main__":
    bot.toapis.client.create_body = _broken  # type: ignore[assignment]  # it is what the client calls
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
