"""Three processes for two slots: nothing is lost, paid twice or shown twice, whatever happens to one of them."""

from __future__ import annotations

import random
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from tests.scenarios.conftest import settings
from tests.scenarios.support import slot_rounds
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.slots import DISCORD, SETTINGS, Fleet
from tests.support.relay import Relay

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

SEED = 20261201
"""The seed of the small rounds; ``make prove ONLY=slots`` draws others."""


@pytest.fixture
async def relay(database_url: str) -> AsyncIterator[Relay]:
    with tempfile.TemporaryDirectory() as folder:  # short enough for a socket
        async with Relay.open(database_url, Path(folder)) as opened:
            yield opened


@pytest.fixture
async def fleet(relay: Relay, database_url: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """Yield the processes on a Discord with four shards; all slots are held."""
    variables = settings(tmp_path, relay.url) | SETTINGS
    async with Stage.open(variables, seconds=(0.2, 1.5), rate_limits=False, discord=DISCORD) as stage:
        opened = Fleet(stage, random.Random(SEED), tmp_path, database_url)
        try:
            await opened.start()
            yield opened
        finally:
            await opened.close()


@pytest.mark.parametrize("happens", [slot_rounds.kill, slot_rounds.freeze, slot_rounds.roll_out])
async def test_spare_takes_over_and_each_order_has_one_picture(
    fleet: Fleet, happens: Callable[[Fleet], object], record_property: Callable[[str, object], None]
) -> None:
    counts = await happens(fleet)  # type: ignore[misc]
    record_property("counts", str(counts))


async def test_database_is_away_and_each_order_has_one_picture(fleet: Fleet, relay: Relay) -> None:
    await slot_rounds.stop_database(fleet, relay.cut, relay.mend)


async def test_maintenance_holds_at_once_in_servers_of_both_slots(fleet: Fleet) -> None:
    world = fleet.stage.world
    boss = Member(world, world.application.owner)
    before = len(fleet.stage.painter.ledger)
    panel = await (await boss.command(fleet.places[0], "operator")).said()
    await boss.fill(await boss.press(panel, "Maintenance on"), why="back at noon")
    await world.until(lambda: "Maintenance" in panel.embeds[0]["description"], timeout=20)
    for place in fleet.places:
        refused = await (await boss.command(place, "edit", image=upload("cat.jpg", cat()), prompt="as it runs")).said()
        assert "back at noon" in refused.content
        assert refused.seen_only_by is boss.user
    assert len(fleet.stage.painter.ledger) == before
