"""Jobs that the previous version began are finished by this one: its bot is killed at each point, ours is started.

The previous version is taken from the repository's own history, so this needs a clone that has it.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Final

from playground.stage import Launch, Process, Stage, launch
from tests.prove.kills import run_batch
from tests.prove.record import Record
from tests.scenarios.support.kills import POINTS

PREVIOUS: Final = "9d31a9b4905300e7faa9931a1a7b2eb6c5132365"
"""The last commit of the previous version."""

ROOT: Final = Path(__file__).parents[2]


def prove(record: Record, seed: int, only: str) -> None:
    """Kill the previous version once at each point, on an SQLite file. Raises AssertionError with a broken promise."""
    points = {f"upgrade / {name}": point for name, point in POINTS.items() if only in f"upgrade / {name}"}
    left = {batch: point for batch, point in points.items() if not record.has(batch)}
    if not left:
        return
    archive = subprocess.run(["git", "archive", PREVIOUS], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        print("upgrade: NOT RUN (needs a clone with the history)", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="retouch-") as folder:
        previous = Path(folder, "previous")
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
            files.extractall(previous, filter="data")
        for number, (batch, point) in enumerate(left.items()):
            home = Path(folder, str(number))
            home.mkdir()
            Stage.launch = staticmethod(_previous_first(previous))
            try:
                url = f"sqlite:///{home}/retouch.db"
                ends, _ = asyncio.run(run_batch(home, url, point, random.Random(f"{seed} {batch}"), 1))
            finally:
                Stage.launch = staticmethod(launch)
            record.add(batch, ends=ends.as_row())
            print(f"{batch}: finished", flush=True)


def _previous_first(previous: Path) -> Launch:
    """Return what starts the bot of the previous version first, and ours from then on."""
    starts = count()

    async def start(module: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path | None) -> Process:
        return await launch(module, environment, folder if next(starts) else previous, log)

    return start
