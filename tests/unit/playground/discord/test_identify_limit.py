"""The limit of IDENTIFY, and the shards that a process names: several processes of a bot share both."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from playground.world.members import Member
from tests.support.small_bot import Stage, serving

Json = dict[str, Any]
GATEWAY = "gateway?v=10&encoding=json"


@pytest.mark.proves("gateway-identify-limit")
async def test_identify_that_comes_too_soon_is_counted() -> None:
    async with serving(identify_every=5.0) as stage:
        for shard in (0, 1):
            async with stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}") as socket:
                await socket.receive_json()
                await socket.send_json(_identify(stage, shard=[shard, 2]))
                await socket.receive_json()
        assert [shard for shard, _ in stage.discord.gateway.limit.hasty] == [1]
        assert stage.discord.gateway.identified == [(0, 2)]


@pytest.mark.parametrize(
    ("shard", "least", "code"), [([2, 2], 1, 4010), ([-1, 2], 1, 4010), ("0 of 2", 1, 4010), ([0, 2], 3, 4011)]
)
@pytest.mark.proves("gateway-shard-codes")
async def test_shard_that_can_not_be_is_closed_with_its_code(shard: Any, least: int, code: int) -> None:
    async with serving() as stage, stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}") as socket:
        stage.discord.gateway.least_shards = least
        await socket.receive_json()
        await socket.send_json(_identify(stage, shard=shard))
        while not socket.closed:
            await socket.receive(timeout=5)
        assert socket.close_code == code


@pytest.mark.proves("gateway-shards")
async def test_each_of_two_processes_hears_only_of_its_shard() -> None:
    async with serving() as stage:
        address = f"{stage.discord.url}/{GATEWAY}"
        async with stage.web.ws_connect(address) as first, stage.web.ws_connect(address) as second:
            sockets = (first, second)
            for shard, socket in enumerate(sockets):
                await socket.receive_json()
                await socket.send_json(_identify(stage, shard=[shard, 2]))
                while (await socket.receive_json())["t"] != "READY":
                    pass
            guild = stage.world.add_guild("New", stage.world.application.owner)
            theirs = sockets[(guild.id >> 22) % 2]
            channel = stage.world.add_channel(guild, "new")
            await Member(stage.world, guild.owner).says(channel, "hello")
            await Member(stage.world, guild.owner).says(stage.world.dm(guild.owner), "in private")
            assert await _next(theirs, "MESSAGE_CREATE") == str(guild.id)
            assert await _next(first, "MESSAGE_CREATE") is None


async def _next(socket: Any, name: str) -> str | None:
    """Return the server's id of the next event of this name."""
    while (event := await socket.receive_json(timeout=5))["t"] != name:
        pass
    guild_id: str | None = event["d"].get("guild_id")
    return guild_id


def _identify(stage: Stage, **more: Any) -> Json:
    intents = discord.Intents.default().value
    return {"op": 2, "d": {"token": stage.world.application.token, "intents": intents, "properties": {}, **more}}
