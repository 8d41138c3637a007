"""Maintenance: once the operator is told that it is on, no process accepts an order; off, all is as before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.database import Database, Transaction
from bot.errors import Refused
from bot.guilds.gate import Limits
from bot.guilds.rules import GuildRules, Rules
from bot.i18n import Phrases
from bot.jobs.intake import Intake
from bot.jobs.job import Job, JobState
from bot.jobs.maintenance import LONGEST, Maintenance, Notice
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.studio import NOW, ORDER, PRICE, WHERE, Hours

MANY = Limits(pictures_per_day=90, running_per_member=90, running_in_all=90)
UNUSED: Any = None


def an_intake(database: Database, rules: Rules | None = None) -> Intake:
    hours = Hours()
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    return Intake(database=database, jobs=jobs, ledger=ledger, engine=UNUSED, limits=MANY, rules=rules, clock=hours)


class SlowRules(Rules):
    """While an order is decided on, somebody begins maintenance; it is seen whether that could be done already."""

    pause: asyncio.Future[None]
    done: bool | None = None

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.begun = asyncio.Event()

    async def within(self, transaction: Transaction, guild_id: int | None) -> GuildRules:
        rules = await super().within(transaction, guild_id)
        self.begun.set()
        done, _ = await asyncio.wait({self.pause}, timeout=0.5)  # as long as one likes: it must not be done
        self.done = bool(done)
        return rules


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Open the database twice: two processes, as far as a database can tell."""
    async with Database.open(url) as first, Database.open(url) as second:
        yield first, second


async def test_maintenance_is_on_only_between_begin_and_end(database: Database) -> None:
    intake = an_intake(database)
    assert await intake.maintenance.now() is None
    await intake.is_open()
    await intake.pause("new brushes")
    assert await intake.maintenance.now() == Notice(NOW, "new brushes")
    with pytest.raises(Refused, match="maintenance-why"):
        await intake.is_open()
    await intake.pause("")
    assert await Maintenance(database).now() == Notice(NOW, "")
    await intake.resume()
    await intake.resume()
    assert await intake.maintenance.now() is None
    assert isinstance(await intake.accept(ORDER, PRICE, WHERE), Job)


async def test_another_process_refuses_at_once_and_leaves_nothing(database_url: str) -> None:
    async with two(database_url) as (first, second):
        ours = an_intake(first)
        theirs = an_intake(second)
        await ours.pause("")
        answers = await asyncio.gather(*(theirs.accept(ORDER, PRICE, WHERE) for _ in range(5)), return_exceptions=True)
        assert [answer.key for answer in answers if isinstance(answer, Refused)] == ["refused-maintenance"] * 5
        assert await Jobs(first).in_state(*JobState) == []
        assert await Ledger(first, Hours()).held() == []
        await ours.resume()
        assert isinstance(await theirs.accept(ORDER, PRICE, WHERE), Job)


@pytest.mark.proves("maintenance-begins")
async def test_pause_waits_for_an_order_that_another_process_decides(database_url: str) -> None:
    async with two(database_url) as (first, second):
        rules = SlowRules(second)

        async def begin() -> None:
            await rules.begun.wait()
            await an_intake(first).pause("")

        async with asyncio.TaskGroup() as group:
            rules.pause = group.create_task(begin())
            order = group.create_task(an_intake(second, rules).accept(ORDER, PRICE, WHERE))
            await rules.pause
            taken = await Jobs(first).in_state(*JobState)  # the operator is told now: what is here is all there is
        assert rules.done is False
        assert [job.id for job in taken] == [order.result().id]
        with pytest.raises(Refused, match="maintenance"):
            await an_intake(second).accept(ORDER, PRICE, WHERE)


async def test_repeated_order_is_refused_as_twice_even_in_maintenance(database: Database) -> None:
    intake = an_intake(database)
    await intake.accept(ORDER, PRICE, WHERE, idempotency_key="message:1")
    await intake.pause("")
    with pytest.raises(Refused, match="twice"):
        await intake.accept(ORDER, PRICE, WHERE, idempotency_key="message:1")


async def test_the_operators_sentence_can_do_nothing_but_be_read(database: Database) -> None:
    intake = an_intake(database)
    await intake.pause("@everyone **back** at\n<t:1:R> https://evil.example " + "x" * 900)
    with pytest.raises(Refused) as refused:
        await intake.is_open()
    sentence = Phrases().explain("en", refused.value)
    assert "\\@everyone \\*\\*back\\*\\* at \\<t\\:1\\:R\\> https\\://evil.example" in sentence
    assert "\n" not in sentence
    notice = await intake.maintenance.now()
    assert notice is not None
    assert len(notice.why) <= LONGEST
