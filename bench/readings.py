"""What a probe wrote (``bench/probe.py``): read from its file while the bot runs, or after."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bench.contender import Contender

Line = dict[str, Any]


def probed(contender: Contender, what: str, file: Path) -> Contender:
    """Return the contender with a probe in its process that writes to this file."""
    return Contender(contender.key, ("bench.probe", what, str(file), *(contender.module or ("bot",))))


def lines(file: Path) -> list[Line]:
    """Return the whole lines of the file, oldest first."""
    if not file.exists():
        return []
    text = file.read_text()
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


async def next_line(file: Path) -> Line:
    """Wait for a line that is not there yet, and return it: what happened until now is in it."""
    known = len(lines(file))
    while len(present := lines(file)) == known:  # noqa: ASYNC110 - another process writes the file
        await asyncio.sleep(0.1)
    return present[-1]


def lateness(file: Path, begin: float, end: float) -> list[float]:
    """Return the seconds by which the loop was late, at each beat between two moments, by lines of about a second."""
    return [late for line in lines(file) if begin <= line["at"] <= end for late in line["late"]]
