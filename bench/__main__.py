"""Prints the benches as Markdown: ``python -m bench [NAME …]``. All of them take about 40 minutes.

A whole run writes docs/benchmarks.md and docs/benchmarks.json; a run of some, a quick one, or one in which a bench
broke off only prints. The last three benches are simulations, and take seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench import (
    burst,
    cpu,
    flight,
    flood,
    idle,
    memory,
    pace,
    progress,
    report,
    scale,
    scarcity,
    sequence,
    shapes,
    timing,
    where,
)
from bench.process import Share
from bench.table import Table


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench. ``quick``: what makes it small; ``simulated``: no stand-in takes part."""

    measure: Callable[..., Awaitable[Table]]
    quick: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False


BENCHES: Final[dict[str, Bench]] = {
    "pace": Bench(pace.measure, {"orders": 3, "seconds": (0.3, 0.6), "rounds": 1, "loop_range": None}),
    "shapes": Bench(shapes.measure, {"orders": 3, "shortened": 20.0}),
    "sequence": Bench(sequence.measure, {"pictures": 2, "painting": 0.1, "rounds": 1}),
    "idle": Bench(idle.measure, {"rounds": 1, "settle": 0.1, "rest": 0.1}),
    "cpu": Bench(cpu.measure, {"jobs": 2, "rounds": 1, "seconds": (0.1, 0.1), "edge": 64, "quiet": 0.1}),
    "where": Bench(where.measure, {"jobs": 3, "painting": 0.1}),
    "burst": Bench(
        burst.measure,
        {"sizes": (burst.Size(2, waves=2),), "seconds": (0.1, 0.2), "patience": 30.0, "quiet": 0.1},
    ),
    "flood": Bench(flood.measure, {"orders": 4, "painting": 0.1, "rounds": 1, "patience": 30.0}),
    "flight": Bench(
        flight.measure, {"jobs": 4, "warm": 2, "watched": 1.5, "settle": 0.1, "patience": 60.0, "forgotten": 0.1}
    ),
    "progress": Bench(progress.measure, {"jobs": 2, "seconds": 3.0, "commands": 2}),
    "memory": Bench(memory.measure, {"crowd": 2}),
    "timing": Bench(timing.measure, {"students": 1, "shapes": 1, "runs": 2}, simulated=True),
    "scarcity": Bench(scarcity.measure, {"jobs": 100, "paintings": 300}, simulated=True),
    "scale": Bench(scale.measure, {"sizes": (1, 100)}, simulated=True),
}

BUSY: Final = 0.8
"""The share of a core above which the stand-ins may have held up what was measured."""


def main(words: list[str]) -> int:
    """Run benches. Return the exit code: 1 if a bench broke off."""
    options = _options(words)
    names = options.names or list(BENCHES)
    load = os.getloadavg()[0]
    began = time.monotonic()
    print(f"{_machine()}\n")
    tables = [table for name in names if (table := _tried(name, _arguments(name, options))) is not None]
    minutes = (time.monotonic() - began) / 60
    if len(tables) < len(names):
        return 1
    if names == list(BENCHES) and not options.quick and options.in_flight is None:
        report.keep(report.Report(_machine(), load, minutes, tuple(tables)))
    print(f"{minutes:.0f} minutes")
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Retouch beside the sample loop.")
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHES), help="which; all where none is named")
    parser.add_argument("--quick", action="store_true", help="everything small: whether the benches work")
    parser.add_argument("--in-flight", type=int, metavar="N", help="jobs in flight at once (flight), instead of 1,000")
    options = parser.parse_args(words)
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    return options


def _arguments(name: str, options: argparse.Namespace) -> dict[str, Any]:
    arguments = dict(BENCHES[name].quick) if options.quick else {}
    if name == "flight" and options.in_flight is not None:
        arguments["jobs"] = options.in_flight
    return arguments


def _tried(name: str, arguments: dict[str, Any]) -> Table | None:
    """Run a bench and print its table, or why it broke off: then return None, and the others go on."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="retouch-bench-") as folder, Share().watching() as share:
            table = asyncio.run(measured(name, Path(folder), arguments))
    except Exception:  # noqa: BLE001 - the other benches may work
        print(f"### {name} broke off\n\n{traceback.format_exc()}", flush=True)
        return None
    if not BENCHES[name].simulated:
        table = with_share(table, share.most())
    print(f"{table}\n\n({name}: {(time.monotonic() - began) / 60:.1f} minutes)\n", flush=True)
    return table


async def measured(name: str, folder: Path, arguments: dict[str, Any]) -> Table:
    """Run a bench with these arguments."""
    return await BENCHES[name].measure(folder, **arguments)


def with_share(table: Table, share: float) -> Table:
    """Add to the notes how much of a core the stand-ins used in their busiest five seconds."""
    words = f"The stand-ins' process used {share * 100:.0f} % of a core at most"
    if share > BUSY:
        words += " in five seconds: **what happened then was held up by them as well**"
    return replace(table, notes=f"{table.notes} {words}.")


def _machine() -> str:
    today = datetime.now(UTC).date()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    words = f"{today}, {os.cpu_count()} CPUs, Python {platform.python_version()} on {platform.system()}"
    return f"{words}, commit {commit.stdout.strip()}" if commit.returncode == 0 else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
