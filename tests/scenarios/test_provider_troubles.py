"""Each trouble that ToAPIs can make, met by an order of the real bot: one picture, or one sentence, and no money lost.

The stories stand in ``troubles.py``. Many are told at once by one bot, each in a mood that strikes its order alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.hooks import Call, Phase
from playground.toapis.server import Painter
from tests.scenarios.support.fault_runner import Telling
from tests.scenarios.support.fault_table import AGES, FORMS, SAMPLE, STORIES, Group, Story
from tests.support.databases import postgresql_database, sqlite_database


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with sqlite_database(tmp_path) as address:
        yield address


def of(group: Group) -> list[Story]:
    found = [story for story in STORIES if story.group == group]
    assert found
    return found


def test_every_fault_of_toapis_has_a_scenario() -> None:
    assert {story.fault for story in STORIES} == set(Painter().faults)


async def test_every_toapis_answer_ends_in_one_picture_or_one_sentence(tmp_path: Path, url: str) -> None:
    async with Telling.open(tmp_path, url) as scene:
        scene.stage.painter.billing = "settled"
        scene.over(await scene.all(of("told")))
        # Three refused keys and three empty accounts: each is told once, not once for each job.
        assert await scene.warned("error-key", "error-out-of-credit", "error-result-gone") == [1, 1, 1]
        assert scene.warnings("error-policy") == 0


async def test_lost_answers_are_looked_up_and_slow_ones_waited_for(tmp_path: Path, url: str) -> None:
    """Nearly a minute long, for the client's own patience with a connection that never answers."""
    async with Telling.open(tmp_path, url, DEADLINE_MINUTES="0.2") as scene:
        await scene.prove()

        async def grow_old(phase: Phase, call: Call) -> None:
            """When a member hears that it takes longer, a day has gone by."""
            if (phase, call.method) != ("before", "POST") or "longer than usual" not in str(call.json):
                return
            job_id = str(call.json["nonce"]).partition(".")[0]
            scene.records.age(job_id, AGES.get(scene.faults[scene.records.prompt(job_id)], 0.0))

        async def in_turn() -> list[str]:
            """One by one: a 429 holds back everybody, and would hide who does not heed their own."""
            return [what for n, story in enumerate(FORMS) for what in await scene.one(story, f"as painting no. {n}")]

        scene.stage.discord.hooks.append(grow_old)
        lost, paced = await asyncio.gather(scene.all(of("lost")), in_turn())
        scene.over(lost + paced)
        assert await scene.warned("error-unknown", "error-gave-up") == [1, 1]


async def test_an_upload_that_is_refused_ends_before_anything_is_ordered(tmp_path: Path, url: str) -> None:
    async with Telling.open(tmp_path, url) as scene:
        wrong = []
        for story in of("upload"):
            wrong += await scene.one(story, f"as {story.ends[6:]}, please", alone=True)
            scene.stage.painter.calm()
        # Which upload they strike can't be told: so both at once, and each fails as often as it is tried.
        both = await asyncio.gather(*(scene.one(story, "as a poster", alone=True) for story in of("upload, both")))
        scene.over([*wrong, *(what for each in both for what in each)])
        assert await scene.warned("error-key") == [1]


async def test_faults_end_the_same_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    with postgresql_database(postgresql) as url:
        async with Telling.open(tmp_path, url) as scene:
            await scene.prove()
            scene.over(await scene.all(SAMPLE))
