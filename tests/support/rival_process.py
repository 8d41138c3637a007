"""One of two processes that take orders for the same database at once. Reads a line to begin; prints what it took."""

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
    """Takes so many orders at once, each of another member."""
    async with Database.open(url) as database:
        jobs = Jobs(database)
        ledger = Ledger(database)
        limits = Limits(10_000, 10_000, 10_000)
        intake = Intake(database=database, jobs=jobs, ledger=ledger, engine=UNUSED, limits=limits)
        await jobs.get("nobody")  # connected
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        asked = [intake.accept(ORDER, PRICE, replace(WHERE, requester_id=number + 1)) for number in range(orders)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        taken = sum(isinstance(answer, Job) for answer in answers)
        reasons = sorted(
            {
                answer.reason if isinstance(answer, Refused) else repr(answer)
                for answer in answers
                if not isinstance(answer, Job)
            }
        )
        print(json.dumps({"taken": taken, "reasons": reasons}), flush=True)


def race(url: str, orders: int) -> list[dict[str, Any]]:
    """What each of two real processes took, of ``orders`` each, begun at the same moment."""
    command = [sys.executable, "-m", "tests.support.rival_process", url, str(orders)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        for one in both:
            assert one.stdout is not None  # a pipe
            assert one.stdout.readline() == "ready\n"
        said = []
        for one in both:
            assert one.stdin is not None  # a pipe
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in both:
            said.append(json.loads(one.communicate(timeout=60)[0]))
        return said
    finally:
        for one in both:
            one.kill()
            one.communicate()


if __name__ == "__main__":
    asyncio.run(contend(sys.argv[1], int(sys.argv[2])))
