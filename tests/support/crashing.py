"""``… crashing``: the real bot, in which every decryption of a server's key raises."""

from __future__ import annotations

import runpy
import sys
from typing import Any

from bot.guilds.api_keys import ApiKeys

_opened: Any = ApiKeys.opened


def _broken(self: ApiKeys, *arguments: Any) -> Any:
    key = _opened(self, *arguments)
    raise RuntimeError(f"nobody foresaw this of {key}")


if __name__ == "__main__":
    ApiKeys.opened = _broken  # type: ignore[assignment, method-assign]  # that is the breakage
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
