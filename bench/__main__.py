"""Prints the benches as Markdown: ``python -m bench [idle] [cpu] [burst] [progress] [memory] [timing] [scarcity]``.

About 15 minutes in all. The last two are simulations, and take seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import burst, cpu, idle, memory, progress, scarcity, timing
from bench.table import Table

BENCHES: Final[dict[str, Callable[[Path], Awaitable[Table]]]] = {
    "idle": idle.measure,
    "cpu": cpu.measure,
    "burst": burst.measure,
    "progress": progress.measure,
    "memory": memory.measure,
    "timing": timing.measure,
    "scarcity": scarcity.measure,
}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Retouch beside a bare discord.py bot.")
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHES), help="which; all where none is named")
    names = parser.parse_args(words).names or list(BENCHES)
    if unknown := set(names) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    today = datetime.now(UTC).date()
    print(f"{today}, {os.cpu_count()} CPUs, Python {platform.python_version()} on {platform.system()}\n")
    for name in names:
        with tempfile.TemporaryDirectory(prefix="retouch-bench-") as folder:
            print(asyncio.run(_measured(name, Path(folder))), end="\n\n", flush=True)
    return 0


async def _measured(name: str, folder: Path) -> Table:
    return await BENCHES[name](folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
