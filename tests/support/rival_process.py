"""One of two processes that accept orders on the same database at once. Reads a line to begin; prints the result."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.database import Database
from bot.errors import Refused
from bot.guilds.gate import Limits
from bot.jobs.intake import Intake
from bot.jobs.job import Job
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.studio import ORDER, PRICE, WHERE

UNUSED: Any = None
ROOT: Final = Path(__file__).parents[2]


async def contend(url: str, orders: int) -> None:
    """Accept so many orders at once, each from another member."""
    async with Database.open(url) as database:
        jobs = Jobs(database)
        ledger = Ledger(database)
        limits = Limits(10_000, 10_000, 10_000)
        intake = Intake(database=database, jobs=jobs, ledger=ledger, engine=UNUSED, limits=limits)
        await jobs.get("nobody")  # connected
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        attempts = [intake.accept(ORDER, PRICE, replace(WHERE, requester_id=number + 1)) for number in range(orders)]
        answers = await asyncio.gather(*attempts, return_exceptions=True)
        accepted = sum(isinstance(answer, Job) for answer in answers)
        reasons = sorted(
            {
                answer.reason if isinstance(answer, Refused) else repr(answer)
                for answer in answers
                if not isinstance(answer, Job)
            }
        )
        print(json.dumps({"taken": accepted, "reasons": reasons}), flush=True)


def race(url: str, orders: int) -> list[dict[str, Any]]:
    """Return what each of two real processes accepted, of ``orders`` each, started at the same moment."""
    command = [sys.executable, "-m", "tests.support.rival_process", url, str(orders)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        for process in both:
            assert process.stdout is not None  # a pipe
            assert process.stdout.readline() == "ready\n"
        results = []
        for process in both:
            assert process.stdin is not None  # a pipe
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in both:
            results.append(json.loads(process.communicate(timeout=60)[0]))
        return results
    finally:
        for process in both:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    asyncio.run(contend(sys.argv[1], int(sys.argv[2])))
