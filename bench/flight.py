"""Many jobs in flight in one process: what a job costs in memory, how late the event loop is, and how soon all jobs are
in their wait again after the process was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import process
from bench.contender import LOOP, RETOUCH, Contender, guests, on_stage, start
from bench.gallery import Gallery
from bench.orders import Outcome, Pace, outcomes, place
from bench.pictures import photo
from bench.readings import lateness, probed
from bench.table import Table, percentile
from playground.hooks import Call, Phase
from playground.stage import Stage

PAINTING: Final = 6 * 3600.0
"""Seconds: longer than any run."""

COLUMNS: Final = ("figure", "Retouch", "sample loop", "ratio")


@dataclass(frozen=True, slots=True)
class Flight:
    """A run. Memory in KiB a job, lateness in seconds at each beat, ``back``: seconds from the new start for each job
    that was asked about again, of so many ``known`` to ToAPIs; ``ready``: seconds until READY."""

    orders: tuple[Outcome, ...]
    tasks: int
    memory: float
    filling: tuple[float, ...]
    waiting: tuple[float, ...]
    ready: float
    known: int
    back: tuple[float, ...]


class Asked:
    """A hook of the stand-in ToAPIs: when each task was asked about for the first time since ``reset``."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}

    def reset(self) -> None:
        self.first.clear()

    async def __call__(self, phase: Phase, call: Call) -> None:
        if phase == "after" and call.method == "GET" and call.note:
            self.first.setdefault(call.note, time.perf_counter())


async def measure(
    folder: Path,
    *,
    jobs: int = 1000,
    per_second: float = 25.0,
    warm: int = 20,
    watched: float = 20.0,
    settle: float = 5.0,
    patience: float = 900.0,
    forgotten: float = 5.0,
) -> Table:
    """Measure ``jobs`` jobs beside the ``warm`` first ones. ``watched``: seconds of waiting in which lateness is taken.

    ``patience``: seconds until all tasks are there; ``forgotten``: seconds after which the loop counts as without jobs.
    """
    flights = {}
    for contender in (RETOUCH, LOOP):
        async with on_stage(folder / contender.key, seconds=(PAINTING,), edge=64, orders=jobs + warm) as stage:
            asked = Asked()
            stage.painter.hooks.append(asked)
            run = _Run(stage, contender, folder / f"{contender.key}.jsonl", asked, settle, patience)
            back_within = patience if contender is RETOUCH else forgotten
            flights[contender.key] = await run.flight(Pace(jobs, per_second), warm, watched, back_within)
    notes = (
        f"{jobs:,} orders at {per_second:g} a second, which are painted for hours. Memory: growth of the resident "
        f"memory, without the first {warm} jobs. Lateness of the event loop is measured in the bot's process, 50 "
        "times a second. Then the process is killed, and a new one is started: a job is in its wait again when "
        "ToAPIs was asked about it. The loop keeps nothing."
    )
    return Table(f"{jobs:,} jobs in flight", notes, COLUMNS, _rows(flights[RETOUCH.key], flights[LOOP.key], jobs))


@dataclass(frozen=True, slots=True)
class _Run:
    """A contender on its stage. Seconds."""

    stage: Stage
    contender: Contender
    file: Path
    asked: Asked
    settle: float
    patience: float

    async def flight(self, pace: Pace, warm: int, watched: float, back_within: float) -> Flight:
        stage = self.stage
        crowd = guests(stage, pace.orders + warm)
        await start(stage, probed(self.contender, "lateness", self.file))
        photos = stage.world.channel("photos")
        await place(crowd[:warm], photos, photo(640, 480), Pace(warm, pace.per_second), pace.orders)
        await self._tasks(warm)
        before = await self._memory()
        began = time.time()
        placed = await place(crowd[warm:], photos, photo(640, 480), pace)
        await self._tasks(warm + pace.orders)
        filled = time.time()
        after = await self._memory()
        rested = time.time()
        await asyncio.sleep(watched)
        orders = tuple(outcomes(stage, placed, Gallery(stage)))
        filling = tuple(lateness(self.file, began, filled))
        waiting = tuple(lateness(self.file, rested, time.time()))
        tasks = len(stage.painter.tasks) - warm
        ready, back = await self._again(back_within)
        growth = (after - before) * 1024 / max(1, tasks)
        return Flight(orders, tasks, growth, filling, waiting, ready, len(stage.painter.tasks), back)

    async def _tasks(self, count: int) -> None:
        """Wait until ToAPIs has so many tasks, or no new one for a minute: orders may have been refused."""
        tasks = self.stage.painter.tasks
        deadline = time.monotonic() + self.patience
        known = len(tasks)
        since = time.monotonic()
        while len(tasks) < count and time.monotonic() < min(deadline, since + 60):
            await asyncio.sleep(0.1)
            if len(tasks) > known:
                known = len(tasks)
                since = time.monotonic()

    async def _memory(self) -> float:
        await asyncio.sleep(self.settle)
        return process.memory(self.stage.pid) if process.MEASURABLE else float("nan")

    async def _again(self, within: float) -> tuple[float, tuple[float, ...]]:
        """Kill the process and start another; return the seconds until READY, and until each job was asked about."""
        stage = self.stage
        await stage.kill()
        await stage.discord.offline()
        self.asked.reset()
        wanted = len(stage.painter.tasks)
        began = time.perf_counter()
        ready = await start(stage, self.contender)
        with contextlib.suppress(TimeoutError):  # jobs that do not come back are seen in the table
            async with asyncio.timeout(min(within, 180.0)):
                while len(self.asked.first) < wanted:  # noqa: ASYNC110 - thousands come: not checked at each
                    await asyncio.sleep(0.05)
        back = sorted(at - began for at in self.asked.first.values())
        await stage.kill()
        return ready, tuple(back)


def _rows(ours: Flight, theirs: Flight, jobs: int) -> tuple[tuple[str, ...], ...]:
    rows = [
        ("tasks at ToAPIs", f"{ours.tasks:,} of {jobs:,}", f"{theirs.tasks:,} of {jobs:,}", "–"),
        ("failed interactions", *(str(sum(order.failed for order in run.orders)) for run in (ours, theirs)), "–"),
    ]
    answers = [[order.answered for order in run.orders] for run in (ours, theirs)]
    rows += [_row(f"answer p{share * 100:g}", [percentile(a, share) for a in answers]) for share in (0.5, 0.99)]
    if process.MEASURABLE:
        rows.append(_ratio_row("memory a job", ours.memory, theirs.memory, "KiB"))
    for name, late in (
        ("while they are ordered", [ours.filling, theirs.filling]),
        ("while they wait", [ours.waiting, theirs.waiting]),
    ):
        rows += [
            _row(f"loop lateness {name}: {word}", [percentile(values, share) for values in late])
            for word, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))
        ]
    return (*rows, *_back_rows(ours, theirs))


def _back_rows(ours: Flight, theirs: Flight) -> list[tuple[str, ...]]:
    rows = [
        _ratio_row("after SIGKILL: new start to READY", ours.ready, theirs.ready, "s"),
        ("jobs in their wait again", *(f"{len(run.back):,} of {run.known:,}" for run in (ours, theirs)), "–"),
    ]
    for name, share in (("half", 0.5), ("all", 1.0)):
        cells = [_until(run, share) for run in (ours, theirs)]
        rows.append((f"new start until {name} are in their wait", *cells, "–"))
    return rows


def _until(run: Flight, share: float) -> str:
    count = math.ceil(run.known * share)
    return f"{run.back[count - 1]:.1f} s" if 0 < count <= len(run.back) else "never"


def _row(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    return _ratio_row(name, seconds[0] * 1000, seconds[1] * 1000, "ms")


def _ratio_row(name: str, ours: float, theirs: float, unit: str) -> tuple[str, ...]:
    return (name, f"{ours:.1f} {unit}", f"{theirs:.1f} {unit}", f"{ours / theirs:.2f}" if theirs > 0 else "–")
