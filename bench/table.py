"""A table of figures, printed as Markdown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``notes`` say how it was measured. Each row has a cell for each column."""

    title: str
    notes: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        rule = ("---", *("---:" for _ in self.columns[1:]))
        lines = ["| " + " | ".join(row) + " |" for row in (self.columns, rule, *self.rows)]
        return "\n".join([f"### {self.title}", "", self.notes, "", *lines])


def spread(values: Sequence[float], unit: str) -> str:
    """Return the median, with the least and the greatest value."""
    middle = f"{_short(statistics.median(values))} {unit}".rstrip()
    return middle if len(values) == 1 else f"{middle} ({_short(min(values))} to {_short(max(values))})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the ratio of the medians, or a dash if theirs is 0."""
    base = statistics.median(theirs)
    return f"{statistics.median(ours) / base:.2f}" if base > 0 else "–"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of the values do not exceed; nan without values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
