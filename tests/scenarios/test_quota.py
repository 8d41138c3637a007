"""A server's quota holds by every way and under every race, counted by ToAPIs' ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bot.database import Database
from bot.guilds.rules import Rules
from bot.ledger import Ledger
from playground.stage import Stage
from tests.scenarios.conftest import settings
from tests.scenarios.support.simultaneous_orders import SETTINGS, Counts, order_simultaneously
from tests.support.databases import postgresql_database
from tests.support.rival_process import race
from tests.support.studio import WHERE

ORDERS: Final = 80
"""As many as fit into a test; ``make prove`` orders 200."""

GUILD: Final = WHERE.guild_id or 0


async def test_simultaneous_orders_by_all_ways_are_accepted_exactly_to_the_quota(
    tmp_path: Path, database_url: str
) -> None:
    variables = settings(tmp_path, database_url) | SETTINGS
    async with Stage.open(variables, seconds=(0.1, 0.2), rate_limits=False, tier="svip") as stage:
        stage.painter.edge = 64
        await stage.start()
        assert await order_simultaneously(stage, ORDERS, 10) == Counts(
            accepted=10, refused=ORDERS - 10, creates=10, charges=10, pictures=10
        )
        assert stage.offences == []


async def test_two_processes_on_one_server_take_exactly_so_many_together(postgresql: str) -> None:
    with postgresql_database(postgresql) as url:
        async with Database.open(url) as database:
            await Rules(database).change(GUILD, 9, {"server_day": 10})
            answers = await asyncio.to_thread(race, url, 100)
            assert sum(answer["taken"] for answer in answers) == 10
            assert {reason for answer in answers for reason in answer["reasons"]} == {"limit-server"}
            assert len(await Ledger(database).held()) == 10
