"""Rate limits of the stand-in Discord, and the ways in which a test makes it fail."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
import pytest_asyncio

from playground.hooks import Call, Drop, Phase
from tests.support.small_bot import Stage, bot_online, serving

Json = dict[str, Any]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    """Start a logged-in discord.py."""
    async with bot_online() as stage:
        yield stage


def file(data: bytes = b"x", name: str = "out.png", description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(data), name, description=description)


@pytest.mark.proves("limit-buckets")
async def test_a_real_client_waits_for_the_limit() -> None:
    async with bot_online(rate_limits=True) as limited:
        start = time.monotonic()
        channel = limited.place(limited.photos)
        limited.discord.fault("POST /channels/{channel}/messages", status=429, retry_after=0.15)
        await channel.send("Repeated")
        assert time.monotonic() - start >= 0.15
        statuses = [request.status for request in limited.discord.requests if request.method == "POST"]
        assert statuses == [429, 200]


@pytest.mark.proves("limit-buckets")
async def test_a_bucket_says_what_is_left_and_closes() -> None:
    async with serving(rate_limits=True) as limited:
        route = f"{limited.discord.url}/api/v10/channels/{limited.photos.id}/messages"
        headers = {"Authorization": f"Bot {limited.world.application.token}"}
        left = []
        for n in range(6):
            async with limited.web.post(route, json={"content": str(n)}, headers=headers) as answer:
                left.append(answer.headers["X-RateLimit-Remaining"])
                body = await answer.json()
        assert left == ["4", "3", "2", "1", "0", "0"] and answer.status == 429 and "Via" in answer.headers
        assert 4 < body["retry_after"] <= 5 and body["global"] is False and len(limited.photos.messages) == 5
        limited.world.clock.advance(5)
        assert (await limited.sends(limited.photos, {"content": "again"}))[0] == 200
        assert (await limited.sends(limited.guild.channel("general"), {"content": "elsewhere"}))[0] == 200


@pytest.mark.proves("limit-global")
async def test_the_global_limit_and_the_rename_limit() -> None:
    async with serving(rate_limits=True) as limited:
        answers = [await limited.call(f"GET /channels/{limited.photos.id}/messages/{n}") for n in range(52)]
        assert sum(status == 429 for status, _ in answers) >= 40
        assert answers[-1][1]["global"] is True
        limited.world.clock.advance(60)
        _, thread = await limited.call(f"POST /channels/{limited.photos.id}/threads", {"name": "x", "type": 11})
        for n, expected in enumerate((200, 200, 429)):
            status, answer = await limited.call(f"PATCH /channels/{thread['id']}", {"name": f"x{n}"})
            assert status == expected
        assert answer["retry_after"] > 500
        assert (await limited.call(f"PATCH /channels/{thread['id']}", {"archived": True}))[0] == 200


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
@pytest.mark.proves("limit-scope")
async def test_a_429_says_whose_limit_it_is(scope: str) -> None:
    async with serving() as raw:
        route = "POST /channels/{channel}/messages"
        raw.discord.fault(route, status=429, retry_after=0.2, scope=scope)
        address = f"{raw.discord.url}/api/v10/channels/{raw.photos.id}/messages"
        headers = {"Authorization": f"Bot {raw.world.application.token}"}
        async with raw.web.post(address, json={"content": "x"}, headers=headers) as answer:
            assert (answer.status, answer.headers["X-RateLimit-Scope"], answer.headers["Retry-After"]) == (
                429,
                scope,
                "1",
            )
            assert ("X-RateLimit-Global" in answer.headers) == (scope == "global") == (await answer.json())["global"]


async def test_hooks_see_both_sides_of_an_effect(stage: Stage) -> None:
    seen: list[Any] = []

    async def look(phase: Phase, call: Call) -> None:
        if call.route == "POST /channels/{channel}/messages":
            seen.append((phase, call.params, call.json["content"], call.files, call.status, len(stage.photos.messages)))
            seen.append(call.answer and call.answer["content"])

    stage.discord.hooks.append(look)
    await stage.place(stage.photos).send("Hello", file=file())
    params = {"channel": str(stage.photos.id)}
    assert seen == [
        ("before", params, "Hello", ("out.png",), None, 0), None,
        ("after", params, "Hello", ("out.png",), 200, 1), "Hello",
    ]  # fmt: skip


@pytest.mark.parametrize(("phase", "messages"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_leaves_the_effect_or_not(stage: Stage, phase: Phase, messages: int) -> None:
    async def hang_up(now: Phase, call: Call) -> None:
        if now == phase and call.route == "POST /channels/{channel}/messages":
            raise Drop

    stage.discord.hooks.append(hang_up)
    with pytest.raises(aiohttp.ClientError):
        await stage.place(stage.photos).send("Lost?")
    assert len(stage.photos.messages) == messages
    assert stage.discord.requests[-1].status is None


async def test_a_fault_is_answered_so_many_times(stage: Stage) -> None:
    stage.discord.fault("POST /channels/{channel}/messages", status=503, times=2)
    channel = stage.place(stage.photos)
    for _ in range(2):
        with pytest.raises(discord.DiscordServerError):
            await channel.send("x")
    await channel.send("y")
    assert [message.content for message in stage.photos.seen] == ["y"]
