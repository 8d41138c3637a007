"""Two who both take themselves for the only buyer of a job: one create is sent, by the painter's count.

Runs over versions of the bot that knew no claims, too.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from typing import Any, cast

import pytest

from bot.database import Database
from bot.jobs.engine import Engine
from bot.jobs.lookup import Lookup
from bot.jobs.purchase import Purchase
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.toapis.client import ToAPIs
from tests.support.engine_runs import InlineEngine
from tests.support.studio import CATALOGUE, PICTURE_URL, Hours, a_job, one_account, stored, studio

CREATE = "POST /v1/images/generations"


def buyer(database: Database, toapis: ToAPIs, hours: Hours) -> Purchase:
    """Build a process of its own, with an engine that remembers nothing of the other's."""
    lookup = Lookup(toapis, KeyValueStore(database), name="operator", window=120.0, clock=hours, sleep=hours.sleep)
    more: dict[str, Any] = {}
    if importlib.util.find_spec("bot.jobs.claim") is not None:
        more["claims"] = importlib.import_module("bot.jobs.claim").Claims(database, hours)
    return Purchase(
        engine=cast("Engine", InlineEngine()),
        jobs=Jobs(database, hours),
        ledger=Ledger(database, hours),
        accounts=one_account(toapis, lookup),
        catalogue=lambda: CATALOGUE,
        clock=hours,
        **more,
    )


@pytest.mark.parametrize("same", [False, True])
async def test_of_two_buyers_at_once_one_buys_and_both_know_the_task(
    database: Database, database_url: str, same: bool
) -> None:
    hours = Hours()
    async with studio(hours) as (painter, toapis), Database.open(database_url) as second:
        for _ in range(10):
            job = a_job()
            await stored(database, job, hours)
            buyers = [buyer(room, toapis, hours) for room in (database, second)]
            if same:
                buyers = [buyers[0], buyers[0]]  # a story that is told twice in one life
            tasks = await asyncio.gather(*(buyer.buy(job, [PICTURE_URL]) for buyer in buyers))
            sent = [call for call in painter.requests if call.route == CREATE]
            assert len([call for call in sent if call.json["client_business_id"] == job.id]) == 1
            assert len(set(tasks)) == 1
