"""Durations: what is known of how long paintings of a kind take, as shares of a logarithmic scale. Values only.

What is seen of a painting is an interval: it was not done at the last question that ToAPIs denied, and was done at the
first that it did not. Where ToAPIs says when it was done (``completed_at``), the interval is cut down by that. A
painting counts spread over its interval as the others of its kind are spread, and counts less where the interval says
little: nothing is learned from our own being late.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

SHORTEST: Final = 0.25
RATIO: Final = 1.05
BUCKETS: Final = 180
EDGES: Final = (0.0, *(SHORTEST * RATIO**power for power in range(BUCKETS)))
"""The edges of the buckets in seconds: each is a twentieth wider than the one before. The last is half an hour."""
WIDTHS: Final = tuple(end - start for start, end in pairwise(EDGES))

SURPRISES: Final = 0.1
"""The share of paintings about which the catalogue may be altogether wrong."""
TAIL: Final = 0.5
"""How slowly such surprises end: the chance that one lasts longer falls with this power of its age."""
SOONEST: Final = 3.0
"""Seconds. The scale of the surprises: a quarter of them is over within 2.3 s, half within 9 s."""

PRIOR: Final = 3.0
"""Paintings that the catalogue's word counts for."""
MODEL: Final = 4.0
"""Paintings that all of the model count for, where those of one resolution and count are asked for."""
MEMORY: Final = 0.985
"""What a painting still counts for at the next: about the last 66 are remembered."""
STARTLED: Final = 0.75
"""What all older paintings still count for after one that nobody expected: perhaps the painter has changed."""
UNLIKELY: Final = 0.01
"""The chance of one so fast, or so slow, below which a painting is unexpected."""
FIRST_HIT: Final = 0.1
"""The same where the very first question finds it done: it may have been done long before."""
TELLING: Final = 0.5
"""The natural logarithm of the widest interval (8 to 13 s, say) whose painting counts as a whole one."""

_TENTH: Final = 1.2816
"""Standard deviations from the middle to the tenths of a normal distribution."""
_FORGOTTEN: Final = 0.003


@dataclass(frozen=True, slots=True)
class Law:
    """The durations of paintings of one kind. ``done`` is the share that is over, at each of the EDGES.

    ``known`` is how many paintings it was learned from; older ones, and those of other kinds, count less.
    """

    shares: tuple[float, ...]
    done: tuple[float, ...]
    known: float = 0.0

    @classmethod
    def of(cls, shares: Sequence[float], known: float = 0.0) -> Law:
        """Return the law with these shares of the buckets; what is missing to 1 takes longer than half an hour."""
        return cls(tuple(shares), (0.0, *accumulate(shares)), known)

    def share_done(self, age: float) -> float:
        """Return the share of paintings that are done within ``age`` seconds."""
        bucket = bucket_of(age)
        if age >= EDGES[-1]:
            return self.done[-1]
        return self.done[bucket] + self.shares[bucket] * (max(age, 0.0) - EDGES[bucket]) / WIDTHS[bucket]

    def quantile(self, share: float) -> float:
        """Return the seconds within which this share is done, at most half an hour."""
        bucket = min(bisect_right(self.done, share), BUCKETS) - 1
        if share >= self.done[-1]:
            return EDGES[-1]
        return EDGES[bucket] + WIDTHS[bucket] * (share - self.done[bucket]) / self.shares[bucket]

    @property
    def slow(self) -> float:
        """Return the seconds within which nine of ten are done."""
        return self.quantile(0.9)


def bucket_of(age: float) -> int:
    """Return the bucket of a duration. Durations beyond the scale are in its last bucket."""
    if age < SHORTEST:
        return 0
    bucket = min(int(math.log(age / SHORTEST) / math.log(RATIO)) + 1, BUCKETS - 1)
    return bucket - (age < EDGES[bucket]) + (bucket < BUCKETS - 1 and age >= EDGES[bucket + 1])


def prior(seconds: tuple[float, float]) -> tuple[float, ...]:
    """Return the shares by the catalogue's fastest and slowest tenth alone, with room for surprises."""
    fast, slow = seconds
    spread = max(math.log(slow / fast) / (2 * _TENTH), math.log(RATIO))
    middle = math.sqrt(fast * slow)
    usual = _steps(0.0, *(0.5 * math.erfc(-math.log(edge / middle) / (spread * math.sqrt(2))) for edge in EDGES[1:]))
    strange = _steps(*(1 - (1 + edge / SOONEST) ** -TAIL for edge in EDGES))
    return tuple((1 - SURPRISES) * often + SURPRISES * rare for often, rare in zip(usual, strange, strict=True))


def _steps(*levels: float) -> list[float]:
    return [after - before for before, after in pairwise(levels)]


Weights = dict[int, float]
"""By bucket, the paintings that were seen there: old ones count less than one."""


def law(own: Weights, model: Weights, usual: Sequence[float]) -> Law:
    """Return the law of a kind: its ``own`` paintings, beside those of its model, beside the catalogue's word."""
    known = sum(own.values())
    every = _beside(model, usual, PRIOR)
    return Law.of(_beside(own, every, MODEL), known + min(max(sum(model.values()) - known, 0.0), MODEL))


def observed(seen: Weights, low: float, high: float, expected: Law) -> Weights:
    """Return the weights with one painting more, which took from ``low`` to ``high`` seconds."""
    soon = expected.share_done(high)
    startled = min(soon, 1 - expected.share_done(low)) < UNLIKELY or (low <= 0 and soon < FIRST_HIT)
    fading = STARTLED if startled else MEMORY
    kept = {bucket: mass * fading for bucket, mass in seen.items() if mass * fading >= _FORGOTTEN}
    low = max(low, 0.0)
    high = max(high, low + 0.001)
    weight = min(1.0, TELLING / math.log(max(high, SHORTEST) / max(low, SHORTEST / 2)))
    places = range(bucket_of(low), bucket_of(high) + 1)
    overlaps = [max(0.0, min(high, EDGES[at + 1]) - max(low, EDGES[at])) / WIDTHS[at] for at in places]
    chances = [overlap * (expected.shares[at] + 1e-6) for at, overlap in zip(places, overlaps, strict=True)]
    total = sum(chances)
    for at, chance in zip(places, chances, strict=True):
        kept[at] = kept.get(at, 0.0) + (weight * chance / total if total else weight / len(places))
    return kept


def interval(denied: float, seen: float, stated: float | None) -> tuple[float, float]:
    """Return how many seconds a painting took, at least and at most.

    ``denied`` is its age when the last question was sent that found it unfinished, ``seen`` its age when the answer
    came that found it done. ``stated`` is ToAPIs' ``completed_at - created_at``, both in whole seconds, which may be
    rounded either way; it is ignored where it contradicts what we saw ourselves.
    """
    low = max(0.0, denied)
    high = max(low, seen)
    if stated is None or stated - 2 > high or stated + 1 < low:
        return low, high
    return max(low, stated - 2), min(high, stated + 1)


def _beside(seen: Weights, base: Sequence[float], counts: float) -> list[float]:
    weight = sum(seen.values())
    smooth = _smoothed(seen, weight)
    return [(mass + counts * share) / (weight + counts) for mass, share in zip(smooth, base, strict=True)]


def _smoothed(seen: Weights, weight: float) -> list[float]:
    """Blur the weights as widely as so few paintings of such a spread ask for: three running means of one width."""
    masses = [seen.get(bucket, 0.0) for bucket in range(BUCKETS)]
    if weight <= 0:
        return masses
    mean = sum(bucket * mass for bucket, mass in seen.items()) / weight
    below = [0.0, *accumulate(masses)]
    middle = bisect_right(below, weight * 0.25), bisect_right(below, weight * 0.75)
    deviation = math.sqrt(sum(mass * (bucket - mean) ** 2 for bucket, mass in seen.items()) / weight)
    spread = min(deviation, max(middle[1] - middle[0], 1) / 1.34)
    radius = round((math.sqrt(4 * (spread * max(weight, 1.0) ** -0.2) ** 2 + 1) - 1) / 2)
    for _ in range(3 if radius else 0):
        sums = [0.0] * radius + [0.0, *accumulate(masses)]
        sums += [sums[-1]] * radius  # what is blurred over the ends of the scale is lost, and counts as longer
        masses = [max(0.0, sums[at + 2 * radius + 1] - sums[at]) / (2 * radius + 1) for at in range(BUCKETS)]
    return masses
