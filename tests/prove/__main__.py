"""``make prove``: every long round, resumable. The seed is printed; with it a run continues, or is repeated."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

from tests.prove import benches, copies, image, kills, pictures, processes, quotas, sequences, slots, upgrade
from tests.prove.record import Record


def main() -> int:
    """Run all rounds and return 0 if all promises held; what broke is printed with the transcript and the bot's log."""
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of an earlier run, to go on with it")
    parser.add_argument("--rounds", type=int, default=20, help="kills at each point on each database, and quotas kept")
    parser.add_argument("--only", default="", help="points whose name holds this, or quota, unlocked, slots, copies, …")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed} (to go on after a stop: make prove SEED={arguments.seed})", flush=True)
    record = Record(Path(".prove") / f"{arguments.seed}.jsonl")
    asyncio.run(kills.prove(record, arguments.seed, arguments.rounds, arguments.only))
    asyncio.run(quotas.prove(record, arguments.rounds, arguments.only))
    asyncio.run(processes.prove(record, arguments.seed, arguments.rounds, arguments.only))
    asyncio.run(slots.prove(record, arguments.seed, arguments.rounds, arguments.only))
    asyncio.run(copies.prove(record, arguments.seed, arguments.rounds, arguments.only))
    asyncio.run(pictures.prove(record, arguments.seed, arguments.only))
    upgrade.prove(record, arguments.seed, arguments.only)
    benches.prove(record, arguments.only)
    image.prove(record, arguments.only)
    asyncio.run(sequences.prove(record, arguments.seed, arguments.only))
    print(kills.table(record))
    print(slots.table(record))
    print(sequences.table(record))
    print(f"held; seed {arguments.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
