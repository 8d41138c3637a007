"""The Styles of a server: kept, limited, and suggested whatever the database does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.database import Database, Transaction, metadata, migrate
from bot.errors import Refused
from bot.guilds import styles as room
from bot.guilds.style_template import built_in
from bot.guilds.styles import MOST, NAME_LIMIT, TEMPLATE_LIMIT, Styles

GUILD = 1_234_567_890_123_456_789
OTHER = 22
ANA = 101
BEN = 102
BUILT_IN = [style.name for style in built_in()]
SOON = 0.05
LONG = 30.0
"""Seconds that a suggestion waits: for a database that is stuck, and for one that will answer."""


@pytest.fixture
async def styles(database: Database) -> AsyncIterator[Styles]:
    styles = Styles(database, clock=lambda: 5.0)
    yield styles
    await styles.close()


async def own(styles: Styles, guild_id: int = GUILD) -> list[tuple[str, str]]:
    return [(style.name, style.template) for style in await styles.offered(guild_id) if style.key is None]


async def names(styles: Styles, typed: str = "", guild_id: int | None = GUILD, *, timeout: float = LONG) -> list[str]:
    return [style.name for style in await styles.suggest(guild_id, typed, timeout=timeout)]


async def refusal(styles: Styles, name: str, template: str = "{prompt} in neon") -> str:
    with pytest.raises(Refused) as raised:
        await styles.put(GUILD, name, template, ANA)
    return raised.value.reason


async def test_a_server_has_the_built_in_styles_and_its_own_before_them(styles: Styles) -> None:
    assert [style.name for style in await styles.offered(GUILD)] == BUILT_IN
    await styles.put(GUILD, "Zinc", "{prompt}, in zinc", ANA)
    await styles.put(GUILD, "amber", "{prompt}, in amber", BEN)
    assert [style.name for style in await styles.offered(GUILD)] == ["amber", "Zinc", *BUILT_IN]
    assert [style.name for style in await styles.offered(OTHER)] == BUILT_IN
    assert [style.name for style in await styles.offered(None)] == BUILT_IN


async def test_a_style_is_kept_with_who_made_it_and_when(styles: Styles, database: Database) -> None:
    await styles.put(GUILD, "  Neon \u202e sign ", " in neon\n letters ", ANA)
    async with database.read() as read:
        rows = (await read.execute(sa.select(metadata.tables["styles"]))).all()
    assert [tuple(row) for row in rows] == [(GUILD, "Neon sign", "in neon letters: {prompt}", ANA, 5.0)]


async def test_style_of_the_same_name_replaces_the_old_one(styles: Styles) -> None:
    await styles.put(GUILD, "neon", "{prompt}, old", ANA)
    await styles.put(GUILD, "stays", "{prompt}, too", ANA)
    await styles.put(OTHER, "neon", "{prompt}, elsewhere", ANA)
    await styles.put(GUILD, "NEON", "{prompt}, new", BEN)
    assert await own(styles) == [("NEON", "{prompt}, new"), ("stays", "{prompt}, too")]
    assert await own(styles, OTHER) == [("neon", "{prompt}, elsewhere")]


async def test_existing_style_is_removed_and_a_missing_one_is_refused(styles: Styles) -> None:
    await styles.put(GUILD, "Neon", "{prompt} in neon", ANA)
    await styles.put(OTHER, "Neon", "{prompt} in neon", ANA)
    await styles.remove(GUILD, "neon")
    assert (await own(styles), len(await own(styles, OTHER))) == ([], 1)
    for name, reason in (("neon", "style-unknown"), ("Watercolour", "style-built-in")):
        with pytest.raises(Refused) as raised:
            await styles.remove(GUILD, name)
        assert raised.value.reason == reason


async def test_what_can_not_be_kept_is_refused_with_its_reason(styles: Styles) -> None:
    refusals = [
        ("", "{prompt}", "style-name-empty"),
        (" \u200b\u202e ", "{prompt}", "style-name-empty"),
        ("n" * (NAME_LIMIT + 1), "{prompt} in neon", "style-name-too-long"),
        ("wAtErCoLoUr", "{prompt} in neon", "style-built-in"),
        ("Oil painting", "{prompt} in neon", "style-built-in"),
        ("oil", "{prompt} in neon", "style-built-in"),
        ("Ｗｏｏｄｃｕｔ", "{prompt} in neon", "style-built-in"),
        ("neon", "", "style-template-empty"),
        ("neon", " { Prompt } \u200b", "style-template-empty"),
        ("neon", "n" * (TEMPLATE_LIMIT + 1), "style-template-too-long"),
        ("neon", "{prompt} in neon, {prompt}", "style-place-twice"),
    ]
    for name, template, reason in refusals:
        assert await refusal(styles, name, template) == reason
    assert await own(styles) == []


async def test_the_longest_name_and_text_are_kept_in_every_script(styles: Styles) -> None:
    name = "字" * NAME_LIMIT
    template = "字" * TEMPLATE_LIMIT
    await styles.put(GUILD, name, template, ANA)
    assert await own(styles) == [(name, template + ": {prompt}")]


async def test_number_of_styles_is_limited_under_concurrent_writes(styles: Styles) -> None:
    for number in range(MOST - 2):
        await styles.put(GUILD, f"style {number}", "{prompt} in neon", ANA)
    coming = (styles.put(GUILD, f"new {number}", "{prompt} in neon", ANA) for number in range(5))
    ends = await asyncio.gather(*coming, return_exceptions=True)
    refused = [end.reason for end in ends if isinstance(end, Refused)]
    assert (refused, len(await own(styles))) == (["styles-full"] * 3, MOST)
    await styles.put(GUILD, "STYLE 0", "{prompt}, changed", ANA)  # what is there can still be changed
    await styles.put(OTHER, "style", "{prompt} in neon", ANA)
    await styles.remove(GUILD, "style 1")
    await styles.put(GUILD, "new again", "{prompt} in neon", ANA)
    assert len(await own(styles)) == MOST


async def test_two_processes_that_keep_the_same_name_at_once_keep_one(database_url: str) -> None:
    async with Database.open(database_url) as first, Database.open(database_url) as second:
        both = Styles(first), Styles(second)
        await asyncio.gather(*(styles.put(GUILD, "neon", f"{{prompt}} {n}", ANA) for n in range(4) for styles in both))
        assert len(await own(both[0])) == 1


async def test_chosen_style_is_found_by_id_name_or_alias(styles: Styles) -> None:
    await styles.put(GUILD, "poster", "{prompt}, as a poster", ANA)
    assert (await styles.get(GUILD, "watercolour")).name == "Watercolour"
    assert (await styles.get(None, "OIL PAINTING")).id == "oil"
    assert (await styles.get(None, "aquarelle")).id == "watercolour"
    assert (await styles.get(GUILD, "poster")).key is None
    assert (await styles.get(OTHER, "poster")).id == "risograph"
    assert (await styles.get(GUILD, "auf deutsch: style-oil", say=lambda key: f"auf Deutsch: {key}")).id == "oil"
    with pytest.raises(Refused) as raised:
        await styles.get(OTHER, "*neon*\u202e")
    assert (raised.value.reason, raised.value.facts) == ("style-unknown", {"style": r"\*neon\*"})


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
    said = await styles.suggest(GUILD, "aquarell", say=lambda key: key.replace("watercolour", "aquarell"))
    assert [style.name for style in said] == ["style-aquarell"]


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


def test_database_of_the_first_version_is_migrated_without_loss(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", "bot:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(sa.insert(metadata.tables["facts"]).values(name="kept", value=1))
    assert not sa.inspect(engine).has_table("styles")
    migrate(url)
    with engine.connect() as connection:
        assert connection.execute(sa.select(metadata.tables["facts"].c.value)).scalar_one() == 1
    assert sa.inspect(engine).has_table("styles")
    engine.dispose()
