"""``python -m bot doctor``: in a good set-up and in broken ones, each of which it names with what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground.stage import Stage
from playground.world.permissions import Permission
from tests.scenarios.support.copies import command
from tests.support.databases import sqlite_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Yield the two stand-ins, with a bot that told Discord its commands, and was stopped."""
    folder: Path = tmp_path_factory.mktemp("doctor")
    with sqlite_database(folder) as url:
        async with Stage.open({"DATABASE_URL": url}, seconds=(0.05, 0.1), rate_limits=False) as stage:
            stage.settings["OPERATOR_IDS"] = str(stage.world.application.owner.id)
            await stage.start()
            assert await stage.stop() == 0
            yield stage


@pytest.fixture
def patient(standing: Stage) -> Stage:
    """Return the stand-ins, without the faults and settings of other tests."""
    standing.painter.calm()
    return standing


async def examined(stage: Stage, *words: str, **settings: str) -> tuple[int, list[str]]:
    """Return the exit code of the doctor, and the lines that say what to do."""
    before = dict(stage.settings)
    stage.settings |= settings
    try:
        code, output = await command(stage, "doctor", *words)
    finally:
        stage.settings = before
    assert "Traceback" not in output, output
    lines = output.splitlines()
    assert all(line.startswith(("OK  ", "FIX ")) for line in lines[:-1]), output
    return code, [line for line in lines if line.startswith("FIX ")]


async def test_good_set_up_is_well_and_names_the_invitation(patient: Stage) -> None:
    channel = patient.world.channel("photos")
    code, output = await command(patient, "doctor", "--channel", str(channel.id))
    assert (code, output.splitlines()[-1]) == (0, "All is well."), output
    application = patient.world.application.id
    link = f"client_id={application}&scope=bot+applications.commands&permissions=309237763072"
    assert f"https://discord.com/oauth2/authorize?{link}" in output


async def test_paid_picture_proves_the_look_up_and_is_in_the_books(patient: Stage) -> None:
    before = len(patient.painter.ledger)
    code, wrong = await examined(patient, "--paid")
    assert (code, wrong) == (0, [])
    assert len(patient.painter.ledger) == before + 1
    code, output = await command(patient, "reconcile")
    assert (code, output.splitlines()[-1]) == (0, "Nothing differs."), output


@pytest.mark.parametrize(
    ("settings", "matter"),
    [
        ({"OPERATOR_IDS": ""}, "operators: OPERATOR_IDS is empty"),
        ({"PUBLIC_URL": "http://127.0.0.1:9", "TOAPIS_WEBHOOK_SECRET": "x" * 32}, "webhooks: nothing answers at"),
        ({"RENDER": "true"}, "disk: this host loses its disk"),
        ({"DATABASE_URL": "postgresql://ana:hush@127.0.0.1:9/none"}, "database: it can't be used"),
        ({"DATABASE_URL": "sqlite:////proc/none/retouch.db"}, "disk: /proc can't be written to"),
    ],
    ids=["operators", "webhooks", "vanishing", "server", "folder"],
)
async def test_broken_setting_is_named_with_what_to_do(patient: Stage, settings: dict[str, str], matter: str) -> None:
    code, wrong = await examined(patient, **settings)
    assert code == 1
    assert [line for line in wrong if line.startswith(f"FIX  {matter}")], wrong
    assert not [line for line in wrong if "hush" in line]


async def test_token_that_discord_refuses_is_named(patient: Stage) -> None:
    patient.discord.fault("GET /oauth2/applications/@me", status=401, message="401: Unauthorized")
    code, wrong = await examined(patient)
    assert code == 1
    assert wrong == ["FIX  token: Discord refuses DISCORD_TOKEN: reset it under Bot in the developer portal"]


async def test_key_that_toapis_refuses_is_named(patient: Stage) -> None:
    code, wrong = await examined(patient, TOAPIS_API_KEY="sk-another")
    assert code == 1
    assert wrong == [
        "FIX  key: ToAPIs refuses TOAPIS_API_KEY: copy it anew from https://toapis.com/console/token",
    ]


async def test_channel_where_the_bot_lacks_permissions_is_named(patient: Stage) -> None:
    channel = patient.world.channel("photos")
    patient.world.overwrite(channel, patient.world.bot, deny=int(Permission.ATTACH_FILES))
    code, wrong = await examined(patient, "--channel", str(channel.id))
    assert code == 1
    assert wrong == [
        f"FIX  channel {channel.id}: the bot lacks Attach Files: allow it to the bot's role there",
    ]
    code, wrong = await examined(patient, "--channel", "12345")
    assert (code, len(wrong)) == (1, 1)
