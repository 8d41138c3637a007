"""Many wait at once for more answers than ToAPIs gives: who is asked about first, and what the members lose by it.

Simulated, since a thousand real paintings would take a thousand pictures. Turns come at the pace of the bot's bucket.
Three ways are compared: the sample loop, whose questions stand in a queue; our moments in the same queue; and our
moments where the turn goes to the question that most probably ends a wait (``bot/toapis/rate_limit.py``).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.paintings import Durations, Student, lognormal, optimum_with, traced
from bench.table import Table, percentile
from bot.jobs.durations import Law
from bot.jobs.timing import LOOP, chance, next_ask, price, spread
from bot.toapis.rate_limit import RANKED

PER_SECOND: Final = 40.0
"""The pace of the bot's bucket at the default tier, for which ToAPIs allows 50 questions a second."""

COLUMNS: Final = ("1,000 wait; ToAPIs allows 50 questions a second", "time lost: p50", "mean", "p95", "questions a job")


@dataclass(slots=True)
class Waiting:
    """A painting that is waited for. Times are in seconds of the simulation."""

    begun: float
    ends: float
    law: Law
    price: float
    asked: float = 0.0
    questions: int = 0

    def worth(self, now: float) -> float:
        """Return the chance that it is done by now."""
        return chance(self.law, self.asked, now - self.begun)


Next = Callable[[Waiting], float]
"""When a painting wants to be asked about next."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ask."""

    name: str
    next: Next
    by_worth: bool = False


def _planned(job: Waiting) -> float:
    return job.begun + next_ask(job.law, job.asked, job.price)


WAYS: Final = (
    Way("sample loop, in a queue", lambda job: job.begun + job.asked + LOOP),
    Way("our moments, in a queue", _planned),
    Way("Retouch: the likeliest first", _planned, by_worth=True),
)


async def measure(_: Path, *, jobs: int = 1000, paintings: int = 6000) -> Table:
    """Simulate so many paintings, of which ``jobs`` run at any time, and once that many begun in one moment."""
    rows = []
    for name, shapes in (("lognormal (30 s, 0.35)", [lognormal(30, 0.35)]), ("traced shapes", traced())):
        laws = [(shape, _taught(shape)) for shape in shapes]
        for kind in ("all the time", "begun together"):
            for way in WAYS:
                lost, questions = _run(way, _arrivals(laws, jobs, paintings, together=kind == "begun together"))
                rows.append(
                    (
                        f"{name}, {kind}: {way.name}",
                        f"{percentile(lost, 0.5):.1f} s",
                        f"{sum(lost) / len(lost):.1f} s",
                        f"{percentile(lost, 0.95):.1f} s",
                        f"{questions / len(lost):.1f}",
                    )
                )
            if len(shapes) == 1 and kind == "all the time":
                least = optimum_with(shapes[0].done(), questions / len(lost))
                rows.append((f"{name}, least", "", f"{least.lost:.1f} s", "", f"{least.questions:.1f}"))
    notes = (
        f"Simulated: {jobs:,} paintings run at once, and turns come at {PER_SECOND:g} a second. 50 of a kind are known."
    )
    return Table("Scarce questions", notes, COLUMNS, tuple(rows))


def _taught(shape: Durations) -> Law:
    student = Student(shape.usual, random.Random(1))
    for _ in range(50):
        student.wait(shape.sample(student.chance))
    return student.known


def _arrivals(laws: list[tuple[Durations, Law]], jobs: int, paintings: int, *, together: bool) -> list[Waiting]:
    """Return the paintings: all in one moment, or as many a second as keep about so many running."""
    dice = random.Random(7)
    weights = [shape.weight for shape, _ in laws]
    waiting = []
    mean = sum(weight * shape.quantile(0.5) for weight, (shape, _) in zip(weights, laws, strict=True)) / sum(weights)
    for number in range(jobs if together else paintings):
        shape, known = dice.choices(laws, weights)[0]
        begun = 0.0 if together else number * mean / jobs
        waiting.append(Waiting(begun, begun + shape.sample(dice), known, price(known)))
    return waiting


def _run(way: Way, jobs: list[Waiting]) -> tuple[list[float], int]:
    """Return the seconds lost by those that began after the first fifth, and the questions that they took."""
    dice = random.Random(3)
    planned = [(_spread(way, job, dice), number) for number, job in enumerate(jobs)]
    heapq.heapify(planned)
    queue: list[int] = []
    lost: dict[int, float] = {}
    now = 0.0
    ranked = -RANKED
    while planned or queue:
        if not queue:
            now = max(now, planned[0][0])
        while planned and planned[0][0] <= now:
            queue.append(heapq.heappop(planned)[1])
        if way.by_worth and now - ranked >= RANKED:
            queue.sort(key=lambda number: -jobs[number].worth(now))
            ranked = now
        number = queue.pop(0)
        job = jobs[number]
        job.questions += 1
        if now >= job.ends:
            lost[number] = now - job.ends
        else:
            job.asked = now - job.begun
            heapq.heappush(planned, (_spread(way, job, dice), number))
        now += 1 / PER_SECOND
    judged = [number for number, job in enumerate(jobs) if number >= len(jobs) // 5 or job.begun == jobs[-1].begun]
    return [lost[number] for number in judged], sum(jobs[number].questions for number in judged)


def _spread(way: Way, job: Waiting, dice: random.Random) -> float:
    last = job.begun + job.asked
    return spread(job.law, last, way.next(job), dice.random())
