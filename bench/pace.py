"""Orders at an even pace: how much longer than the painting a member waits, how often ToAPIs is asked, and how soon
a command is answered. Beside the sample loop of ToAPIs' documentation, which gets the same orders in the same seconds.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench import process
from bench.contender import ANSWER, LOOP, RETOUCH
from bench.paintings import uniform
from bench.prepared import even_durations
from bench.table import Table, percentile, ratio, spread
from bench.together import Course, Plan, together

PRIORS: Final[dict[str, tuple[float, float] | None]] = {
    "catalogue as shipped": None,
    "catalogue says 3 to 10 s": (3.0, 10.0),
}

REPEATS: Final = 5
"""How many void runs are repeated at most."""

COLUMNS: Final = ("figure", "Retouch", "sample loop", "answering bot", "Retouch / loop")

PARTS: Final[dict[str, slice]] = {
    "all": slice(None),
    "pictures 1 to 10": slice(0, 10),
    "from the 20th picture on": slice(19, None),
}

Run = dict[str, Course]
"""The courses of all bots in a run, by the contender's key."""


@dataclass(frozen=True, slots=True)
class LoopRange:
    """What the sample loop must show, else the machine or the loop was not itself, and the run is void."""

    lost: tuple[float, float]
    questions: tuple[float, float]

    def fault(self, course: Course) -> str | None:
        """Return why the loop's course is void, or None."""
        lost = [order.lost for order in course.outcomes if order.lost is not None]
        if len(lost) < len(course.outcomes):
            return f"{len(course.outcomes) - len(lost)} pictures of the loop did not come"
        middle = percentile(lost, 0.5)
        if not self.lost[0] <= middle <= self.lost[1]:
            return f"the loop lost {middle:.2f} s at p50"
        asked = statistics.fmean(order.questions for order in course.outcomes)
        if not self.questions[0] <= asked <= self.questions[1]:
            return f"the loop asked {asked:.2f} times"
        return None


SIX_TO_EIGHT: Final = LoopRange(lost=(0.9, 1.1), questions=(4.7, 5.3))
"""At 6 to 8 seconds of painting."""


async def measure(
    folder: Path,
    *,
    orders: int = 120,
    per_second: float = 2.0,
    seconds: tuple[float, float] = (6.0, 8.0),
    rounds: int = 2,
    loop_range: LoopRange | None = SIX_TO_EIGHT,
    patience: float = 60.0,
) -> Table:
    """Measure ``orders`` orders, on a fresh database in each run."""
    durations = tuple(even_durations(uniform(*seconds), orders))
    rows: list[tuple[str, ...]] = []
    remarks = []
    for number, (name, stated) in enumerate(PRIORS.items()):
        plan = Plan(durations, per_second, stated, patience)
        run = partial(_run, folder / str(number), plan)
        runs, void = await valid_runs(run, rounds, loop_range)
        rows += _rows(name, runs) if runs else []
        remarks += [f"{name}: {remark}" for remark in void]
    notes = (
        f"{orders} orders, {per_second:g} a second, painting takes {seconds[0]:g} to {seconds[1]:g} s; three bots "
        f"in the same seconds, each with stand-ins of its own and an empty database; {rounds} runs each, medians "
        "(least to most). Time lost is from the command to the visible picture, without the painting itself. The "
        f"answering bot only answers. Void and repeated: {'; '.join(remarks) or 'no run'}."
    )
    return Table("Orders at an even pace", notes, COLUMNS, tuple(rows))


async def _run(folder: Path, plan: Plan, attempt: int) -> Run:
    return await together(folder / str(attempt), (RETOUCH, LOOP, ANSWER), plan)


async def valid_runs(
    run: Callable[[int], Awaitable[Run]], rounds: int, loop_range: LoopRange | None
) -> tuple[list[Run], list[str]]:
    """Return the runs that count, and what was wrong with those that do not. ``run`` gets the number of the attempt."""
    runs: list[Run] = []
    void: list[str] = []
    while len(runs) < rounds:
        attempt = await run(len(runs) + len(void))
        fault = loop_range.fault(attempt[LOOP.key]) if loop_range else None
        if fault is None:
            runs.append(attempt)
        else:
            void.append(fault)
            print(f"(void, and repeated: {fault})", file=sys.stderr)
            if len(void) > REPEATS:
                return runs, [*void, f"given up after {REPEATS} repetitions, {len(runs)} of {rounds} runs count"]
    return runs, void


def _rows(name: str, runs: Sequence[Run]) -> list[tuple[str, ...]]:
    rows = []
    orders = len(runs[0][RETOUCH.key].outcomes)
    for part, places in PARTS.items():
        if not range(orders)[places]:
            continue
        shares = (0.5, 0.95, 0.99) if part == "all" else (0.5, 0.95)
        figures: list[tuple[str, str, Callable[[Course], float]]] = [
            *((f"time lost p{share * 100:g}", "s", _lost(places, share)) for share in shares),
            ("questions a picture", "", _questions(places)),
        ]
        rows += [_row(f"{name}, {part}: {figure}", unit, runs, value) for figure, unit, value in figures]
    answers = [(f"answer p{share * 100:g}", _answer(share)) for share in (0.5, 0.99)]
    rows += [_row(f"{name}: {figure}", "ms", runs, value, answering=True) for figure, value in answers]
    if process.MEASURABLE:
        rows.append(_row(f"{name}: processor an order", "ms", runs, _processor, answering=True))
    came = {key: sum(o.waited is not None for run in runs for o in run[key].outcomes) for key in runs[0]}
    ordered = sum(len(run[RETOUCH.key].outcomes) for run in runs)
    counts = (f"{came[RETOUCH.key]} of {ordered}", f"{came[LOOP.key]} of {ordered}")
    return [*rows, (f"{name}: pictures that came", *counts, "–", "–")]


def _row(
    figure: str, unit: str, runs: Sequence[Run], value: Callable[[Course], float], *, answering: bool = False
) -> tuple[str, ...]:
    ours = [value(run[RETOUCH.key]) for run in runs]
    loop = [value(run[LOOP.key]) for run in runs]
    bare = spread([value(run[ANSWER.key]) for run in runs], unit) if answering else "–"
    return (figure, spread(ours, unit), spread(loop, unit), bare, ratio(ours, loop))


def _lost(places: slice, share: float) -> Callable[[Course], float]:
    return lambda course: percentile([lost for o in course.outcomes[places] if (lost := o.lost) is not None], share)


def _questions(places: slice) -> Callable[[Course], float]:
    return lambda course: statistics.fmean(order.questions for order in course.outcomes[places])


def _answer(share: float) -> Callable[[Course], float]:
    return lambda course: percentile([order.answered for order in course.outcomes], share) * 1000


def _processor(course: Course) -> float:
    return course.processor * 1000 / len(course.outcomes)
