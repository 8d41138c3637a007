"""The bot, broken in eight ways: the world notices each, and every scenario must end without an offence."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from tests.scenarios.conftest import QUICK
from tests.scenarios.support.pictures import cat, results
from tests.support.broken import WAYS
from tests.support.databases import sqlite_database

NOTICED = {
    "answer after four seconds": "POST /interactions/{interaction}/{token}/callback: 10062 Unknown interaction",
    "two answers": "POST /interactions/{interaction}/{token}/callback: 40060 Interaction has already been acknowledged",
    "a custom_id of 101 characters": "components.0.components.0.custom_id BASE_TYPE_BAD_LENGTH",
    "a content of 2,001 characters": "content BASE_TYPE_MAX_LENGTH",
    "everyone is pinged": "lets @everyone ring",
    "the token is used after fifteen minutes": "POST /webhooks/{webhook}/{token}: 50027 Invalid Webhook Token",
    "a post without permission": "POST /channels/{channel}/messages: 50013 Missing Permissions",
    "base64 to ToAPIs": "base64, data URIs and local paths are not accepted",
}


async def _an_order(tmp_path: Path, module: tuple[str, ...], until: str | None) -> list[str]:
    """Make Ana order where the bot may not write in threads; twenty minutes pass before the result.

    Returns the offences, after ``until`` is in one of them (None: after the picture came).
    """
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(QUICK)
    with sqlite_database(tmp_path) as url:
        settings = {"DATABASE_URL": url, "CATALOGUE_FILE": str(catalogue)}
        async with Stage.open(settings, seconds=(0.1, 0.1), rate_limits=False) as stage:
            world = stage.world
            photos = world.channel("photos")

            async def pass_time(phase: Phase, call: Call) -> None:
                if phase == "before" and "/generated/" in call.path:
                    world.clock.advance(20 * 60)
                world.changed()  # so that ToAPIs' offences are looked at

            stage.painter.hooks.append(pass_time)
            await stage.start(*module)
            world.overwrite(photos, world.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
            Member(world, "Ana").types(photos, "edit", image=upload("cat.jpg", cat()), prompt="in oil")

            def ended() -> bool:
                return any(until in line for line in stage.offences) if until else bool(results(stage))

            await world.until(ended, timeout=30)
            return stage.offences


def test_every_breakage_has_its_notice() -> None:
    assert list(WAYS) == list(NOTICED)


@pytest.mark.parametrize("way", NOTICED)
@pytest.mark.proves("breakages-noticed")
async def test_the_world_notices(tmp_path: Path, way: str) -> None:
    offences = await _an_order(tmp_path, ("tests.support.broken", way), NOTICED[way])
    assert any(NOTICED[way] in line for line in offences)


async def test_the_bot_as_it_is_gives_no_offence_in_the_same_order(tmp_path: Path) -> None:
    assert await _an_order(tmp_path, ("bot",), None) == []
