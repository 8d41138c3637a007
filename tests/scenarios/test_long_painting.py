"""A painting that outlives the interaction that ordered it."""

from __future__ import annotations

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.members import Member
from tests.scenarios.support.pictures import cards, cat, results


async def test_a_picture_comes_though_the_interactions_token_has_died(stage: Stage) -> None:
    world = stage.world
    photos = stage.world.channel("photos")

    async def twenty_minutes(phase: Phase, call: Call) -> None:
        if phase == "before" and "/generated/" in call.path:
            world.clock.advance(20 * 60)

    stage.painter.hooks.append(twenty_minutes)
    world.album["cat.jpg"] = cat()
    order = await Member(world, "Ana", at=photos).edit("cat.jpg", "as a lithograph")
    await world.until(lambda: cards(stage, "Done"), timeout=30)
    assert order.expired and len(results(stage)) == len(stage.painter.ledger) == 1
    assert not [call for call in stage.discord.requests if call.route.split(" ")[1].startswith("/webhooks/")]
