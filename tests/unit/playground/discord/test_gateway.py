"""The stand-in Discord's gateway: sessions, resuming, compression, shards, intents; with discord.py and without."""

from __future__ import annotations

import json
import zlib
from typing import Any

import aiohttp
import discord
import pytest

from playground.discord import Discord
from playground.world.permissions import Permission
from playground.world.world import World, studio
from tests.support.small_bot import SmallBot, bot_online, serving

Json = dict[str, Any]
DEFAULT = discord.Intents.default().value


@pytest.mark.proves("gateway-identify")
async def test_login_brings_servers_channels_and_the_bot_itself() -> None:
    async with bot_online() as stage:
        guild = stage.bot.get_guild(stage.guild.id)
        assert guild is not None and guild.name == "Retouch Studio" and guild.owner_id == stage.guild.owner.id
        assert [channel.name for channel in guild.text_channels] == ["general", "photos"]
        assert guild.me.guild_permissions.attach_files and guild.filesize_limit == 10 * 1024 * 1024
        assert [member.id for member in guild.members] == [stage.world.bot.id]  # without the members intent
        assert guild.member_count == 5 and stage.bot.application_id == stage.world.application.id


@pytest.mark.proves("gateway-identify")
async def test_a_wrong_token_is_refused() -> None:
    async with serving() as stage:
        async with stage.web.ws_connect(f"{stage.discord.url}/gateway?v=10&encoding=json") as socket:
            await _identify(socket, "wrong")
            assert await _closed(socket) == 4004
        async with stage.web.ws_connect(f"{stage.discord.url}/gateway?v=9&encoding=json") as socket:
            assert await _closed(socket) == 4012


@pytest.mark.proves("gateway-privileged-intent")
async def test_a_privileged_intent_must_be_switched_on() -> None:
    async with serving() as stage:
        address = f"{stage.discord.url}/gateway?v=10&encoding=json"
        async with stage.web.ws_connect(address) as socket:
            await _identify(socket, stage.world.application.token, intents=DEFAULT | 1 << 15)
            assert await _closed(socket) == 4014
        stage.world.application.message_content = True
        async with stage.web.ws_connect(address) as socket:
            await _identify(socket, stage.world.application.token, intents=DEFAULT | 1 << 15)
            assert (await _event(socket, "READY"))["application"]["flags"] == 1 << 19


@pytest.mark.proves("gateway-resume")
async def test_missed_events_are_replayed_after_a_drop() -> None:
    async with bot_online() as stage:
        bot = stage.bot
        stage.discord.drop_gateway()
        await stage.discord.offline()
        await stage.ana.says(stage.photos, f"{stage.world.bot.mention} while you were away")
        await stage.world.until(lambda: "RESUMED" in bot.events)
        await stage.world.until(lambda: bot.heard)
        assert bot.heard[0].content.endswith("while you were away") and bot.events.count("READY") == 1
        await stage.ana.says(stage.photos, f"{stage.world.bot.mention} welcome back")
        await stage.world.until(lambda: len(bot.heard) == 2)


@pytest.mark.proves("gateway-reconnect")
async def test_a_reconnect_that_discord_asks_for_resumes_too() -> None:
    async with bot_online() as stage:
        stage.discord.reconnect_gateway()
        await stage.world.until(lambda: "RESUMED" in stage.bot.events)


@pytest.mark.proves("gateway-unknown-session")
async def test_a_forgotten_session_begins_anew() -> None:
    async with bot_online() as stage:
        stage.discord.drop_gateway(resumable=False)
        await stage.world.until(lambda: stage.bot.events.count("READY") == 2)
        assert "RESUMED" not in stage.bot.events


@pytest.mark.proves("gateway-close-codes")
async def test_a_fatal_close_code_ends_the_client() -> None:
    async with serving() as stage, stage.web.ws_connect(f"{stage.discord.url}/gateway?v=10&encoding=json") as socket:
        await _identify(socket, stage.world.application.token)
        await _event(socket, "GUILD_CREATE")
        stage.discord.drop_gateway(code=4004)
        assert await _closed(socket) == 4004


@pytest.mark.proves("gateway-silence")
async def test_a_silent_connection_gives_no_sign_of_life() -> None:
    async with serving() as stage:
        address = f"{stage.discord.url}/gateway?v=10&encoding=json"
        async with stage.web.ws_connect(address) as socket:
            await _identify(socket, stage.world.application.token)
            ready = await _event(socket, "READY")
            await _event(socket, "GUILD_CREATE")
            await socket.send_json({"op": 1, "d": 2})
            assert (await socket.receive_json())["op"] == 11
            stage.discord.silence_gateway()
            await socket.send_json({"op": 1, "d": 2})
            await stage.ana.says(stage.photos, "anybody there?")
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.1)
        async with stage.web.ws_connect(f"{ready['resume_gateway_url']}?v=10&encoding=json") as again:
            await again.receive_json()
            await _send(again, 6, token=stage.world.application.token, session_id=ready["session_id"], seq=2)
            assert (await _event(again, "MESSAGE_CREATE"))["content"] == ""
            assert await _event(again, "RESUMED") is not None


@pytest.mark.proves("gateway-unknown-session")
async def test_only_a_known_session_can_be_resumed() -> None:
    async with serving() as stage, stage.web.ws_connect(f"{stage.discord.url}/resume?v=10&encoding=json") as socket:
        await socket.receive_json()
        await _send(socket, 6, token=stage.world.application.token, session_id="unknown", seq=2)
        assert (await socket.receive_json()) == {"op": 9, "t": None, "s": None, "d": False}
        await _send(socket, 8, guild_id="1")
        assert await _closed(socket) == 4003


@pytest.mark.proves("gateway-identify-limit")
async def test_two_identifies_within_five_seconds_are_refused_where_that_is_asked_for() -> None:
    async with serving(identify_every=5.0) as stage:
        address = f"{stage.discord.url}/gateway?v=10&encoding=json"
        async with stage.web.ws_connect(address) as first, stage.web.ws_connect(address) as second:
            await _identify(first, stage.world.application.token)
            await _event(first, "READY")
            await _identify(second, stage.world.application.token)
            assert (await second.receive_json())["op"] == 9
            stage.world.clock.advance(5)
            await _send(second, 2, token=stage.world.application.token, intents=DEFAULT, properties={})
            await _event(second, "READY")


@pytest.mark.proves("gateway-compression")
async def test_zlib_stream_is_one_stream() -> None:
    async with serving() as stage:
        address = f"{stage.discord.url}/gateway?v=10&encoding=json&compress=zlib-stream"
        async with stage.web.ws_connect(address) as socket:
            stream = zlib.decompressobj()

            async def receive() -> Json:
                data = await socket.receive_bytes()
                assert data.endswith(b"\x00\x00\xff\xff")
                message: Json = json.loads(stream.decompress(data))
                return message

            assert (await receive())["op"] == 10
            await _send(socket, 2, token=stage.world.application.token, intents=DEFAULT, properties={})
            assert [(await receive())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]


@pytest.mark.proves("gateway-shards")
async def test_each_server_has_its_shard() -> None:
    world = studio()
    while len({(guild.id >> 22) % 2 for guild in world.guilds.values()}) < 2:
        world.clock.advance(0.001)
        guild = world.add_guild("Another", world.user("Ana"))
        world.add_channel(guild, "hall")
    async with bot_online(world, shards=2) as stage:
        assert stage.bot.shard_count == 2 and len(stage.bot.guilds) == len(world.guilds)
        await world.until(lambda: len(stage.discord.gateway.connected) == 2)
        for guild in world.guilds.values():
            bot_guild = stage.bot.get_guild(guild.id)
            assert bot_guild is not None and bot_guild.shard_id == (guild.id >> 22) % 2
        sessions = {session.shard: session.sequence for session in stage.discord.gateway.connected}
        await stage.ana.says(stage.photos, "hello")
        after = {session.shard: session.sequence for session in stage.discord.gateway.connected}
        home = (stage.guild.id >> 22) % 2
        assert after == {home: sessions[home] + 1, 1 - home: sessions[1 - home]}


async def test_changes_of_the_world_reach_the_bots_cache() -> None:
    async with bot_online() as stage:
        world = stage.world
        guild = stage.bot.get_guild(stage.guild.id)
        assert guild is not None  # logged in
        card = await stage.place(stage.photos).send("Card")
        thread = await card.create_thread(name="Before")
        await stage.world.until(lambda: guild.get_thread(thread.id) is not None)
        await thread.edit(name="After")
        await stage.world.until(lambda: getattr(guild.get_thread(thread.id), "name", "") == "After")
        new = world.add_channel(stage.guild, "new")
        await world.until(lambda: guild.get_channel(new.id) is not None)
        world.remove_channel(new)
        await world.until(lambda: guild.get_channel(new.id) is None)
        world.overwrite(stage.photos, world.bot, deny=Permission.ATTACH_FILES)
        await world.until(lambda: not stage.place(stage.photos).permissions_for(guild.me).attach_files)
        second = world.add_guild("Second", world.user("Ben"))
        await world.until(lambda: stage.bot.get_guild(second.id) is not None)
        world.leave(world.bot, second)
        await world.until(lambda: stage.bot.get_guild(second.id) is None)
        stage.ana.deletes(await stage.ana.says(stage.photos, "oops"))
        await world.until(lambda: "MESSAGE_DELETE" in stage.bot.events)


@pytest.mark.proves("gateway-presence")
async def test_a_presence_is_kept_and_an_incomplete_presence_is_refused() -> None:
    async with serving() as stage:
        address = f"{stage.discord.url}/gateway?v=10&encoding=json"
        presence = {"since": None, "activities": [{"name": "painting", "type": 4}], "status": "dnd", "afk": False}
        async with stage.web.ws_connect(address) as socket:
            await _identify(socket, stage.world.application.token)
            await _event(socket, "READY")
            [session] = stage.discord.gateway.sessions.values()
            await _send(socket, 3, **presence)
            await stage.world.until(lambda: session.presence == presence)
            await _send(socket, 3, **{**presence, "status": "busy"})
            assert await _closed(socket) == 4002


async def test_closing_leaves_nothing_behind() -> None:
    world: World = studio()
    async with Discord(world, rate_limits=False) as there:
        session = aiohttp.ClientSession()
        socket = await session.ws_connect(f"{there.url}/gateway?v=10&encoding=json")
        await _identify(socket, world.application.token)
        await _event(socket, "READY")
    assert there.gateway.connected == []
    await session.close()


async def test_the_bot_sends_no_route_that_the_stand_in_does_not_know() -> None:
    async with bot_online() as stage:
        assert isinstance(stage.bot, SmallBot)
        assert [
            request.route for request in stage.discord.requests if request.status is None or request.status >= 400
        ] == []


async def _send(socket: aiohttp.ClientWebSocketResponse, op: int, **data: Any) -> None:
    await socket.send_json({"op": op, "d": data})


async def _identify(socket: aiohttp.ClientWebSocketResponse, token: str, intents: int = DEFAULT) -> None:
    hello = await socket.receive_json()
    assert hello["op"] == 10 and hello["d"]["heartbeat_interval"] == 41250
    await _send(socket, 2, token=token, intents=intents, properties={})


async def _event(socket: aiohttp.ClientWebSocketResponse, name: str) -> Any:
    """Return the next event of this name."""
    while True:
        message = await socket.receive_json(timeout=5)
        if message["t"] == name:
            return message["d"]


async def _closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Read until the other side closes; returns its code."""
    while not socket.closed:
        await socket.receive(timeout=5)
    return socket.close_code
