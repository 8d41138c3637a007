"""The session that hears on PostgreSQL what other processes recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.jobs.webhook_events import CHANNEL
from bot.jobs.webhook_listener import WebhookListener
from bot.jobs.webhooks import Webhooks
from tests.support.studio import Hours, a_job
from tests.support.webhook_sender import ended, webhooks_over

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

LISTENERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'retouch-webhooks' AND query LIKE 'LISTEN%'"


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[psycopg.AsyncConnection[tuple[int]]]:
    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as session:
        yield session


@asynccontextmanager
async def listening(url: str, webhooks: Webhooks) -> AsyncIterator[None]:
    task = asyncio.create_task(WebhookListener(url, webhooks, Hours(), lambda _: asyncio.sleep(0)).forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def listeners(session: psycopg.AsyncConnection[tuple[int]], besides: int | None = None) -> int:
    """Return the process id of the listening session, once there is one that is not ``besides``."""
    async with asyncio.timeout(60):
        while True:
            rows = await (await session.execute(LISTENERS)).fetchall()
            pids = [pid for (pid,) in rows if pid != besides]
            if pids:
                return pids[0]
            await asyncio.sleep(0.01)


async def test_event_of_another_process_rings_here(database: Database, database_url: str) -> None:
    here = webhooks_over(database)
    job = a_job()
    async with administrator(database_url) as session, listening(database_url, here), here.waiting(job) as bell:
        await listeners(session)
        await session.execute(f"NOTIFY {CHANNEL}, 'other words'".encode())
        await webhooks_over(database).take(ended(job.id))
        await asyncio.wait_for(bell.stirred.wait(), 60)
        assert bell.rung


async def test_lost_session_is_opened_again_and_what_was_missed_rings(database: Database, database_url: str) -> None:
    here = webhooks_over(database)
    first = a_job()
    async with administrator(database_url) as session, listening(database_url, here), here.waiting(first) as bell:
        pid = await listeners(session)
        await session.execute("SELECT pg_terminate_backend(%s)", (pid,))
        await webhooks_over(database).take(ended(first.id))  # heard, or looked at again
        await asyncio.wait_for(bell.stirred.wait(), 60)
        await listeners(session, besides=pid)
        second = a_job()
        async with here.waiting(second) as another:
            await webhooks_over(database).take(ended(second.id, id_="evt_2"))
            await asyncio.wait_for(another.stirred.wait(), 60)
            assert another.rung
