"""From 1 to 100,000 servers: which limit is met first, and how long members wait in a peak hour. A simulation of a day.

Orders come at random, as often as a public production trace shows it: the peak hour has 3.4 times the mean. A queue is
served at the pace of the tightest limit. What a picture costs is measured by the other benches.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.table import Table, percentile
from bot.settings import Tier
from bot.toapis.rate_limit import TIERS

DAY: Final = 86_400
PICTURES: Final = 10.0
"""Pictures that a server orders a day: 100,000 servers make a million."""

PEAK: Final = 3.4
"""The peak hour beside the mean, and how quickly it rises: a bell of this width (hours) around the evening."""
WIDTH: Final = 2.6
EVENING: Final = 20.0

CALLS: Final = 8.0
"""Discord's REST calls for a picture that takes 23 s: thread, source, result, five edits. Answers are not counted."""
CALLS_A_SECOND: Final = 50.0
"""https://discord.com/developers/docs/topics/rate-limits#global-rate-limit"""

PROCESSOR: Final = 0.06
"""Seconds of a core for a picture."""
BUSY: Final = 0.5
"""The share of a core that a process may use in the peak hour, so that answers stay quick."""

SERVERS_A_SHARD: Final = 2_500
"""https://discord.com/developers/docs/topics/gateway#sharding"""

SIZES: Final = (1, 100, 2_500, 10_000, 30_000, 100_000)

COLUMNS: Final = (
    "servers",
    "pictures a day",
    "peak: pictures a second",
    "ToAPIs' tier",
    "first limit, and its use at the peak",
    "wait in the queue: p50",
    "p99",
    "longest",
    "shards",
    "processes",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: the pictures a second that it allows."""

    name: str
    pace: float


async def measure(_: Path, *, sizes: Sequence[int] = SIZES, seed: int = 1) -> Table:
    """Simulate a day for each number of servers."""
    chance = random.Random(seed)
    rows = tuple(_row(size, chance) for size in sizes)
    notes = (
        f"A simulated day, {PICTURES:g} pictures a server; the peak hour has {PEAK:g} times the mean. ToAPIs' tier is "
        f"the lowest that the peak fits into, or the highest. A picture takes {CALLS:g} of Discord's "
        f"{CALLS_A_SECOND:g} calls a second and {PROCESSOR * 1000:g} ms of processor; a process uses {BUSY:.0%} of a "
        "core at most. Waits are those of all members of the day, before the painting."
    )
    return Table("From one server to 100,000", notes, COLUMNS, rows)


def _row(servers: int, chance: random.Random) -> tuple[str, ...]:
    mean = servers * PICTURES / DAY
    peak = mean * PEAK
    tier = tier_for(peak)
    first = min(limits(tier), key=lambda limit: limit.pace)
    waits = waits_of_a_day(mean, first.pace, chance)
    processes = max(1, math.ceil(peak * PROCESSOR / BUSY))
    return (
        f"{servers:,}",
        f"{servers * PICTURES:,.0f}",
        f"{peak:.2g}",
        tier,
        f"{first.name}, {peak / first.pace:.0%}",
        *(_in_words(percentile(waits, share)) for share in (0.5, 0.99, 1.0)),
        f"{math.ceil(servers / SERVERS_A_SHARD)}",
        f"{processes} + 1" if processes > 1 else "1",
    )


def limits(tier: Tier) -> list[Limit]:
    """Return the limits that no number of processes changes."""
    return [
        Limit(f"ToAPIs' creates ({tier})", TIERS[tier].submit.per_ten_seconds / 10),
        Limit("Discord's calls", CALLS_A_SECOND / CALLS),
    ]


def tier_for(peak: float) -> Tier:
    """Return the lowest tier that the peak fits into, or the highest."""
    tiers: tuple[Tier, ...] = ("default", "vip", "svip")
    return next((tier for tier in tiers if TIERS[tier].submit.per_ten_seconds / 10 >= peak), tiers[-1])


def rates() -> list[float]:
    """Return for each hour how many orders come, beside the mean of the day."""
    bells = [math.exp(-((_apart(hour) / WIDTH) ** 2) / 2) for hour in range(24)]
    floor = (24 - PEAK * sum(bells)) / (24 - sum(bells))
    return [floor + (PEAK - floor) * bell for bell in bells]


def _apart(hour: int) -> float:
    apart = abs(hour - EVENING)
    return min(apart, 24 - apart)


def waits_of_a_day(mean: float, pace: float, chance: random.Random) -> list[float]:
    """Return the seconds that each order of a day waits for its turn, at most 20,000 of them, evenly chosen."""
    by_hour = rates()
    waits: list[float] = []
    queue = 0.0
    every = max(1, round(mean * DAY / 20_000))
    number = 0
    for second in range(DAY):
        coming = _poisson(mean * by_hour[second // 3600], chance)
        for place in range(coming):
            number += 1
            if number % every == 0:
                waits.append((queue + place) / pace)
        queue = max(0.0, queue + coming - pace)
    return waits or [0.0]


def _poisson(rate: float, chance: random.Random) -> int:
    """Return a number of orders (Knuth's method, which is quick for few)."""
    bound = math.exp(-rate)
    product = chance.random()
    count = 0
    while product > bound:
        product *= chance.random()
        count += 1
    return count


def _in_words(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3600:.1f} h"
