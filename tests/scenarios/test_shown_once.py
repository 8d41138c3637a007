"""A picture is posted once, even if the channel that refused it is open again when its delivery is repeated."""

from __future__ import annotations

import asyncio

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.permissions import Permission
from tests.scenarios.support.server import MESSAGE, Server, while_painting


async def test_picture_sent_directly_is_not_repeated_in_the_thread_after_a_crash(stage: Stage) -> None:
    server = Server(stage)
    dead = asyncio.Event()
    lost = Permission.VIEW_CHANNEL

    async def kill(phase: Phase, call: Call) -> None:
        brings = any(name.startswith("retouch-") for name in call.files)
        if (phase, call.route) == ("after", MESSAGE) and brings and call.status == 200 and not dead.is_set():
            await stage.kill()
            dead.set()  # not before: the next bot could be started while the lock on the file is still held

    while_painting(stage, lambda: server.world.overwrite(server.channel, server.world.bot, deny=lost))
    stage.discord.hooks.append(kill)
    await server.order()
    await asyncio.wait_for(dead.wait(), 60)
    assert len(server.pictures) == 1
    server.world.overwrite(server.channel, server.world.bot)
    await stage.start()
    await server.settled(60)
    assert len(server.pictures) == 1, server.world.transcript
    assert server.charges == 1
