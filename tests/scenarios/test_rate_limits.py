"""With Discord's rate limits on, orders in quick succession are all delivered, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.discord.limits import RULES
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from tests.scenarios.conftest import settings
from tests.scenarios.support.pictures import cat, results
from tests.support.databases import sqlite_database


async def pictures(stage: Stage, count: int) -> None:
    await stage.world.until(lambda: len(results(stage)) == count, timeout=30)


async def test_second_picture_does_not_wait_for_the_firsts_thread_rate_limit(tmp_path: Path) -> None:
    """Discord counts the threads of a channel in windows of five minutes."""
    with sqlite_database(tmp_path) as url:
        async with Stage.open(settings(tmp_path, url), seconds=(0.1, 0.2)) as stage:
            await stage.start()
            ana = Member(stage.world, "Ana")
            photos = stage.world.channel("photos")
            for number in range(1, 4):
                await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
                await pictures(stage, number)
            assert len(photos.threads) == 3


async def test_rate_limited_card_edits_do_not_delay_orders_in_a_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five of fourteen cards can be edited: a workflow that waited for its turn would never buy."""
    monkeypatch.setitem(RULES, "PATCH /channels/{channel}/messages/{message}", (5, 3600.0))
    with sqlite_database(tmp_path) as url:
        async with Stage.open(settings(tmp_path, url), seconds=(0.1, 0.2)) as stage:
            await stage.start()
            photos = stage.world.channel("photos")
            orders = list[Interaction]()
            assert photos.guild is not None
            for number in range(14):
                guest = Member(stage.world, stage.world.add_user(f"Guest {number}"))
                stage.world.join(guest.user, photos.guild)
                orders.append(guest.types(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster"))
            await stage.world.until(lambda: len(stage.painter.ledger) == 14, timeout=30)
            await stage.world.until(lambda: len(results(stage)) == 14, timeout=30)
            assert not any(order.failed for order in orders)
