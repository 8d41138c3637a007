"""When to ask: lost waiting and questions of our moments, of the sample loop, and the least that is possible.

Nothing runs but the rule that the bot asks by. The least is computed for a law that is known in full; the bot knows
what it saw of earlier paintings, or only what the catalogue says.
"""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.overlap import overlapping
from bench.paintings import (
    Cost,
    Durations,
    Student,
    cost_of,
    even_sample,
    exactly,
    lognormal,
    loop_ages,
    optimum,
    optimum_with,
    our_ages,
    traced,
    uniform,
)
from bench.table import Table, percentile
from bot.jobs.durations import Law
from bot.jobs.timing import LOOP

PRICES: Final = (0.02, 0.05, 0.2, 0.5)
"""Seconds of waiting that a question costs, along the curve."""

COLUMNS: Final = (
    "seconds lost × questions a picture",
    "sample loop",
    "least possible",
    "first picture",
    "after 50",
    "p50 lost: loop",
    "after 50",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the questions about a law's paintings cost: the loop's, ours, and the least for as many as ours."""

    loop: Cost
    least: Cost
    ours: Cost

    @property
    def excess(self) -> float:
        return self.ours.product / self.least.product


async def measure(_: Path, *, students: int = 8, shapes: int = 25, runs: int = 40) -> Table:
    """Measure with so many independent lessons a law, of so many traced shapes, and so many ``runs`` of sequences."""
    laws = [lognormal(30, 0.35), lognormal(60, 0.5), uniform(6, 8)]
    rows = [_row(durations.name, _judged(durations, 0, 1), _judged(durations, 50, students)) for durations in laws]
    rows.append(_traced_row(students, traced()[:shapes]))
    rows += [_curve_row(lognormal(30, 0.35), cost, students) for cost in PRICES]
    rows += [
        *_overlap_rows(uniform(6, 8), (15, 60), runs),
        _sequence_row(uniform(6, 8), (15, 60), 10, after=0, until=10, runs=runs),
        _sequence_row(exactly(1), (10, 20), 8, after=0, until=8, runs=runs),
    ]
    notes = (
        "In brackets: seconds × questions. “First picture”: only the catalogue's tenths are known, which are right. "
        "“×”: of the least for as many questions. Last rows: pictures one after the other, or two a second, while the "
        f"catalogue is wrong. {students} lessons each."
    )
    return Table("When to ask", notes, COLUMNS, tuple(rows))


def _taught(durations: Durations, paintings: int, seed: int) -> Law:
    student = Student(durations.usual, random.Random(seed))
    for _ in range(paintings):
        student.wait(durations.sample(student.chance))
    return student.known


def _judged(durations: Durations, paintings: int, students: int, cost: float | None = None) -> Judged:
    ends = even_sample(durations)
    costs = [cost_of(our_ages(_taught(durations, paintings, seed), ends[-1], cost), ends) for seed in range(students)]
    ours = _mean(costs)
    return Judged(cost_of(loop_ages(ends[-1]), ends), optimum_with(durations.done(), ours.questions), ours)


def _mean(costs: list[Cost], weights: list[int] | None = None) -> Cost:
    def mean(values: list[float]) -> float:
        return statistics.fmean(values, weights)

    return Cost(
        mean([cost.questions for cost in costs]),
        mean([cost.lost for cost in costs]),
        mean([cost.middle for cost in costs]),
    )


def _row(name: str, cold: Judged, warm: Judged) -> tuple[str, ...]:
    return (
        name,
        _shown(warm.loop),
        _shown(warm.least),
        f"{_shown(cold.ours)} {cold.excess:.2f} ×",
        f"{_shown(warm.ours)} {warm.excess:.2f} ×",
        f"{warm.loop.middle:.2f} s",
        f"{warm.ours.middle:.2f} s",
    )


def _shown(cost: Cost) -> str:
    return f"{cost.product:.1f} ({cost.lost:.2f} × {cost.questions:.1f})"


def _traced_row(students: int, shapes: list[Durations]) -> tuple[str, ...]:
    """Return the means over real shapes, by their numbers of paintings."""
    weights = [shape.weight for shape in shapes]
    cold = [_judged(shape, 0, 1) for shape in shapes]
    warm = [_judged(shape, 50, max(1, students // 4)) for shape in shapes]
    row = [_together(judged, weights) for judged in (cold, warm)]
    worst = max(judged.excess for judged in warm)
    return _row(f"{len(shapes)} traced shapes (worst of them {worst:.2f} ×)", *row)


def _together(judged: list[Judged], weights: list[int]) -> Judged:
    return Judged(
        _mean([result.loop for result in judged], weights),
        _mean([result.least for result in judged], weights),
        _mean([result.ours for result in judged], weights),
    )


def _curve_row(durations: Durations, cost: float, students: int) -> tuple[str, ...]:
    """Return a point of the curve: what is least at this price of a question, and ours at the same price."""
    ends = even_sample(durations)
    least = optimum(durations.done(), cost)
    cold = cost_of(our_ages(_taught(durations, 0, 0), ends[-1], cost), ends)
    warm = _mean([cost_of(our_ages(_taught(durations, 50, seed), ends[-1], cost), ends) for seed in range(students)])
    loop = cost_of(loop_ages(ends[-1]), ends)
    name = f"{durations.name}, a question costs {cost:g} s"
    return _row(name, Judged(loop, least, cold), Judged(loop, least, warm))


def _sequence_row(
    durations: Durations, usual: tuple[float, float], pictures: int, *, after: int, until: int, runs: int
) -> tuple[str, ...]:
    """Return what pictures one after the other cost, from one number to another, on a fresh database."""
    waits: list[tuple[float, int, float]] = []
    for seed in range(runs):
        student = Student(usual, random.Random(seed))
        for number in range(pictures):
            duration = durations.sample(student.chance)
            count, seconds = student.wait(duration)
            if after <= number < until:
                waits.append((duration, count, seconds))
    return _waits_row(
        f"{durations.name}, catalogue {usual[0]:g} to {usual[1]:g} s, pictures {after + 1} to {until}", waits
    )


def _overlap_rows(durations: Durations, usual: tuple[float, float], runs: int) -> list[tuple[str, ...]]:
    """Return what the first ten of two orders a second cost, and the twentieth and later ones."""
    first: list[tuple[float, int, float]] = []
    later: list[tuple[float, int, float]] = []
    for seed in range(runs):
        jobs = overlapping(durations, usual, 120, 2.0, random.Random(seed))
        waits = [(job.duration, job.questions, job.lost) for job in jobs if job.lost is not None]
        first += waits[:10]
        later += waits[20:]
    name = f"{durations.name}, catalogue {usual[0]:g} to {usual[1]:g} s, 2 a second"
    return [_waits_row(f"{name}, pictures 1 to 10", first), _waits_row(f"{name}, pictures 21 to 120", later)]


def _waits_row(name: str, waits: list[tuple[float, int, float]]) -> tuple[str, ...]:
    """Return the row of paintings of which duration, questions and lost seconds are known, beside the loop's."""
    lost = [seconds for _, _, seconds in waits]
    asked = [math.ceil(duration / LOOP) for duration, _, _ in waits]
    loop = [LOOP * count - duration for count, (duration, _, _) in zip(asked, waits, strict=True)]
    theirs = Cost(statistics.fmean(asked), statistics.fmean(loop), percentile(loop, 0.5))
    ours = Cost(statistics.fmean(count for _, count, _ in waits), statistics.fmean(lost), percentile(lost, 0.5))
    return (
        name,
        _shown(theirs),
        "–",
        "–",
        _shown(ours),
        f"{theirs.middle:.2f} s, p95 {percentile(loop, 0.95):.2f}, most {max(loop):.2f}",
        f"{ours.middle:.2f} s, p95 {percentile(lost, 0.95):.2f}, most {max(lost):.2f}",
    )
