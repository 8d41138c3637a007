"""The events of webhooks: recorded once, found by job and by task, told to other processes, and purged."""

from __future__ import annotations

import json

import psycopg
import pytest
import sqlalchemy as sa

from bot.database import Database
from bot.jobs.webhook_events import CHANNEL, LAST, PURGE_EVERY, Ending, WebhookEvents
from tests.support.studio import NOW, Hours, a_job, stored
from tests.support.webhook_sender import ended


async def test_event_is_recorded_once_whatever_comes_under_its_id(database: Database) -> None:
    events = WebhookEvents(database, Hours())
    assert await events.record(ended("job-1"))
    assert not await events.record(ended("job-1"))
    assert not await events.record(ended("job-2"))
    assert await events.since(0) == [Ending("job-1", "task-1", 30)]


@pytest.mark.parametrize(
    ("job_id", "task_id", "is_found"),
    [
        ("job-1", None, True),
        ("job-1", "another", True),
        ("another", "task-1", True),
        ("another", "another", False),
        ("another", None, False),
    ],
)
async def test_end_is_looked_for_by_job_and_by_task(
    database: Database, job_id: str, task_id: str | None, is_found: bool
) -> None:
    events = WebhookEvents(database, Hours())
    await events.record(ended("job-1"))
    await events.record(ended(None, task_id=None, id_="evt_2"))
    assert (await events.of(job_id, task_id) == Ending("job-1", "task-1", 30)) is is_found


async def test_events_go_after_a_day_and_a_half(database: Database) -> None:
    hours = Hours()
    events = WebhookEvents(database, hours)
    await events.record(ended("old"))
    hours.now += LAST - PURGE_EVERY
    await events.record(ended("young", id_="evt_2"))
    await events.purge()
    hours.now += PURGE_EVERY - 1
    await events.purge()  # too soon after the last
    assert len(await events.since(0)) == 2
    hours.now += 2
    await events.purge()
    assert await events.since(0) == [Ending("young", "task-1", 30)]
    assert await events.since(NOW + LAST) == []


async def test_payer_is_known_for_jobs_of_ours_alone(database: Database) -> None:
    job = a_job()
    await stored(database, job)
    events = WebhookEvents(database)
    assert await events.payer(job.id) == (True, None)
    assert await events.payer("another") == (False, None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_other_processes_are_told_of_what_is_new(database: Database, database_url: str) -> None:
    address = sa.make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
        await other.execute(f"LISTEN {CHANNEL}".encode())
        events = WebhookEvents(database, Hours())
        for event in (ended("job-1"), ended("job-1"), ended(None, id_="evt_2", seconds=None)):
            await events.record(event)
        payloads = [notice.payload async for notice in other.notifies(timeout=60, stop_after=2)]
    assert [Ending.told(payload) for payload in payloads] == [
        Ending("job-1", "task-1", 30),
        Ending(None, "task-1", None),
    ]


@pytest.mark.parametrize("payload", ["", "{}", "[1]", "7", json.dumps(["a", "b", 3, 4])])
def test_other_words_on_the_channel_are_told_apart(payload: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        Ending.told(payload)
