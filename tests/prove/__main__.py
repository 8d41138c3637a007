"""``make prove``: every long round, resumable. The seed is printed; with it a run goes on, or is had again."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

from tests.prove import kills, processes, quotas, sequences
from tests.prove.record import Record


def main() -> int:
    """0 where every promise held; what broke is printed with the world's transcript and the bot's log."""
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of an earlier run, to go on with it")
    parser.add_argument("--rounds", type=int, default=20, help="kills at each point on each database, and quotas kept")
    parser.add_argument("--only", default="", help="points whose name holds this, quota, unlocked, or sequences")
    asked = parser.parse_args()
    print(f"seed {asked.seed} (to go on after a stop: make prove SEED={asked.seed})", flush=True)
    record = Record(Path(".prove") / f"{asked.seed}.jsonl")
    asyncio.run(kills.prove(record, asked.seed, asked.rounds, asked.only))
    asyncio.run(quotas.prove(record, asked.rounds, asked.only))
    asyncio.run(processes.prove(record, asked.seed, asked.rounds, asked.only))
    asyncio.run(sequences.prove(record, asked.seed, asked.only))
    print(kills.table(record))
    print(sequences.table(record))
    print(f"held; seed {asked.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
