"""The Experience: kept across restarts, bounded, and worth nothing more than a few questions where it is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.database import Database
from bot.jobs.durations import RATIO, Law
from bot.jobs.experience import FACT, KINDS, MODELS, Experience, readable
from bot.key_value import KeyValueStore
from tests.support.studio import ORDER

USUAL = (35.0, 150.0)


async def learned(experience: Experience, times: int = 30, **changes: Any) -> Law:
    forecast = await experience.of(replace(ORDER, **changes), USUAL)
    for _ in range(times):
        await forecast.learn(6.5, 7.5)
    return forecast.law


async def test_restart_goes_on_with_what_was_learned(database: Database) -> None:
    before = await learned(Experience(KeyValueStore(database)))
    after = (await Experience(KeyValueStore(database)).of(ORDER, USUAL)).law
    assert after.quantile(0.5) == pytest.approx(before.quantile(0.5), rel=0.05)
    assert after.known > 0.8 * before.known


async def test_what_is_kept_is_small_and_bounded(database: Database) -> None:
    store = KeyValueStore(database)
    experience = Experience(store)
    for count in range(1, 2 * KINDS):
        await learned(experience, 5, count=count)
    stored = await store.get(FACT + ORDER.model)
    assert len(stored["kinds"]) <= KINDS + 1
    assert len(json.dumps(stored)) < 10_000


async def test_models_beyond_the_bound_are_read_again(database: Database) -> None:
    experience = Experience(KeyValueStore(database))
    law = await learned(experience)
    for number in range(MODELS + 1):
        await learned(experience, 0, model=f"another-{number}")
    again = (await experience.of(ORDER, USUAL)).law
    assert again.quantile(0.5) == pytest.approx(law.quantile(0.5), rel=0.05)


async def test_other_counts_are_told_apart() -> None:
    experience = Experience()
    await learned(experience)
    forecast = await experience.of(replace(ORDER, count=4), USUAL)
    for _ in range(30):
        await forecast.learn(27.0, 28.0)
    assert 5 < (await experience.of(ORDER, USUAL)).law.quantile(0.5) < 9
    assert 22 < forecast.law.quantile(0.5) < 33


async def test_painting_is_saved_less_often_than_it_is_learned(database: Database) -> None:
    class Counting(KeyValueStore):
        writes = 0

        async def put(self, *arguments: Any, **options: Any) -> None:
            self.writes += 1
            await super().put(*arguments, **options)

    store = Counting(database)
    await learned(Experience(store), 200)
    assert store.writes < 60


async def test_failed_save_fails_no_picture() -> None:
    class Away(KeyValueStore):
        async def get(self, name: str) -> Any:
            return None

        async def put(self, *_: Any, **__: Any) -> None:
            raise OSError("the disk is full")

    law = await learned(Experience(Away(None)))  # type: ignore[arg-type]  # neither method reads it
    assert law.known > 20


@pytest.mark.parametrize(
    "stored",
    [
        *(None, 7, "text", [], {}, {"ratio": 2.0, "kinds": {}}, {"ratio": RATIO}, {"ratio": RATIO, "kinds": [1]}),
        *({"ratio": RATIO, "kinds": {"": masses}} for masses in (None, [1], "x", {"a": 1}, {"3": "x"}, {"999": 1.0})),
        *({"ratio": RATIO, "kinds": {"": masses}} for masses in ({"-1": 1}, {"3": -1}, {"3": 1e9}, {"3": "nan"})),
        {"ratio": RATIO, "kinds": {"": {"3": None}}},
    ],
)
async def test_broken_experience_is_ignored(database: Database, stored: Any) -> None:
    assert readable(stored) == {}
    store = KeyValueStore(database)
    await store.put(FACT + ORDER.model, stored)
    assert (await Experience(store).of(ORDER, USUAL)).law.known == 0
