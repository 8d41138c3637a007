"""The keys that encrypt the servers' own keys: missing, restored, rotated or wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from playground.hooks import Drop
from playground.stage import Stage
from tests.scenarios.support.own_key_server import (
    ENCRYPTION_KEY,
    clean,
    field,
    private_answer,
    spoil,
    started,
    stored_keys,
)
from tests.scenarios.support.server import CREATE, LOOK, finish, job_in, once
from tests.scenarios.support.wording import sentence
from tests.support.secrets_left import leaks

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
async def test_without_encryption_keys_none_is_stored_and_nobody_else_pays(
    idle_stage: Stage, database_url: str
) -> None:
    idle_stage.settings["SECRET_KEYS"] = ENCRYPTION_KEY
    server = await started(idle_stage)
    offered = await server.panel()
    await server.sends(server.key)
    await idle_stage.stop()
    idle_stage.settings["SECRET_KEYS"] = ""
    await idle_stage.start()
    refused = await server.order()
    assert refused.ephemeral
    assert sentence("refused-own-key-locked").fullmatch((await refused.said()).content)
    off = sentence("refused-own-key-off")
    assert off.fullmatch((await (await server.boss.press(offered, "Own key…")).said()).content)
    await private_answer(await server.boss.press(await server.panel(), "Remove own key"))
    assert sentence("own-key-unavailable").fullmatch(field(await server.panel()))
    assert server.charges == 0
    await server.picture(job := job_in((await server.order()).message))
    assert server.payers(job) == [idle_stage.painter.key]
    await idle_stage.stop()
    idle_stage.settings["SECRET_KEYS"] = ENCRYPTION_KEY
    await idle_stage.start()
    await server.sends(server.key)
    spoil(database_url, stored_keys(database_url)[-1].sealed[:-8] + "tampered")
    assert sentence("refused-own-key-locked").fullmatch((await (await server.order()).said()).content)
    assert server.charges == 1


@on_sqlite
@pytest.mark.parametrize(("point", "words"), [(CREATE, "error-unknown-locked"), (LOOK, "held-locked")])
async def test_picture_bought_before_encryption_keys_were_lost_is_delivered_when_restored(
    idle_stage: Stage, tmp_path: Path, database_url: str, point: str, words: str
) -> None:
    with clean(idle_stage, tmp_path, database_url):
        server = await started(idle_stage)
        await server.sends(server.key)
        idle_stage.painter.fault("slow")
        reached = asyncio.Event()
        dead = asyncio.Event()

        async def hold() -> None:
            reached.set()
            await dead.wait()
            raise Drop

        once(idle_stage.painter.hooks, "after", point, hold)
        order = await server.order()
        await asyncio.wait_for(reached.wait(), 60)
        await idle_stage.kill()
        finish(idle_stage.painter)
        dead.set()
        idle_stage.settings["SECRET_KEYS"] = ""
        await idle_stage.start()
        card = order.message
        assert card is not None
        messages = [card, *server.thread.seen]
        await server.world.until(lambda: any(sentence(words).search(message.text) for message in messages), timeout=60)
        assert not sentence("error-own-key-locked").search(card.text)  # it says that nothing was charged
        assert await idle_stage.stop() == 0
        idle_stage.settings["SECRET_KEYS"] = ENCRYPTION_KEY
        await idle_stage.start()
        job = job_in(card)
        await server.picture(job)
        await server.settled(60)
        assert server.payers(job) == [server.key]
        assert server.askers(job) == {server.key}
        assert server.creates == len(server.pictures) == 1
        await idle_stage.stop()


async def rotate(stage: Stage, **more: str) -> tuple[int, str]:
    """Run ``python -m bot rotate``; return its exit code and everything that it printed."""
    keys = {
        "DISCORD_TOKEN": stage.world.application.token,
        "TOAPIS_API_KEY": stage.painter.key,
        "TOAPIS_BASE_URL": stage.painter.url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "rotate", cwd=ROOT, env={**os.environ, **stage.settings, **keys, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


OTHER_ENCRYPTION_KEY = Fernet.generate_key().decode()


ROOT = Path(__file__).parents[2]


async def test_rotation_makes_the_old_encryption_key_removable_and_names_wrong_keys(
    idle_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(idle_stage, tmp_path, database_url, lambda: {"another seal": OTHER_ENCRYPTION_KEY}):
        server = await started(idle_stage)
        await server.sends(server.key)
        await idle_stage.stop()
        code, printed = await rotate(idle_stage, SECRET_KEYS=OTHER_ENCRYPTION_KEY)
        assert code == 2
        assert "1 more can't be opened: add the key that sealed them to SECRET_KEYS" in printed
        secrets = {
            "seal": ENCRYPTION_KEY,
            "another": OTHER_ENCRYPTION_KEY,
            "key": server.key,
            "operator's": idle_stage.painter.key,
        }
        assert leaks(secrets, {"printed": printed.encode()}) == []
        code, printed = await rotate(idle_stage, SECRET_KEYS=f"{OTHER_ENCRYPTION_KEY},{ENCRYPTION_KEY}")
        assert code == 0
        assert "1 servers' own keys are sealed with the first of SECRET_KEYS" in printed.splitlines()
        idle_stage.settings["SECRET_KEYS"] = OTHER_ENCRYPTION_KEY
        await idle_stage.start()
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [server.key]
        await idle_stage.stop()


def test_secret_scan_finds_planted_secrets() -> None:
    places = {"log": b"... sk-planted ...", "database": b"nothing"}
    assert leaks({"key": "sk-planted", "seal": "quiet"}, places) == ["key in log"]
