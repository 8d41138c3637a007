"""Facts: kept by name, replaced by the newest."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.database import Database
from bot.key_value import KeyValueStore


async def test_what_nobody_found_out_is_none(database: Database) -> None:
    assert await KeyValueStore(database).get("nothing") is None


@pytest.mark.parametrize("value", [1, "two", [1, {"a": None}], {"grüße": "你好"}, False, 0, ""])
async def test_a_fact_comes_back_as_it_was_put(database: Database, value: Any) -> None:
    await KeyValueStore(database).put("name", value)
    stored = await KeyValueStore(database).get("name")
    assert (stored, type(stored)) == (value, type(value))


async def test_a_new_value_replaces_the_old_one_and_nothing_else(database: Database) -> None:
    key_values = KeyValueStore(database)
    await key_values.put("one", "old")
    await key_values.put("other", "stays")
    await key_values.put("one", "new")
    assert (await key_values.get("one"), await key_values.get("other")) == ("new", "stays")


async def test_facts_outlive_the_process(database_url: str) -> None:
    async with Database.open(database_url) as database:
        await KeyValueStore(database).put("kept", [1])
    async with Database.open(database_url) as database:
        assert await KeyValueStore(database).get("kept") == [1]


async def test_many_who_find_out_the_same_at_once_all_succeed(database: Database) -> None:
    key_values = KeyValueStore(database)
    for round_ in range(5):
        await asyncio.gather(*(key_values.put(f"name {round_}", number) for number in range(5)))
        assert await key_values.get(f"name {round_}") in range(5)
