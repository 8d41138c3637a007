"""A burst: many members order at the same moment. For the tests and the benches."""

from __future__ import annotations

import asyncio

from playground.stage import Stage
from playground.world.members import Member
from tests.scenarios.support.server import Server

SETTINGS = {"RUNNING_IN_ALL": "1000", "TOAPIS_TIER": "svip"}
"""What the bot must be started with, and ``tier="svip"`` at the stage: else ToAPIs' limits decide how long it takes."""


async def burst(stage: Stage, count: int) -> list[float]:
    """Let so many members order in one channel at once, and return the seconds until each was answered.

    Returns when every picture has come. Raises TimeoutError if one does not.
    """
    server = Server(stage)
    members = [Member(stage.world, stage.world.add_user(f"Member {number}")) for number in range(count)]
    for member in members:
        stage.world.join(member.user, server.guild)
    orders = await asyncio.gather(*(server.order(by=member) for member in members))
    await server.settled(timeout=5 + count)
    return [order.answered_after for order in orders if order.answered_after is not None]
