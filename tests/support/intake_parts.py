"""An intake over real rows, with limits that few orders reach."""

from __future__ import annotations

from typing import Any

from bot.database import Database
from bot.guilds.api_keys import ApiKeys
from bot.guilds.gate import Limits
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.job import Job
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.studio import ORDER, PRICE, WHERE, Hours

MANY = Limits(pictures_per_day=90, running_per_member=90, running_in_all=90)
UNUSED: Any = None


def an_intake(
    database: Database,
    limits: Limits = MANY,
    engine: Engine = UNUSED,
    hours: Hours | None = None,
    api_keys: ApiKeys | None = None,
) -> Intake:
    """Build an intake. ``engine`` is not reached before a command was answered."""
    hours = hours or Hours()
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    return Intake(
        database=database, jobs=jobs, ledger=ledger, engine=engine, limits=limits, api_keys=api_keys, clock=hours
    )


async def accepted(intake: Intake) -> Job:
    return await intake.accept(ORDER, PRICE, WHERE)
