"""The world itself: time, ids, waiting, the transcript; and a bot in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from playground.hooks import Call, Phase
from playground.world import conversation
from playground.world.clock import Clock, moment
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel
from playground.world.world import World, studio
from tests.support.small_bot import Stage, png, serving

ROOT = Path(__file__).parents[4]
SPEC = ROOT.parent / "shared" / "discord-openapi.json"


@pytest.fixture
def world() -> World:
    return studio()


# Time


def test_ids_sort_by_time_and_are_never_the_same() -> None:
    clock = Clock(lambda: 1_700_000_000.0)
    ids = [clock.snowflake() for _ in range(100)]
    assert ids == sorted(set(ids)) and moment(ids[0]) == 1_700_000_000.0
    clock.advance(60)
    assert moment(clock.snowflake()) == 1_700_000_060.0


async def test_waiting_ends_with_the_transcript_where_nothing_happens(world: World) -> None:
    conversation.post(world, world.channel("photos"), world.user("Ana"), "hello")
    with pytest.raises(TimeoutError, match=r"#photos \| Ana message : hello"):
        await world.until(lambda: False, timeout=0.02)


async def test_waiting_looks_again_at_each_change(world: World) -> None:
    photos = world.channel("photos")
    waiting = asyncio.ensure_future(world.until(lambda: photos.seen, timeout=2))
    await asyncio.sleep(0)
    conversation.post(world, photos, world.user("Ana"), "hello")
    assert (await waiting)[0].content == "hello"


# The transcript


async def test_the_transcript_reads_like_a_story_and_is_json() -> None:
    async with serving() as stage:
        await _register(stage)
        interaction = stage.ana.types(stage.photos, "hi")
        stage.world.clock.advance(0.8)
        route = f"POST /interactions/{interaction.id}/{interaction.token}/callback"
        await stage.call(route, {"type": 4, "data": {"content": "Hello", "flags": 64}})
        _, card = await stage.sends(
            stage.photos, {"content": f"{stage.ana.user.mention} look", "embeds": [{"title": "T"}]}
        )
        await stage.call(f"POST /channels/{stage.photos.id}/messages/{card['id']}/threads", {"name": "A thread"})
        await stage.call(f"PATCH /channels/{stage.photos.id}/messages/{card['id']}", {"content": "Done"})
        await stage.call(f"PATCH /channels/{card['id']}", {"archived": True})
        await stage.call(f"DELETE /channels/{stage.photos.id}/messages/{card['id']}")
        log = stage.world.transcript
        assert [entry.kind for entry in log] == [
            "command", "message", "answered", "message", "thread", "edited", "archived", "deleted",
        ]  # fmt: skip
        assert 800 <= log[2].facts["after_ms"] < 2000 and log[2].facts["ephemeral"]
        assert log[3].facts["pinged"] == ["Ana"] and log[3].facts["embeds"] == [{"title": "T", "description": None}]
        assert "#photos > A thread | Retouch archived" in str(log) and "(pings Ana)" in str(log)
        assert json.loads(json.dumps(log.as_json()))[0]["text"] == "/hi"


@pytest.mark.proves("answer-within-three-seconds")
async def test_without_an_answer_the_interaction_fails_after_three_seconds() -> None:
    async with serving() as stage:
        await _register(stage)
        interaction = stage.ana.types(stage.photos, "hi")
        stage.world.clock.advance(2.9)
        assert not interaction.failed
        stage.world.clock.advance(0.2)
        assert interaction.failed and not interaction.answered and interaction.answered_after is None
        assert (await interaction.outcome()) is interaction


async def _register(stage: Stage) -> None:
    status, _ = await stage.call(
        f"PUT /applications/{stage.world.application.id}/commands", [{"name": "hi", "description": "Says hi"}]
    )
    assert status == 200


# A bot in a process of its own


@asynccontextmanager
async def process(stage: Stage) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, "PLAYGROUND_DISCORD": stage.discord.url}
    command = (sys.executable, "-m", "playground.redirect", "tests.support.small_bot", stage.world.application.token)
    bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    try:
        await stage.discord.online()
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


async def test_a_bot_killed_before_the_confirmation_has_still_answered() -> None:
    async with serving() as stage:
        async with process(stage) as bot:

            async def kill(phase: Phase, call: Call) -> None:
                if phase == "after" and call.route.endswith("/callback"):
                    bot.kill()
                    await bot.wait()

            stage.discord.hooks.append(kill)
            done = await stage.ana.command(stage.photos, "edit", image=upload("a.png", png()), prompt="x")
            assert await bot.wait() == -9
            assert done.answered and (await done.said()).content == "Done."
            await stage.discord.offline()
            stage.discord.hooks.clear()
        async with process(stage):
            done = await stage.ana.command(stage.photos, "edit", image=upload("a.png", png()), prompt="x")
            assert done.answered and len(stage.photos.seen) == 2
            assert len(stage.discord.gateway.sessions) == 1  # the dead bot's session was cleared away


async def test_the_redirect_says_what_it_needs() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PLAYGROUND_DISCORD"}
    command = (sys.executable, "-m", "playground.redirect", "tests.support.small_bot")
    bot = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE)
    _, words = await bot.communicate()
    assert bot.returncode == 1 and b"PLAYGROUND_DISCORD" in words


# Discord's own specification


def _missing(spec: Any, name: str, shape: Any, path: str = "") -> list[str]:
    """Return what the specification requires and the shape lacks or has in another type, one level of lists deep."""
    kinds = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    wanted = spec["components"]["schemas"][name]
    lines = [f"{path}{key} is missing" for key in wanted.get("required", []) if key not in shape]
    for key, rule in wanted.get("properties", {}).items():
        value = shape.get(key)
        kind = rule.get("type")
        if key in shape and isinstance(kind, str) and not isinstance(value, kinds.get(kind, object)):
            lines.append(f"{path}{key} is {value!r}, not {kind}")
        inner = rule.get("$ref", "").rsplit("/", 1)[-1]
        if isinstance(value, dict) and inner:
            lines += _missing(spec, inner, value, f"{path}{key}.")
        item = rule.get("items", {}).get("$ref", "").rsplit("/", 1)[-1] if kind == "array" else ""
        for entry in value if item and isinstance(value, list) else ():
            if isinstance(entry, dict):
                lines += _missing(spec, item, entry, f"{path}{key}[].")
    return lines


async def test_the_answers_have_what_discords_specification_requires() -> None:
    if not SPEC.exists():
        print("NOT RUN: Discord's specification is not beside this repository")
        return
    spec = json.loads(SPEC.read_text())
    async with serving() as stage:
        await _register(stage)
        photo = await Member(stage.world, "Ben").says(stage.photos, "Look", files=(upload("a b.png", png()),))
        stage.world.application.message_content = True
        answers: dict[str, tuple[int, Any]] = {
            "MessageResponse": await stage.call(f"GET /channels/{stage.photos.id}/messages/{photo.id}"),
            "ThreadResponse": await stage.call(
                f"POST /channels/{stage.photos.id}/messages/{photo.id}/threads", {"name": "x"}
            ),
            "GuildChannelResponse": await stage.call(f"GET /channels/{stage.photos.id}"),
            "PrivateChannelResponse": await stage.call(
                "POST /users/@me/channels", {"recipient_id": str(stage.ana.user.id)}
            ),
            "GuildMemberResponse": await stage.call(f"GET /guilds/{stage.guild.id}/members/{stage.ana.user.id}"),
            "PrivateApplicationResponse": await stage.call("GET /applications/@me"),
            "GatewayBotResponse": await stage.call("GET /gateway/bot"),
        }
        _, roles = await stage.call(f"GET /guilds/{stage.guild.id}/roles")
        _, commands = await stage.call(f"GET /applications/{stage.world.application.id}/commands")
        interaction = stage.ana.types(stage.photos, "hi")
        route = f"POST /interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        answers |= {
            "GuildRoleResponse": (200, roles[0]),
            "ApplicationCommandResponse": (200, commands[0]),
            "InteractionCallbackResponse": await stage.call(route, {"type": 4, "data": {"content": "x"}}),
        }
        attachments = answers["MessageResponse"][1]["attachments"]
        answers["MessageAttachmentResponse"] = (200, attachments[0])
        assert all(status < 300 for status, _ in answers.values())
        assert [lack for name, (_, shape) in answers.items() for lack in _missing(spec, name, shape, f"{name}: ")] == []


def test_a_channel_is_found_by_its_name(world: World) -> None:
    channel: Channel = world.channel("#photos")
    assert channel.label == "#photos" and channel.topic == "Pictures to be edited"
    with pytest.raises(KeyError):
        world.channel("nowhere")


def test_the_application_and_the_bots_user_have_two_ids() -> None:
    world = World()
    assert world.application.id != world.bot.id
    assert world.user(world.bot.name).id == world.bot.id
    assert world.application.id not in world.users
