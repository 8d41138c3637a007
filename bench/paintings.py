"""Simulated paintings: laws of durations, schedules of questions with what they cost, and the best that is possible.

A schedule is judged by the questions that a painting costs and by the seconds between its end and the question that
finds it, both on average. The least of ``price * questions + seconds`` is computed by dynamic programming.
"""

from __future__ import annotations

import json
import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Final

from bot.jobs.durations import Law, Weights, interval, law, observed, prior
from bot.jobs.timing import LOOP, next_ask, price, spread

SHAPES: Final = Path(__file__).with_name("durations.json")
GRID: Final = 600
"""Steps of the dynamic programming, and of the laws that are simulated."""
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Durations:
    """A law of durations. ``quantile`` takes a share in (0, 1). ``usual``: the catalogue's tenths where it is right."""

    name: str
    quantile: Callable[[float], float]
    weight: int = 1

    @property
    def usual(self) -> tuple[float, float]:
        return self.quantile(0.1), self.quantile(0.9)

    def sample(self, chance: random.Random) -> float:
        return self.quantile(min(max(chance.random(), 1e-6), 1 - 1e-6))

    def done(self) -> list[tuple[float, float]]:
        """Return the share that is done at ages on an even grid, from 0 to the age at which all are done."""
        shares = [number / (4 * GRID) for number in range(1, 4 * GRID)]
        ends = [self.quantile(share) for share in (1e-4, *shares, 0.9998)]
        step = ends[-1] / GRID
        return [(at * step, bisect_right(ends, at * step) / len(ends)) for at in range(GRID + 1)]


def lognormal(median: float, sigma: float) -> Durations:
    """Return a lognormal law."""
    return Durations(
        f"lognormal ({median:g} s, {sigma:g})", lambda share: median * math.exp(sigma * _NORMAL.inv_cdf(share))
    )


def uniform(fastest: float, slowest: float) -> Durations:
    """Return a uniform law."""
    return Durations(f"uniform {fastest:g} to {slowest:g} s", lambda share: fastest + (slowest - fastest) * share)


def exactly(seconds: float) -> Durations:
    """Return the law of a painter that always takes as long."""
    return Durations(f"exactly {seconds:g} s", lambda _: seconds)


def traced() -> list[Durations]:
    """Return the real shapes: in each, logarithms are interpolated between quantiles, evenly by standard deviations."""
    shares = (0.01, 0.1, 0.5, 0.9, 0.99)
    groups = json.loads(SHAPES.read_text())["groups"]
    return [
        Durations(f"traced {number}", _interpolated(shares, group["seconds"]), group["paintings"])
        for number, group in enumerate(groups, 1)
    ]


def _interpolated(shares: Sequence[float], seconds: Sequence[float]) -> Callable[[float], float]:
    places = [_NORMAL.inv_cdf(share) for share in shares]
    logs = [math.log(second) for second in seconds]

    def quantile(share: float) -> float:
        place = _NORMAL.inv_cdf(share)
        right = min(max(bisect_right(places, place), 1), len(places) - 1)
        slope = (logs[right] - logs[right - 1]) / (places[right] - places[right - 1])
        return math.exp(logs[right] + slope * (place - places[right]))

    return quantile


@dataclass(frozen=True, slots=True)
class Cost:
    """What a schedule costs on average: questions, and seconds lost. ``middle`` is the median of the lost seconds."""

    questions: float
    lost: float
    middle: float = 0.0

    @property
    def product(self) -> float:
        return self.questions * self.lost


def loop_ages(until: float) -> list[float]:
    """Return the ages at which the sample loop asks."""
    return [LOOP * number for number in range(1, math.ceil(until / LOOP) + 1)]


def our_ages(known: Law, until: float, cost: float | None = None) -> list[float]:
    """Return the ages at which we ask, at our own price or at this one."""
    cost = price(known) if cost is None else cost
    ages = [next_ask(known, 0.0, cost)]
    while ages[-1] < until:
        ages.append(next_ask(known, ages[-1], cost))
    return ages


def cost_of(ages: Sequence[float], ends: Sequence[float]) -> Cost:
    """Return what a schedule costs for paintings that end at these ages."""
    questions = [bisect_right(ages, end - 1e-9) + 1 for end in ends]
    lost = sorted(ages[min(count, len(ages)) - 1] - end for count, end in zip(questions, ends, strict=True))
    return Cost(sum(questions) / len(ends), sum(lost) / len(ends), lost[len(lost) // 2])


def even_sample(durations: Durations, count: int = 2000) -> list[float]:
    """Return durations at evenly spread shares: as good as a hundred times as many random ones."""
    return [durations.quantile((number + 0.5) / count) for number in range(count)]


def optimum(done: Sequence[tuple[float, float]], cost: float) -> Cost:
    """Return the least cost for a known law, where a question costs ``cost`` seconds.

    ``done`` is the share that is done, on an even grid. Backwards from the last age: after a question at age i the next
    is at the j for which the price, the seconds that are lost until then, and what follows are least.
    """
    step = done[1][0]
    shares = [share for _, share in done]
    sums = [0.0, *accumulate((before + after) / 2 * step for before, after in pairwise(shares))]
    last = len(done) - 1
    following = [Cost(0.0, 0.0)] * (last + 1)
    for at in range(last - 1, -1, -1):
        left = 1 - shares[at]
        best = math.inf
        for then in range(at + 1, last + 1):
            lost = sums[then] - sums[at] - shares[at] * (then - at) * step
            if lost > best:
                break
            total = lost + following[then].lost + cost * following[then].questions
            if total < best:
                best = total
                following[at] = Cost(left + following[then].questions, lost + following[then].lost)
    return following[0]


def optimum_with(done: Sequence[tuple[float, float]], questions: float) -> Cost:
    """Return the least cost at about as many questions."""
    low = 1e-4
    high = 100.0
    nearest = optimum(done, 1.0)
    for _ in range(9):
        middle = math.sqrt(low * high)
        nearest = optimum(done, middle)
        if nearest.questions > questions:
            low = middle
        else:
            high = middle
    return nearest


class Student:
    """Asks as the bot does, about tasks that follow each other, and learns. ``stated``: ToAPIs says when they ended."""

    def __init__(self, usual: tuple[float, float], chance: random.Random, *, stated: bool = True) -> None:
        self._prior = prior(usual)
        self._stated = stated
        self._weights: Weights = {}
        self.chance = chance
        self.known = law({}, {}, self._prior)

    def wait(self, duration: float) -> tuple[int, float]:
        """Wait for a painting. Return the questions that it took, and the seconds lost."""
        cost = price(self.known)
        asked = 0.0
        questions = 0
        while True:
            questions += 1
            age = spread(self.known, asked, next_ask(self.known, asked, cost), self.chance.random())
            if age >= duration:
                break
            asked = age
        begun = self.chance.random()
        stated = math.ceil(begun + duration) - int(begun) if self._stated else None
        low, high = interval(asked, age, stated)
        self._weights = observed(self._weights, low, high, self.known)
        self.known = law(self._weights, self._weights, self._prior)
        return questions, age - duration
