"""Many orders at once: each is stored before it is answered, answered in time, and delivered once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.database import Database
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from playground.hooks import Call, Phase
from playground.stage import Stage
from tests.scenarios.conftest import settings
from tests.scenarios.support.burst import SETTINGS, burst
from tests.scenarios.support.server import ANSWER

COUNT = 40
"""As many as fit into a test; a bench orders more."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_burst_of_orders_is_answered_in_time_and_delivered_once_each(tmp_path: Path, database_url: str) -> None:
    written: list[bool] = []
    variables = settings(tmp_path, database_url) | SETTINGS
    async with (
        Database.open(database_url) as database,
        Stage.open(variables, seconds=(0.2, 0.4), rate_limits=False, tier="svip") as stage,
    ):
        jobs = Jobs(database)
        ledger = Ledger(database)

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("before", ANSWER):
                job = str(call.json["data"]["embeds"][0]["footer"]["text"].split()[-1])
                written.append(await jobs.get(job) is not None and await ledger.reservation(job) is not None)

        stage.discord.hooks.append(hook)
        stage.painter.edge = 64
        await stage.start()
        answered = await burst(stage, COUNT)
        assert len(answered) == COUNT  # the world itself fails an interaction after three seconds
        assert written == [True] * COUNT
        assert len(stage.painter.ledger) == COUNT
        files = [file for entry in stage.world.transcript.of("message") for file in entry.facts["attachments"]]
        pictures = [file["name"] for file in files if file["name"].startswith("retouch-")]
        assert len(pictures) == len(set(pictures)) == COUNT
        assert stage.painter.offences == []
