"""The Slot: who lost it begins nothing and accepts nothing; it is never taken for held longer than its lease."""

from __future__ import annotations

import asyncio

import pytest

from bot.database import Database
from bot.errors import StandsBy
from bot.guilds.gate import Limits
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.slot import Fence, Slot
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from tests.support.engine_runs import InlineEngine
from tests.support.studio import ORDER, PRICE, WHERE, entries


async def numbered(database: Database) -> Slot:
    slot = Slot()
    async with database.write() as write:
        await slot.number_alone(write)
    return slot


async def test_each_holder_has_a_number_of_its_own(database: Database) -> None:
    first = await numbered(database)
    second = await numbered(database)
    assert (first.fence, second.fence) == (Fence(0, 1), Fence(0, 2))
    async with database.read() as read:
        assert not await first.is_ours(read)
        assert await second.is_ours(read)
        assert await Slot().is_ours(read)  # where no other process can be


async def test_who_was_followed_by_another_accepts_no_order(database: Database) -> None:
    slot = await numbered(database)
    intake = Intake(
        database=database,
        jobs=Jobs(database),
        ledger=Ledger(database),
        engine=InlineEngine(),  # type: ignore[arg-type]  # nothing is begun before somebody has answered
        limits=Limits(pictures_per_day=9, running_per_member=9, running_in_all=9),
        slot=slot,
    )
    job = await intake.accept(ORDER, PRICE, WHERE)
    assert len(await entries(database, job.id)) == 1
    await numbered(database)
    with pytest.raises(StandsBy):
        await intake.accept(ORDER, PRICE, WHERE)
    assert len(await Ledger(database).held()) == 1


async def test_nothing_goes_on_while_it_is_doubted_or_its_lease_is_over() -> None:
    now = [0.0]
    slot = Slot(clock=lambda: now[0])
    slot.take(7)
    slot.renew(15.0)
    assert await slot.mine() == Fence(0, 7)
    now[0] = 15.0  # the process was frozen, and nobody has looked since
    waiting = asyncio.create_task(slot.mine())
    await asyncio.wait_for(slot.doubted.wait(), 10)
    assert not waiting.done()
    slot.renew(30.0)
    slot.take(8)
    assert await asyncio.wait_for(waiting, 10) == Fence(0, 8)
    slot.doubt()
    assert not slot.is_held


async def test_no_step_begins_while_it_is_not_held(database: Database) -> None:
    slot = Slot()
    begun = asyncio.Event()
    end = asyncio.Event()
    engine = Engine(database, slot=slot)

    async def step() -> None:
        end.set()

    async def story(_: str, __: str) -> None:
        begun.set()
        await engine.run("deliver", step)

    slot.doubt()
    async with engine.running(story, at_once=1, drain=0.0):
        await engine.submit("job")
        await asyncio.wait_for(begun.wait(), 20)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not end.is_set()
        slot.take(1)
        await asyncio.wait_for(end.wait(), 20)


async def test_confirmation_asks_again_until_the_server_says_yes() -> None:
    slot = Slot()
    answers = [False, True]

    async def ask() -> bool:
        return answers.pop(0)

    slot.ask = ask
    confirming = asyncio.create_task(slot.confirm())
    await asyncio.wait_for(slot.doubted.wait(), 10)
    assert not confirming.done()
    slot.take(2)
    await asyncio.wait_for(confirming, 10)
    assert answers == []


async def test_who_lost_the_slot_answers_nobody_and_who_lost_the_database_does() -> None:
    slot = Slot()
    assert await slot.answers()
    slot.doubt()
    assert await slot.answers(patience=0.01)
    answering = asyncio.create_task(slot.answers(patience=60))
    slot.gone.set()
    assert not await asyncio.wait_for(answering, 10)
