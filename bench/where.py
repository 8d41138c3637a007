"""Where the processor time of a picture goes: by threads, and by the package of the code that ran."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import process
from bench.contender import LOOP, RETOUCH, Contender, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.orders import Pace, place
from bench.pictures import photo
from bench.readings import next_line, probed
from bench.table import Table
from playground.stage import Stage

Split = dict[str, dict[str, float]]
"""Milliseconds a picture, by ``threads`` and by ``packages``."""

ROWS: Final = 14
"""Packages that have a row of their own, those that cost most in Retouch."""

COLUMNS: Final = ("where", "Retouch", "share", "sample loop")


async def measure(
    folder: Path, *, jobs: int = 60, per_second: float = 2.0, painting: float = 3.0, patience: float = 120.0
) -> Table:
    """Measure so many orders of each bot, with a probe in its process."""
    splits = {}
    for contender in (RETOUCH, LOOP):
        async with on_stage(folder / contender.key, seconds=(painting,), orders=jobs) as stage:
            file = folder / f"{contender.key}.jsonl"
            splits[contender.key] = await _run(stage, contender, file, Pace(jobs, per_second), patience)
    notes = (
        f"{jobs} orders, {per_second:g} a second; milliseconds a picture. A probe in the process looks at each thread "
        "after each 5 ms, and counts its processor time for the code that it runs just then (Python's own by module); "
        "the probe's own time is left out. Time in C counts for the Python code that called it; of "
        "worker processes only the sum is known."
    )
    return Table("Where the processor time goes", notes, COLUMNS, _rows(splits[RETOUCH.key], splits[LOOP.key]))


async def _run(stage: Stage, contender: Contender, file: Path, pace: Pace, patience: float) -> Split:
    crowd = guests(stage, min(pace.orders, 20))
    await start(stage, probed(contender, "processor", file))
    before = await next_line(file)
    worker = _of_workers(stage.pid)
    gallery = Gallery(stage)
    placed = await place(crowd, stage.world.channel("photos"), photo(1600, 1200), pace)
    await gallery.until(lambda: all(gallery.waited(order) is not None for order in placed), patience)
    await asyncio.sleep(1.0)
    after = await next_line(file)
    worker = _of_workers(stage.pid) - worker
    await stop(stage)
    split = {
        kind: {name: (used - before[kind].get(name, 0.0)) * 1000 / pace.orders for name, used in after[kind].items()}
        for kind in ("threads", "packages")
    }
    for parts in split.values():
        parts["worker processes"] = worker * 1000 / pace.orders
    return split


def _of_workers(pid: int) -> float:
    return process.of_children(pid) if process.MEASURABLE else 0.0


def _rows(ours: Split, theirs: Split, limit: int = ROWS) -> tuple[tuple[str, ...], ...]:
    rows = [_row("all", [sum(split["threads"].values()) for split in (ours, theirs)], ours)]
    for kind, label in (("threads", "thread"), ("packages", "package")):
        names = sorted(_noticed(ours[kind]) | _noticed(theirs[kind]), key=lambda name: -ours[kind].get(name, 0.0))
        rows += [
            _row(f"{label} {name}", [split[kind].get(name, 0.0) for split in (ours, theirs)], ours)
            for name in names[:limit]
        ]
        if rest := (ours[kind].keys() | theirs[kind].keys()) - set(names[:limit]):
            sums = [sum(split[kind].get(name, 0.0) for name in rest) for split in (ours, theirs)]
            rows.append(_row(f"{label}s, {len(rest)} others", sums, ours))
    return tuple(rows)


def _noticed(used: dict[str, float]) -> set[str]:
    """Return the names of what used a hundredth of the time or more."""
    return {name for name, spent in used.items() if spent >= sum(used.values()) / 100}


def _row(name: str, used: Sequence[float], ours: Split) -> tuple[str, ...]:
    whole = sum(ours["threads"].values())
    return (name, f"{used[0]:.1f} ms", f"{used[0] / whole * 100:.0f} %" if whole else "–", f"{used[1]:.1f} ms")
