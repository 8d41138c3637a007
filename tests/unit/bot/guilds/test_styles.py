"""The Styles of a server: kept, limited, and suggested whatever the database does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.database import Database, metadata
from bot.errors import Refused
from bot.guilds.styles import MOST, NAME_LIMIT, TEMPLATE_LIMIT, Styles
from bot.migrations.migrate import migrate
from tests.support.own_styles import ANA, BUILT_IN, GUILD, OTHER

BEN = 102


async def own(styles: Styles, guild_id: int = GUILD) -> list[tuple[str, str]]:
    return [(style.name, style.template) for style in await styles.offered(guild_id) if style.key is None]


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
