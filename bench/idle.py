"""What Retouch costs while nobody orders: memory, a little processor time, and the time from its start to READY."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench import process
from bench.contender import COLUMNS, LOOP, RETOUCH, on_stage, start, stop
from bench.table import Table, ratio, spread
from playground.stage import Stage


@dataclass(frozen=True, slots=True)
class Life:
    """One start of a process: seconds to READY, and MiB after it."""

    ready: float
    memory: float = 0.0


async def measure(folder: Path, *, rounds: int = 5, settle: float = 3.0, rest: float = 65.0) -> Table:
    """Start the two by turns, after a first start that does not count: it makes tables and fills the disk's cache.

    ``settle``: seconds from READY to the look at the memory. At last both rest for ``rest`` seconds, over which their
    processor time is taken: longer than a minute, since what comes once a minute belongs to it.
    """
    lives: defaultdict[str, list[Life]] = defaultdict(list)
    async with on_stage(folder / "ours") as ours, on_stage(folder / "theirs") as theirs:
        for number in range(rounds + 1):
            for contender, stage in ((RETOUCH, ours), (LOOP, theirs)):
                ready = await start(stage, contender)
                if number:
                    lives[contender.key].append(await _look(stage, ready, settle))
                await stop(stage)
        used = await _rest(ours, theirs, settle, rest)
    return _table(lives[RETOUCH.key], lives[LOOP.key], used, settle, rest)


async def _look(stage: Stage, ready: float, settle: float) -> Life:
    if not process.MEASURABLE:
        return Life(ready)
    await asyncio.sleep(settle)
    return Life(ready, process.memory(stage.pid))


async def _rest(ours: Stage, theirs: Stage, settle: float, rest: float) -> tuple[float, float]:
    """Return the milliseconds of processor time that each uses in an idle second."""
    if not process.MEASURABLE:
        return 0.0, 0.0
    await start(ours, RETOUCH)
    await start(theirs, LOOP)
    await asyncio.sleep(settle)
    before = [process.processor(stage.pid) for stage in (ours, theirs)]
    began = time.perf_counter()
    await asyncio.sleep(rest)
    passed = time.perf_counter() - began
    own, loop = (
        (process.processor(stage.pid) - used) * 1000 / passed
        for stage, used in zip((ours, theirs), before, strict=True)
    )
    await stop(ours)
    await stop(theirs)
    return own, loop


def _table(ours: list[Life], theirs: list[Life], used: tuple[float, float], settle: float, rest: float) -> Table:
    figures = [("process start to READY", "s", [run.ready for run in ours], [run.ready for run in theirs])]
    if process.MEASURABLE:
        figures.append(("resident memory, idle", "MiB", [run.memory for run in ours], [run.memory for run in theirs]))
    rows = [(figure, spread(a, unit), spread(b, unit), ratio(a, b)) for figure, unit, a, b in figures]
    notes = (
        f"Medians (least to most) of {len(ours)} starts each, by turns; memory {settle:g} s after READY; processor "
        f"time of {rest:g} s in which nothing happens. The answering bot is the sample loop's program with another "
        "command."
    )
    if process.MEASURABLE:
        own, loop = used
        rows.append(("processor, idle", f"{own:.2f} ms/s", f"{loop:.2f} ms/s", ratio([own], [loop])))
        rows.append(("processor, idle, of a core", f"{own / 10:.3f} %", f"{loop / 10:.3f} %", "–"))
    else:
        notes += " Memory and processor time are measured on Linux only."
    return Table("Idle", notes, COLUMNS, tuple(rows))
