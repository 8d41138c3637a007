"""The benches that take long, run from end to end with tiny counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.prove.record import Record
from tests.run import environment

BATCH = "benches"

ROOT = Path(__file__).parents[2]


def prove(record: Record, only: str) -> None:
    """Run the tests that are marked as long. Raises AssertionError where one fails."""
    if only not in BATCH or record.has(BATCH):
        return
    command = [sys.executable, "-m", "pytest", "-q", "-m", "long", "tests/unit"]
    code = subprocess.run(command, cwd=ROOT, check=False, env=environment()).returncode
    assert code == 0, f"{' '.join(command)}: {code}"
    record.add(BATCH)
    print(f"{BATCH}: held", flush=True)
