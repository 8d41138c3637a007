"""What Retouch costs while nobody orders: memory, a little processor time, and the time from its start to READY."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench import process
from bench.contender import BARE, COLUMNS, RETOUCH, on_stage, start, stop
from bench.table import Table, ratio, spread
from playground.stage import Stage


@dataclass(frozen=True, slots=True)
class Rest:
    """One start of a process. Seconds to READY; MiB after it; milliseconds of processor time in an idle second."""

    ready: float
    memory: float = 0.0
    processor: float = 0.0


async def measure(folder: Path, *, rounds: int = 5, settle: float = 3.0, rest: float = 5.0) -> Table:
    """Start the two by turns, after a first start that does not count: it makes tables and fills the disk's cache.

    ``settle``: seconds from READY to the look at the memory; ``rest``: seconds over which the processor time is taken.
    """
    lives: defaultdict[str, list[Rest]] = defaultdict(list)
    async with on_stage(folder / "ours") as ours, on_stage(folder / "theirs") as theirs:
        for number in range(rounds + 1):
            for contender, stage in ((RETOUCH, ours), (BARE, theirs)):
                ready = await start(stage, contender)
                if number:
                    lives[contender.key].append(await _look(stage, ready, settle, rest))
                await stop(stage)
    return _table(lives["retouch"], lives["bare"], rounds, settle)


async def _look(stage: Stage, ready: float, settle: float, rest: float) -> Rest:
    if not process.MEASURABLE:
        return Rest(ready)
    await asyncio.sleep(settle)
    memory = process.memory(stage.pid)
    before = process.processor(stage.pid)
    await asyncio.sleep(rest)
    return Rest(ready, memory, (process.processor(stage.pid) - before) * 1000 / rest)


def _table(ours: list[Rest], theirs: list[Rest], rounds: int, settle: float) -> Table:
    figures = [("process start to READY", "s", [run.ready for run in ours], [run.ready for run in theirs])]
    if process.MEASURABLE:
        figures += [
            ("resident memory, idle", "MiB", [run.memory for run in ours], [run.memory for run in theirs]),
            ("processor, idle", "ms/s", [run.processor for run in ours], [run.processor for run in theirs]),
        ]
    notes = f"Medians (least to most) of {rounds} starts each, by turns; memory {settle:g} s after READY."
    if not process.MEASURABLE:
        notes += " Memory and processor time are measured on Linux only."
    rows = tuple((figure, spread(a, unit), spread(b, unit), ratio(a, b)) for figure, unit, a, b in figures)
    return Table("Idle", notes, COLUMNS, rows)
