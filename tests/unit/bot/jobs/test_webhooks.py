"""Webhooks of each key: when a create names our address, whose bell rings, and what is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.database import Database
from bot.errors import Fact
from bot.jobs.job import JobState
from bot.jobs.webhook_events import WebhookEvents
from bot.jobs.webhooks import AGAIN, FACT, OPERATOR, Bell, KeyState, Webhooks
from bot.key_value import KeyValueStore
from tests.support.studio import NOW, Hours, a_job, stored
from tests.support.webhook_sender import ADDRESS, TEST, ended, webhooks_over

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def state(database: Database, name: str = OPERATOR) -> Any:
    return KeyState.of(name, await KeyValueStore(database).get(FACT + name)).state


async def test_create_names_our_address_and_that_of_a_servers_key_does_not(database: Database) -> None:
    webhooks = webhooks_over(database)
    assert await webhooks.callback_for(a_job()) == ADDRESS
    assert await webhooks.callback_for(replace(a_job(), key_id="own")) is None


async def test_servers_key_names_our_address_once_an_event_of_it_came(database: Database) -> None:
    webhooks = webhooks_over(database)
    job = replace(a_job(), key_id="own")
    await stored(database, job)
    await webhooks.take(ended(job.id))
    assert await webhooks.callback_for(job) == ADDRESS
    assert await state(database) == "unknown"
    assert await state(database, "own") == "works"


async def test_refusal_is_remembered_over_restarts_and_for_a_day(database: Database) -> None:
    hours = Hours()
    await webhooks_over(database, hours).refused(a_job(), "webhook_not_configured")
    webhooks = webhooks_over(database, hours)
    hours.now += AGAIN - 1
    assert await webhooks.callback_for(a_job()) is None
    hours.now += 1
    assert await webhooks.callback_for(a_job()) == ADDRESS
    hours.now = NOW - 1000  # the clock was wrong
    assert await webhooks.callback_for(a_job()) == ADDRESS


async def test_press_on_the_test_button_ends_a_refusal(database: Database) -> None:
    webhooks = webhooks_over(database)
    await webhooks.refused(a_job(), "webhook_not_configured")
    await webhooks.take(TEST)
    assert await webhooks.callback_for(a_job()) == ADDRESS
    assert await WebhookEvents(database).since(0) == []


@pytest.mark.parametrize("by", ["job", "task"])
async def test_bell_rings_once_for_the_job_alone(database: Database, by: str) -> None:
    webhooks = webhooks_over(database)
    job = a_job(JobState.SUBMITTED, task_id="task-1")
    other = a_job(JobState.SUBMITTED, task_id="task-2")
    event = ended(job.id if by == "job" else None, task_id="task-1" if by == "task" else None)
    async with webhooks.waiting(job) as bell, webhooks.waiting(other) as another:
        assert not bell.rung
        await webhooks.take(event)
        assert bell.rung
        assert bell.seconds == 30
        assert bell.stirred.is_set()
        bell.stirred.clear()
        await webhooks.take(event)
        assert not bell.stirred.is_set()
        assert not another.rung
        assert another.is_trusted  # the key is the same
    assert await state(database) == "works"


async def test_event_before_the_wait_rings_as_the_wait_begins(database: Database) -> None:
    job = a_job()
    await webhooks_over(database).take(ended(job.id))
    bought = replace(job, task_id="task-1")
    async with webhooks_over(database).waiting(bought) as bell:
        assert bell.rung
        assert not bell.is_trusted


async def test_event_of_an_unknown_task_changes_nothing(database: Database) -> None:
    webhooks = webhooks_over(database)
    await webhooks.take(ended("nobody"))
    await webhooks.take(ended(None, id_="evt_2"))
    assert await state(database) == "unknown"


async def test_lost_webhook_ends_the_trust_of_all_at_once(database: Database) -> None:
    webhooks = webhooks_over(database)
    jobs = [a_job(), a_job()]
    await stored(database, jobs[0])
    await webhooks.take(ended(jobs[0].id))
    async with webhooks.waiting(jobs[1]) as bell, webhooks.waiting(a_job()) as another:
        assert another.is_trusted
        await webhooks.missed(bell)
        assert not another.is_trusted
        assert another.stirred.is_set()
        assert await state(database) == "unknown"
        await webhooks.take(ended(jobs[1].id, id_="evt_2"))  # it was only late
        assert another.is_trusted
    assert await state(database) == "works"


async def test_nothing_is_missed_where_the_bell_rang_or_was_not_trusted(database: Database) -> None:
    webhooks = webhooks_over(database)
    job = a_job()
    async with webhooks.waiting(job) as bell:
        await webhooks.missed(bell)
        await webhooks.missed(Bell())
        await webhooks.take(ended(job.id))
        await webhooks.missed(bell)
    assert await state(database) == "works"


async def test_event_that_another_process_recorded_rings_here(database: Database) -> None:
    here = webhooks_over(database)
    there = webhooks_over(database)
    job = a_job()
    async with here.waiting(job) as bell:
        await there.take(ended(job.id))
        assert not bell.rung
        (ending,) = await WebhookEvents(database).since(0)
        await here.heard(ending)
        assert bell.rung


async def test_what_was_not_heard_is_looked_at_again(database: Database) -> None:
    here = webhooks_over(database)
    job = a_job()
    async with here.waiting(job) as bell:
        await webhooks_over(database).take(ended(job.id))
        await here.look_again(NOW + 1)
        assert not bell.rung
        await here.look_again(NOW)
        assert bell.rung


class Operators:
    """The operators, as far as they are told something."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Fact]]] = []
        self.news = asyncio.Event()

    async def tell(self, key: str, facts: Mapping[str, Fact]) -> None:
        self.told.append((key, dict(facts)))
        self.news.set()

    async def hear(self, webhooks: Webhooks) -> None:
        """Let the report run until it has nothing more to say."""
        task = asyncio.create_task(webhooks.report_forever(self.tell))
        for _ in range(3):
            await asyncio.sleep(0.01)  # what it does not say sends no event
        task.cancel()
        await asyncio.wait([task])


async def test_operators_are_told_of_a_refusal_once_also_over_restarts(database: Database) -> None:
    hours = Hours()
    operators = Operators()
    webhooks = webhooks_over(database, hours)
    report = asyncio.create_task(webhooks.report_forever(operators.tell))
    await webhooks.refused(a_job(), "webhook_not_configured")
    await asyncio.wait_for(operators.news.wait(), 30)
    report.cancel()
    await asyncio.wait([report])
    hours.now += AGAIN
    for again in (webhooks, webhooks_over(database, hours)):
        await again.refused(a_job(), "webhook_not_configured")
        await operators.hear(again)
    assert operators.told == [("operator-webhooks", {"address": ADDRESS})]


async def test_refusal_after_it_worked_is_news_again(database: Database) -> None:
    operators = Operators()
    webhooks = webhooks_over(database)
    for number in range(2):
        job = a_job()
        await stored(database, job)
        await webhooks.refused(job, "webhook_not_configured")
        await operators.hear(webhooks)
        await webhooks.take(ended(job.id, id_=f"evt_{number}"))
    assert len(operators.told) == 2


async def test_refusal_of_a_servers_own_key_is_no_news_for_operators(database: Database) -> None:
    operators = Operators()
    webhooks = webhooks_over(database)
    await webhooks.refused(replace(a_job(), key_id="own"), "webhook_not_configured")
    await operators.hear(webhooks)
    assert operators.told == []
    assert await state(database, "own") == "refused"


async def test_trouble_with_the_database_does_not_hold_up_a_purchase(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("away")

    webhooks = webhooks_over(database)
    with monkeypatch.context() as patch:
        patch.setattr(database, "write", away)
        patch.setattr(database, "read", away)
        await webhooks.refused(a_job(), "webhook_not_configured")
    assert await webhooks.callback_for(a_job()) == ADDRESS  # it will be refused again
    await webhooks.callback_for(a_job())
    with monkeypatch.context() as patch:
        patch.setattr(database, "write", away)
        await webhooks.refused(a_job(), "webhook_not_configured")
    assert await webhooks.callback_for(a_job()) is None


@pytest.mark.parametrize("fact", [None, 7, {}, {"state": "new word"}, ["works"]])
async def test_state_that_cannot_be_read_is_unknown(database: Database, fact: Any) -> None:
    assert KeyState.of("a", fact) == KeyState("a")
    await KeyValueStore(database).put(FACT + OPERATOR, fact)
    assert await webhooks_over(database).callback_for(a_job()) == ADDRESS
