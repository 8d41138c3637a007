"""Every fault of ToAPIs, met by an order of the real bot: one picture or one sentence, and no money lost.

The scenarios are in ``fault_table.py``. One bot runs many at once, and each fault hits only its own order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.hooks import Call, Phase
from playground.toapis.server import Painter
from tests.scenarios.support.fault_runner import FaultRunner
from tests.scenarios.support.fault_table import AGES, FORMS, SAMPLE, SCENARIOS, Group, Scenario
from tests.support.databases import postgresql_database, sqlite_database


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with sqlite_database(tmp_path) as address:
        yield address


def of(group: Group) -> list[Scenario]:
    scenarios = [scenario for scenario in SCENARIOS if scenario.group == group]
    assert scenarios
    return scenarios


def test_every_fault_of_toapis_has_a_scenario() -> None:
    assert {scenario.fault for scenario in SCENARIOS} == set(Painter().faults)


async def test_every_toapis_answer_ends_in_one_picture_or_one_sentence(tmp_path: Path, url: str) -> None:
    async with FaultRunner.open(tmp_path, url) as runner:
        runner.stage.painter.billing = "settled"
        runner.check(await runner.run_all(of("told")))
        # Three refused keys and three empty accounts: the operator is warned once of each, not for each job.
        assert await runner.warned("error-key", "error-out-of-credit", "error-result-gone") == [1, 1, 1]
        assert runner.warnings("error-policy") == 0


async def test_lost_answers_are_looked_up_and_slow_ones_waited_for(tmp_path: Path, url: str) -> None:
    """This takes nearly a minute, since the client waits that long for a connection that never answers."""
    async with FaultRunner.open(tmp_path, url, DEADLINE_MINUTES="0.2") as runner:
        await runner.prove()

        async def grow_old(phase: Phase, call: Call) -> None:
            """Let a day pass when a member is told that it takes longer."""
            if (phase, call.method) != ("before", "POST") or "longer than usual" not in str(call.json):
                return
            job_id = str(call.json["nonce"]).partition(".")[0]
            runner.records.age(job_id, AGES.get(runner.faults[runner.records.prompt(job_id)], 0.0))

        async def in_turn() -> list[str]:
            """Run one after the other: a 429 delays all orders, and would hide an order that ignores its own."""
            wrong = [await runner.run(scenario, f"as painting no. {n}") for n, scenario in enumerate(FORMS)]
            return [fault for faults in wrong for fault in faults]

        runner.stage.discord.hooks.append(grow_old)
        lost, paced = await asyncio.gather(runner.run_all(of("lost")), in_turn())
        runner.check(lost + paced)
        assert await runner.warned("error-unknown", "error-gave-up") == [1, 1]


async def test_an_upload_that_is_refused_ends_before_anything_is_ordered(tmp_path: Path, url: str) -> None:
    async with FaultRunner.open(tmp_path, url) as runner:
        wrong = []
        for scenario in of("upload"):
            wrong += await runner.run(scenario, f"as {scenario.ends[6:]}, please", alone=True)
            runner.stage.painter.calm()
        # These faults hit whichever upload comes first, so both run at once, and each fails as often as it is tried.
        both = await asyncio.gather(
            *(runner.run(scenario, "as a poster", alone=True) for scenario in of("upload, both"))
        )
        runner.check([*wrong, *(fault for faults in both for fault in faults)])
        assert await runner.warned("error-key") == [1]


async def test_faults_end_the_same_on_postgresql(tmp_path: Path, postgresql: str) -> None:
    with postgresql_database(postgresql) as url:
        async with FaultRunner.open(tmp_path, url) as runner:
            await runner.prove()
            runner.check(await runner.run_all(SAMPLE))
