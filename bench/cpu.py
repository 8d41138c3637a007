"""The processor time that a delivered picture costs, and how long its member waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from bench import process
from bench.contender import COLUMNS, LOOP, RETOUCH, Contender, on_stage, start, stop
from bench.gallery import Gallery
from bench.paintings import uniform
from bench.pictures import photo
from bench.prepared import even_durations, numbered
from bench.table import Table, ratio, spread
from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import Upload

AT_ONCE = 10
"""Orders that run at a time."""

PHOTO = (1600, 1200)

PATIENCE = 120.0
"""Seconds for a picture, before the bench gives up."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run. ``processor``: milliseconds for each delivered job. ``waits``: seconds from command to each picture."""

    processor: float
    waits: tuple[float, ...]


async def measure(
    folder: Path,
    *,
    jobs: int = 50,
    rounds: int = 2,
    seconds: tuple[float, float] = (3.0, 6.0),
    edge: int = 1024,
    quiet: float = 1.0,
) -> Table:
    """Measure ``jobs`` orders for each of the two, by turns. ``seconds``: how long painting ``edge`` pixels takes.

    ``quiet``: seconds after the last picture in which a bot cleans up; they count.
    """
    file = photo(*PHOTO)
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for number in range(rounds):
        for contender in (RETOUCH, LOOP):
            place = folder / f"{contender.key}-{number}"
            durations = even_durations(uniform(*seconds), jobs)
            async with on_stage(place, seconds=durations, edge=edge, orders=jobs) as stage:
                runs[contender.key].append(await _run(stage, contender, file, jobs, quiet))
    return _table(runs[RETOUCH.key], runs[LOOP.key], jobs=jobs, file=file, seconds=seconds)


async def _run(stage: Stage, contender: Contender, file: Upload, jobs: int, quiet: float) -> Run:
    await start(stage, contender)
    before = process.processor_of_all(stage.pid) if process.MEASURABLE else 0.0
    gallery = Gallery(stage)
    slots = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        waits = [group.create_task(_order(stage, gallery, slots, file, number)) for number in range(jobs)]
    await asyncio.sleep(quiet)
    used = process.processor_of_all(stage.pid) - before if process.MEASURABLE else 0.0
    await stop(stage)
    return Run(used * 1000 / jobs, tuple(wait.result() for wait in waits))


async def _order(stage: Stage, gallery: Gallery, slots: asyncio.Semaphore, file: Upload, number: int) -> float:
    async with slots:
        ana = Member(stage.world, "Ana")
        photos = stage.world.channel("photos")
        order = await ana.command(photos, "edit", image=file, prompt=numbered(number))
        await gallery.until(lambda: gallery.waited(order) is not None, PATIENCE)
        wait = gallery.waited(order)
        assert wait is not None  # the line above waited for it
        return wait


def _table(ours: list[Run], theirs: list[Run], *, jobs: int, file: Upload, seconds: tuple[float, float]) -> Table:
    rows = []
    if process.MEASURABLE:
        a, b = ([run.processor for run in runs] for runs in (ours, theirs))
        rows.append(("processor time a picture", spread(a, "ms"), spread(b, "ms"), ratio(a, b)))
    a, b = ([wait for run in runs for wait in run.waits] for runs in (ours, theirs))
    rows.append(("from the command to the picture", spread(a, "s"), spread(b, "s"), ratio(a, b)))
    notes = (
        f"{len(ours)} runs each, by turns, of {jobs} orders, {AT_ONCE} at a time; a JPEG of {PHOTO[0]} x {PHOTO[1]} "
        f"({len(file.data) / 1e6:.1f} MB), results of 1024 x 1024; painting takes {seconds[0]:g} to {seconds[1]:g} s."
    )
    if not process.MEASURABLE:
        notes += " Processor time is measured on Linux only."
    return Table("A picture", notes, COLUMNS, tuple(rows))
