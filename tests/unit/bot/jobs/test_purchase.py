"""The Purchase: whatever happens on the way, one job is charged once. Counted by the painter's own ledger."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bot.database import Database
from bot.errors import (
    CreateLost,
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    OrderRejected,
    OutOfCredit,
    PolicyRefused,
    RateLimited,
    RetouchError,
)
from bot.jobs.engine import Engine
from bot.jobs.job import JobState
from bot.jobs.purchase import ROUNDS, Purchase
from bot.jobs.store import Jobs
from bot.jobs.workflows import WorkflowPhase
from playground.hooks import Call, Drop, Phase
from tests.support.engine_runs import InlineEngine, life, reaches
from tests.support.purchase_shop import CREATE, WINDOW, Shop, buys, buys_in_a_workflow, shop
from tests.support.studio import PICTURE_URL


async def test_a_good_create_is_one_charge_and_proves_the_look_up(database: Database) -> None:
    async with shop(database) as s:
        task_id = await buys_in_a_workflow(s)
        assert await s.is_bought_once(task_id)
        row = await s.row()
        assert (row.state, row.submitted_at) == (JobState.SUBMITTED, s.hours.now)
        assert s.creates == 1
        assert await s.lookup().is_proved()
        assert s.painter.offences == []


@pytest.mark.parametrize("fault", ["reset-after", "html-200", "late-task", "truncated-json"])
async def test_a_create_whose_answer_was_lost_is_found_and_not_bought_again(database: Database, fault: str) -> None:
    async with shop(database) as s:
        s.painter.fault(fault, times=1)
        assert await s.is_bought_once(await buys(s))
        assert s.creates == 1


async def test_lost_create_is_sent_again_after_a_proved_no(database: Database) -> None:
    async with shop(database) as s:
        await s.prove()
        began = s.hours.now
        s.painter.fault("reset-before", times=1)
        assert await s.is_bought_once(await buys(s))
        assert s.creates == 2
        assert s.hours.now - began >= WINDOW  # a slow create may be in flight until then


@pytest.mark.parametrize(
    ("create", "find", "proved", "charges"),
    [
        ("reset-before", None, False, 0),
        ("reset-after", "lookup-absent", False, 1),
        ("reset-after", "lookup-absent", True, 1),  # proved once, and now it says no to the job that proved it, too
        ("reset-after", "unauthorized", True, 1),
    ],
)
async def test_a_lost_create_of_which_nobody_can_tell_is_never_sent_again(
    database: Database, create: str, find: str | None, proved: bool, charges: int
) -> None:
    async with shop(database) as s:
        if proved:
            await s.prove()
        s.painter.fault(create, times=1)
        if find:
            s.painter.fault(find, on=("find",))
        assert isinstance(await buys(s), CreateLost)
        assert (s.creates, len(s.charges)) == (1, charges)
        row = await s.row()
        assert (row.state, row.task_id) == (JobState.ACCEPTED, None)
        assert await s.ledger.held() == [s.job.id] if not proved else s.job.id in await s.ledger.held()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("insufficient-quota", OutOfCredit),
        ("policy-422", PolicyRefused),
        ("unauthorized", KeyRefused),
        ("forbidden", NotAllowed),
        ("invalid-request", OrderRejected),
        ("no-channel", ModelUnavailable),
        ("rate-limited", RateLimited),
    ],
)
async def test_a_refusal_is_told_and_nothing_is_sent_again(
    database: Database, fault: str, kind: type[RetouchError]
) -> None:
    async with shop(database) as s:
        s.painter.fault(fault, on=("create",))
        assert type(await buys(s)) is kind
        assert (s.creates, s.charges, len(s.painter.requests)) == (1, [], 1)
        assert (await s.row()).state is JobState.ACCEPTED


@pytest.mark.parametrize(
    ("dies", "proved", "creates", "bought_"),
    [("after", False, 1, True), ("after", True, 1, True), ("before", True, 2, True), ("before", False, 1, False)],
)
async def test_a_new_life_with_an_old_intent_looks_before_it_buys(
    database: Database, dies: Phase, proved: bool, creates: int, bought_: bool
) -> None:
    async with shop(database) as s:
        if proved:
            await s.prove()
        dead = asyncio.Event()

        async def kill(phase: Phase, call: Call) -> None:
            if phase == dies and call.route == CREATE and not dead.is_set():
                dead.set()
                await asyncio.Event().wait()

        s.painter.hooks.append(kill)
        first = Engine(database)
        purchase = s.purchase(first)

        async def workflow(job_id: str, phase: WorkflowPhase) -> None:
            await purchase.buy(s.job, [PICTURE_URL])

        async with life(first, workflow):
            await first.submit(s.job.id)
            await asyncio.wait_for(dead.wait(), 60)
        s.hours.now += 3600.0
        born = s.hours.now
        end = await buys_in_a_workflow(s)
        assert s.creates == creates
        if bought_:
            assert await s.is_bought_once(end)
        else:
            assert isinstance(end, CreateLost)
            assert s.charges == []
        if dies == "before":
            assert s.hours.now >= born + WINDOW  # whoever sent it was dead at our birth, but its create may travel yet


async def test_what_an_earlier_life_bought_is_not_asked_for_again(database: Database) -> None:
    async with shop(database) as s:
        first = Engine(database)
        bought_ = asyncio.Event()
        ends = []
        for engine in (first, Engine(database)):
            purchase = s.purchase(engine)

            async def workflow(
                job_id: str, phase: WorkflowPhase, engine: Engine = engine, purchase: Purchase = purchase
            ) -> None:
                ends.append(await purchase.buy(s.job, [PICTURE_URL]))
                bought_.set()
                if engine is first:
                    await asyncio.Event().wait()  # and here it dies, before the story ends

            async with life(engine, workflow):
                await engine.submit(s.job.id)
                await asyncio.wait_for(bought_.wait(), 60)
                if engine is not first:
                    await reaches(engine, s.job.id, "done")
            bought_.clear()
        assert ends[0] == ends[1]
        assert await s.is_bought_once(ends[0])
        assert len(s.painter.requests) == 2  # the create, and the question that proved the look-up


async def test_without_money_that_is_held_nothing_is_sent(database: Database) -> None:
    async with shop(database) as s:
        await s.ledger.give_back(s.job.id)
        error = await buys(s)
        assert type(error) is RetouchError
        assert "money" in error.detail
        assert s.painter.requests == []


async def test_after_three_rounds_it_is_lost(database: Database) -> None:
    async with shop(database) as s:
        await s.prove()
        s.painter.fault("reset-before")
        error = await buys(s)
        assert isinstance(error, CreateLost)
        assert "3 times" in error.detail
        assert (s.creates, s.charges) == (ROUNDS, [])


async def test_bought_task_that_was_not_saved_is_looked_up_not_rebought(database: Database) -> None:
    async with shop(database) as s:

        class Away(Jobs):
            """A store whose database is away at the first move."""

            away = True

            async def move(self, job_id: str, to: JobState, **changes: Any) -> bool:
                if self.away:
                    self.away = False
                    raise OSError("the database is away")
                return await super().move(job_id, to, **changes)

        engine = InlineEngine()
        task_id = await s.purchase(engine, Away(database, s.hours)).buy(s.job, [PICTURE_URL])
        assert engine.steps == ["submit", "submit", "prove"]
        assert await s.is_bought_once(task_id)
        assert s.creates == 1


async def test_what_nobody_foresaw_is_lost_and_not_called_unbought(database: Database) -> None:
    async with shop(database) as s:

        class Gone(Jobs):
            async def move(self, job_id: str, to: JobState, **changes: Any) -> bool:
                raise OSError("the database is gone")

        with pytest.raises(CreateLost, match="the database is gone"):
            await s.purchase(InlineEngine(), Gone(database, s.hours)).buy(s.job, [PICTURE_URL])
        assert s.creates == len(s.charges) == 1


TASK_FAULTS = ("good", "reset-before", "reset-after", "bad-gateway", "policy-422")


async def test_no_chain_of_fates_charges_twice_or_loses_what_was_charged(database: Database) -> None:
    for fates in product(TASK_FAULTS, repeat=ROUNDS):
        async with shop(database) as s:
            await s.prove()
            left = list(fates)

            async def outcome(phase: Phase, call: Call, s: Shop = s, left: list[str] = left) -> None:
                if phase == "before" and call.route == CREATE and left:
                    s.painter.calm()
                    if (fault := left.pop(0)) != "good":
                        s.painter.fault(fault, times=1, on=("create",))

            s.painter.hooks.append(outcome)
            end = await buys(s)
            assert len(s.charges) <= 1, fates
            # Charged is found; and where it is not, the member is told so only after a clear no.
            assert bool(s.charges) == isinstance(end, str), fates
            assert not s.charges or await s.is_bought_once(end), fates


async def test_a_connection_that_breaks_at_every_look_buys_nothing_twice(database: Database) -> None:
    async with shop(database) as s:
        s.painter.fault("reset-after", times=1)
        broken: list[str] = []

        async def drop(phase: Phase, call: Call) -> None:
            if call.method == "GET" and len(broken) < 30:
                broken.append(call.route)
                raise Drop

        s.painter.hooks.append(drop)
        assert await s.is_bought_once(await buys(s))
        assert s.creates == 1


@pytest.mark.parametrize(("key_id", "error"), [("theirs", KeyRefused), (None, CreateLost)])
async def test_what_a_refused_key_may_have_bought_only_its_owner_can_see(
    database: Database, key_id: str | None, error: type[RetouchError]
) -> None:
    async with shop(database) as s:
        s.job = replace(s.job, key_id=key_id)
        s.painter.fault("reset-before", times=1)
        s.painter.fault("unauthorized", on=("find",))
        assert isinstance(await buys(s), error)
        assert s.charges == []
