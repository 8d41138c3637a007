"""Connections of the stand-in's gateway that go wrong, in front of an unmodified discord.py and of a plain socket."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import discord
import pytest
import zstandard

from playground.world.messages import upload
from tests.support.small_bot import Stage, bot_online, png, serving

Json = dict[str, Any]
ROOT = Path(__file__).parents[4]
GATEWAY = "gateway?v=10&encoding=json"


@pytest.mark.proves("gateway-compression")
async def test_discord_py_asks_for_zstd_and_is_understood() -> None:
    async with bot_online() as stage:
        [session] = stage.discord.gateway.connected
        assert session.connection is not None and session.connection.compression == "zstd-stream"


@pytest.mark.proves("gateway-compression")
async def test_discord_py_without_zstd_asks_for_zlib_and_is_understood() -> None:
    async with serving() as stage:
        script = (
            "import sys; sys.modules['zstandard'] = None; import discord; del sys.modules['zstandard']; "
            "from playground.redirect import main; "
            f"sys.argv = ['redirect', 'tests.support.small_bot', '{stage.world.application.token}']; main()"
        )
        environment = {**os.environ, "PLAYGROUND_DISCORD": stage.discord.url}
        bot = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT, env=environment)
        try:
            [session] = await stage.discord.online()
            assert session.connection is not None and session.connection.compression == "zlib-stream"
            done = await stage.ana.command(stage.photos, "edit", image=upload("a.png", png()), prompt="x")
            assert (await done.said()).content == "Done."  # it has understood the stream
        finally:
            if bot.returncode is None:
                bot.kill()
            await bot.wait()


@pytest.mark.proves("gateway-compression")
async def test_zstd_stream_is_one_stream() -> None:
    async with (
        serving() as stage,
        stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}&compress=zstd-stream") as socket,
    ):
        stream = zstandard.ZstdDecompressor().decompressobj()
        assert json.loads(stream.decompress(await socket.receive_bytes()))["op"] == 10
        await socket.send_json(_identify(stage))
        assert json.loads(stream.decompress(await socket.receive_bytes()))["t"] == "READY"


@pytest.mark.parametrize(("resumable", "event", "readies"), [(True, "RESUMED", 1), (False, "READY", 2)])
@pytest.mark.proves("gateway-invalid-session")
async def test_an_invalid_session_is_resumed_or_begun_anew(resumable: bool, event: str, readies: int) -> None:
    async with bot_online() as stage:
        [before] = stage.discord.gateway.connected
        seen = stage.bot.events.count(event)
        stage.discord.invalidate_gateway(resumable=resumable)
        await stage.world.until(lambda: stage.bot.events.count(event) == seen + 1, 15)
        assert stage.bot.events.count("READY") == readies
        [after] = await stage.discord.online()
        assert (after is before) == resumable


@pytest.mark.proves("gateway-silence")
async def test_discord_py_notices_a_silent_connection_and_resumes() -> None:
    async with bot_online(heartbeat=0.05, more={"heartbeat_timeout": 0.3}) as stage:
        stage.discord.silence_gateway()
        await stage.ana.says(stage.photos, f"{stage.world.bot.mention} anybody there?")
        await stage.world.until(lambda: "RESUMED" in stage.bot.events, 15)
        await stage.world.until(lambda: stage.bot.heard)
        assert stage.bot.heard[0].content.endswith("anybody there?")


@pytest.mark.proves("gateway-missing-acks")
async def test_heartbeats_may_stay_unacknowledged_while_events_come() -> None:
    async with serving() as stage, stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}") as socket:
        await socket.receive_json()
        await socket.send_json(_identify(stage))
        assert [(await socket.receive_json())["t"] for _ in range(2)] == ["READY", "GUILD_CREATE"]
        stage.discord.ignore_heartbeats()
        await socket.send_json({"op": 1, "d": 2})
        await stage.ana.says(stage.photos, "hello")
        assert (await socket.receive_json())["t"] == "MESSAGE_CREATE"
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.1)


@pytest.mark.proves("gateway-missing-heartbeats")
async def test_only_a_connection_without_heartbeats_is_closed_as_timed_out() -> None:
    async with serving(heartbeat=0.2) as stage:
        address = f"{stage.discord.url}/{GATEWAY}"
        async with stage.web.ws_connect(address) as mute, stage.web.ws_connect(address) as alive:
            await mute.receive_json()
            await alive.receive_json()
            while not mute.closed:
                await alive.send_json({"op": 1, "d": None})
                assert (await alive.receive_json())["op"] == 11
                try:
                    await mute.receive(timeout=0.05)
                except TimeoutError:
                    continue
            assert mute.close_code == 4009 and not alive.closed


@pytest.mark.proves("gateway-identify-limit")
async def test_as_many_shards_identify_at_once_as_discord_allows() -> None:
    async with serving(identify_every=5.0, concurrency=2) as stage:
        assert (await stage.call("GET /gateway/bot"))[1]["session_start_limit"]["max_concurrency"] == 2
        answers = []
        for shard in (0, 1, 2):
            async with stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}") as socket:
                await socket.receive_json()
                await socket.send_json(_identify(stage, shard=[shard, 3]))
                answers.append((await socket.receive_json())["op"])
        assert answers == [0, 0, 9]  # shard 2 shares its bucket with shard 0
        assert (await stage.call("GET /gateway/bot"))[1]["session_start_limit"]["remaining"] == 998


@pytest.mark.proves("gateway-close-codes")
async def test_a_connection_that_says_nonsense_is_closed_with_its_code() -> None:
    async with serving() as stage:
        for sent, code in (("no json", 4002), (json.dumps({"op": 99}), 4003), (json.dumps(_identify(stage)), 4005)):
            async with stage.web.ws_connect(f"{stage.discord.url}/{GATEWAY}") as socket:
                await socket.receive_json()
                if code == 4005:
                    await socket.send_json(_identify(stage))
                await socket.send_str(sent)
                while not socket.closed:
                    await socket.receive(timeout=5)
                assert socket.close_code == code


def _identify(stage: Stage, **more: Any) -> Json:
    intents = discord.Intents.default().value
    data = {"token": stage.world.application.token, "intents": intents, "properties": {}, **more}
    return {"op": 2, "d": data}
