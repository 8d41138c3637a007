"""Suggestions of styles while somebody types: quick and right whatever the database does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa

from bot.database import Database, Transaction
from bot.guilds import styles as room
from bot.guilds.styles import Styles
from tests.support.own_styles import ANA, BUILT_IN, GUILD, LONG, OTHER, names

SOON = 0.05


class Stuck(Database):
    """A database that can be made to hang, or to fail, whenever it is read."""

    def __init__(self, inner: Database) -> None:
        self.__dict__ = inner.__dict__ | {"free": asyncio.Event(), "readers": 0, "broken": False}
        self.free: asyncio.Event
        self.readers: int
        self.broken: bool
        self.free.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        self.readers += 1
        await self.free.wait()
        if self.broken:
            raise sa.exc.OperationalError("SELECT", {}, OSError("no server"))
        async with super().read() as transaction:
            yield transaction


@pytest.fixture
async def stuck(database: Database) -> Stuck:
    return Stuck(database)


@pytest.fixture
async def slow(stuck: Stuck) -> AsyncIterator[Styles]:
    styles = Styles(stuck)
    await styles.put(GUILD, "Neon", "{prompt} in neon", ANA)
    yield styles
    await styles.close()


async def test_while_somebody_types_the_best_match_is_suggested_in_their_language(styles: Styles) -> None:
    await styles.put(GUILD, "Wood and water", "{prompt} in wood", ANA)
    assert await names(styles, "wat") == ["Watercolour", "Wood and water"]
    assert await names(styles, "wat", None) == ["Watercolour"]
    assert len(await names(styles)) == 13
    suggestions = await styles.suggest(GUILD, "aquarell", say=lambda key: key.replace("watercolour", "aquarell"))
    assert [style.name for style in suggestions] == ["style-aquarell"]


async def test_hanging_database_delays_nobody_and_known_styles_are_offered(slow: Styles, stuck: Stuck) -> None:
    assert await names(slow, "n") == ["Neon", *await names(slow, "n", None)]
    stuck.free.clear()
    assert await names(slow, "neo", timeout=SOON) == ["Neon"]
    assert await names(slow, "neo", OTHER, timeout=SOON) == []
    assert await names(slow, "", OTHER, timeout=SOON) == BUILT_IN


async def test_hanging_database_is_asked_once_and_its_answer_is_reused(slow: Styles, stuck: Stuck) -> None:
    stuck.free.clear()
    before = stuck.readers
    assert await asyncio.gather(*(names(slow, "neo", timeout=SOON) for _ in range(5))) == [[]] * 5
    assert await names(slow, "neo", timeout=SOON) == []
    assert stuck.readers == before + 1
    stuck.free.set()
    assert await names(slow, "neo") == ["Neon"]
    assert stuck.readers == before + 1


async def test_a_real_server_whose_table_is_locked_keeps_nobody_waiting(database: Database) -> None:
    """On SQLite a reader never waits: there the answer comes at once."""
    styles = Styles(database)
    await styles.put(GUILD, "Neon", "{prompt} in neon", ANA)
    assert await names(styles, "neo") == ["Neon"]
    async with database.write() as write:
        if write.dialect.name == "postgresql":
            await write.execute(sa.text("LOCK TABLE styles IN ACCESS EXCLUSIVE MODE"))
        assert await names(styles, "neo", timeout=SOON) == ["Neon"]
    await styles.close()


async def test_endless_reading_is_given_up_and_the_next_can_succeed(
    slow: Styles, stuck: Stuck, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room, "_READ_LIMIT", 0.01)
    stuck.free.clear()
    with caplog.at_level(logging.WARNING):
        assert await names(slow, "neo") == []
    assert "the last known serve" in caplog.text
    monkeypatch.undo()
    stuck.free.set()
    assert await names(slow, "neo") == ["Neon"]


async def test_a_database_that_fails_is_no_reason_to_offer_less(
    slow: Styles, stuck: Stuck, caplog: pytest.LogCaptureFixture
) -> None:
    await slow.suggest(GUILD, "", timeout=LONG)
    stuck.broken = True
    with caplog.at_level(logging.WARNING):
        assert await names(slow, "neo") == ["Neon"]
    assert "the last known serve" in caplog.text
    assert (await slow.get(GUILD, "woodcut")).id == "woodcut"


async def test_a_change_is_suggested_at_once_even_while_the_database_hangs(slow: Styles, stuck: Stuck) -> None:
    await slow.suggest(GUILD, "", timeout=LONG)
    stuck.free.clear()
    await slow.put(GUILD, "Neoprene", "{prompt} in rubber", ANA)
    await slow.put(GUILD, "NEON", "{prompt} in other neon", ANA)
    assert await names(slow, "neo", timeout=SOON) == ["NEON", "Neoprene"]
    await slow.remove(GUILD, "neon")
    assert await names(slow, "neo", timeout=SOON) == ["Neoprene"]


class Held(Database):
    """A database whose answer comes late: what it read is held back."""

    def __init__(self, inner: Database) -> None:
        self.__dict__ = inner.__dict__ | {"read_it": asyncio.Event(), "let_go": asyncio.Event()}
        self.read_it: asyncio.Event
        self.let_go: asyncio.Event

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        async with super().read() as transaction:
            yield transaction
        self.read_it.set()
        await self.let_go.wait()


async def test_an_answer_from_before_a_change_does_not_undo_it(database: Database) -> None:
    held = Held(database)
    styles = Styles(held)
    held.let_go.set()
    assert await names(styles, "neo") == []
    held.let_go.clear()
    held.read_it.clear()
    async with asyncio.TaskGroup() as group:
        typing = group.create_task(styles.suggest(GUILD, "neo", timeout=LONG))
        await held.read_it.wait()
        await styles.put(GUILD, "Neon", "{prompt} in neon", ANA)
        held.let_go.set()
    assert [style.name for style in typing.result()] == ["Neon"]
    await styles.close()


async def test_only_so_many_lists_are_remembered(slow: Styles, stuck: Stuck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_REMEMBERED", 2)
    for guild_id in (GUILD, 1, 2):
        await slow.suggest(guild_id, "", timeout=LONG)
    stuck.free.clear()
    assert await names(slow, "neo", timeout=SOON) == []


async def test_nothing_is_left_running_after_the_end(slow: Styles, stuck: Stuck) -> None:
    stuck.free.clear()
    before = asyncio.all_tasks()
    await names(slow, timeout=SOON)
    assert len(asyncio.all_tasks() - before) == 1
    await slow.close()
    assert not asyncio.all_tasks() - before


def test_nobody_who_types_waits_longer_than_a_second_and_a_half() -> None:
    assert room._PATIENCE < 1.5
