"""``… other_languages FOLDER``: the real bot, with the languages of another folder."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from bot import i18n

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    i18n.LOCALES = tuple(sorted(file.stem for file in folder.glob("*.ftl")))  # type: ignore[misc]  # read at the start
    i18n.Phrases.__init__.__defaults__ = (folder,)
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
