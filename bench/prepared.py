"""Prepared paintings: how long each takes is known beforehand, and its picture is ready.

So all bots get the same durations in the same order, and no picture is painted while a bot is measured.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from bench.paintings import Durations, even_sample
from bench.pictures import result
from playground.hooks import Call, Phase
from playground.toapis.server import Painter

CREATE: Final = "POST /v1/images/generations"

PROMPT: Final = "as a watercolour at night, with a lamp in each window"

_NUMBER: Final = re.compile(r", number (\d+)$")


def numbered(number: int) -> str:
    """Return the prompt of the order with this number."""
    return f"{PROMPT}, number {number}"


def number_of(prompt: str) -> int | None:
    """Return the number of the order with this prompt, or None if it has none."""
    match = _NUMBER.search(prompt)
    return int(match[1]) if match else None


class Prepared:
    """A hook of the stand-in ToAPIs: the order with the number n takes ``seconds[n]``, and the list is repeated."""

    def __init__(self, painter: Painter, seconds: Sequence[float], edge: int) -> None:
        self._painter = painter
        self._seconds = seconds
        self._edge = edge

    async def __call__(self, phase: Phase, call: Call) -> None:
        if call.route != CREATE:
            return
        if phase == "before":
            # Nothing is awaited between this and the drawing of the painting time.
            drawn = self._seconds[(number_of(call.json["prompt"]) or 0) % len(self._seconds)]
            self._painter.seconds = (drawn, drawn)
        elif call.status == 200:
            task = self._painter.tasks[call.note]
            task.painted[0] = result(self._edge, task.output)


def even_durations(durations: Durations, count: int) -> list[float]:
    """Return painting times at evenly spread shares of a law, in an order without a trend.

    With random ones the median of the sample loop alone would vary by a tenth from run to run.
    """
    ends = even_sample(durations, count)
    step = next(number for number in range(round(count * 0.618), count + 1) if math.gcd(number, count) == 1)
    return [ends[place * step % count] for place in range(count)]
