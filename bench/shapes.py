"""Durations of a real service, and a painter whose progress sticks: the real bot beside the least that is possible.

The stand-in shows 10 % until a painting is done. The least is computed for a law that is known in full, at as many
questions as the bot asked (``bench/paintings.py``); what the bot's rule does without a machine around it, along the
whole curve, is in ``bench/timing.py``.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.contender import LOOP, RETOUCH
from bench.orders import Outcome
from bench.paintings import Cost, Durations, optimum_with, traced
from bench.prepared import even_durations
from bench.table import Table, percentile
from bench.together import Plan, together

LEARNED: Final = 50
"""Pictures after which the bot counts as taught."""

COLUMNS: Final = ("figure", "Retouch", "sample loop", "Retouch / loop", "least possible", "Retouch / least")


async def measure(
    folder: Path, *, orders: int = 200, per_second: float = 2.0, patience: float = 180.0, shortened: float = 1.0
) -> Table:
    """Measure with the most frequent of the traced shapes, ``shortened`` so many times, on a fresh database."""
    real = traced()[0]
    shape = Durations(real.name, lambda share: real.quantile(share) / shortened)
    plan = Plan(tuple(even_durations(shape, orders)), per_second, patience=patience)
    run = await together(folder, (RETOUCH, LOOP), plan)
    ours, loop = (run[key].outcomes for key in (RETOUCH.key, LOOP.key))
    learned = min(LEARNED, orders // 2)
    parts = {"all": slice(None), f"from picture {learned + 1} on": slice(learned, None)}
    rows = tuple(row for part, places in parts.items() for row in _rows(part, shape, ours[places], loop[places]))
    notes = (
        f"{orders} orders, {per_second:g} a second, both bots in the same seconds, the catalogue as shipped. Painting "
        f"takes as long as in the largest group of a public production trace (p50 {shape.quantile(0.5):.0f} s, p99 "
        f"{shape.quantile(0.99):.0f} s); its progress stays at 10 until it is done. In brackets: seconds from the end "
        "of the painting to the question that showed it × questions. Time lost is until the picture is visible."
    )
    return Table("Real durations", notes, COLUMNS, rows)


def _rows(part: str, shape: Durations, ours: Sequence[Outcome], loop: Sequence[Outcome]) -> list[tuple[str, ...]]:
    own = _cost(ours)
    theirs = _cost(loop)
    least = optimum_with(shape.done(), own.questions)
    product = (
        f"{part}: seconds lost × questions",
        _shown(own),
        _shown(theirs),
        f"{own.product / theirs.product:.2f}",
        _shown(least),
        f"{own.product / least.product:.2f}",
    )
    return [product, *(_lost_row(f"{part}: time lost p{share * 100:g}", ours, loop, share) for share in (0.5, 0.95))]


def _cost(orders: Sequence[Outcome]) -> Cost:
    delays = [order.delay for order in orders if order.delay is not None] or [math.nan]
    return Cost(statistics.fmean(order.questions for order in orders), statistics.fmean(delays))


def _shown(cost: Cost) -> str:
    return f"{cost.product:.1f} ({cost.lost:.2f} × {cost.questions:.1f})"


def _lost_row(figure: str, ours: Sequence[Outcome], loop: Sequence[Outcome], share: float) -> tuple[str, ...]:
    own, theirs = (percentile([lost for o in orders if (lost := o.lost) is not None], share) for orders in (ours, loop))
    return (figure, f"{own:.2f} s", f"{theirs:.2f} s", f"{own / theirs:.2f}", "–", "–")
