"""What a server is told: a transaction that its process forgot, or was frozen in, ends by itself."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.database import IDLE_IN_TRANSACTION, Database
from bot.jobs.slot_lock import PING
from bot.jobs.slot_session import LEASE


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_idle_transaction_ends_before_another_can_have_the_slot(database: Database) -> None:
    async with database.read() as read:
        assert await read.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == f"{IDLE_IN_TRANSACTION}s"
    assert IDLE_IN_TRANSACTION < LEASE - PING
