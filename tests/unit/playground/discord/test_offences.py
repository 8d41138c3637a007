"""Offences: refusals that a careful bot would have foreseen, and refusals that can meet any bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from playground.world.permissions import Permission
from tests.support.small_bot import Stage, serving

Json = dict[str, Any]


@pytest.fixture
async def raw() -> AsyncIterator[Stage]:
    """Start the stand-in alone, with a command to be used."""
    async with serving() as stage:
        await stage.call(
            f"PUT /applications/{stage.world.application.id}/commands", [{"name": "hi", "description": "d"}]
        )
        yield stage


async def _answer(raw: Stage, interaction: Any) -> int:
    route = f"POST /interactions/{interaction.id}/{interaction.token}/callback"
    return (await raw.call(route, {"type": 4, "data": {"content": "Hi"}}))[0]


@pytest.mark.proves("answer-late-or-twice")
async def test_a_late_answer_and_a_second_one_are_offences(raw: Stage) -> None:
    interaction = raw.ana.types(raw.photos, "hi")
    assert await _answer(raw, interaction) == 204 and raw.world.offences == []
    await _answer(raw, interaction)
    late = raw.ana.types(raw.photos, "hi")
    raw.world.clock.advance(4)
    await _answer(raw, late)
    assert [line.split(": ")[1][:5] for line in raw.world.offences] == ["40060", "10062"]


@pytest.mark.proves("token-too-old")
async def test_a_token_before_its_time_and_after_it_is_an_offence(raw: Stage) -> None:
    interaction = raw.ana.types(raw.photos, "hi")
    route = f"POST /webhooks/{raw.world.application.id}/{interaction.token}"
    await raw.call(route, {"content": "x"})
    await _answer(raw, interaction)
    raw.world.clock.advance(14 * 60)
    assert (await raw.call(route, {"content": "x"}))[0] == 200
    raw.world.clock.advance(2 * 60)
    await raw.call(route, {"content": "x"})
    assert [line.split(": ")[1][:5] for line in raw.world.offences] == ["10015", "50027"]


@pytest.mark.proves("custom-id-too-long")
async def test_a_malformed_body_is_an_offence_that_names_its_field(raw: Stage) -> None:
    await raw.sends(raw.photos, {"embeds": [{"title": "x" * 257}]})
    await raw.sends(raw.photos, {})
    assert raw.world.offences[0].endswith("embeds.0.title BASE_TYPE_MAX_LENGTH Must be 256 or fewer in length.")
    assert "50006" in raw.world.offences[1]


async def test_a_wrong_token_and_an_unknown_route_are_offences(raw: Stage) -> None:
    await raw.call("GET /users/@me", token="wrong")
    await raw.call("GET /no/such/thing")
    assert ["GET /users/@me: 0" in raw.world.offences[0], "/no/such/thing: 0" in raw.world.offences[1]] == [True, True]


@pytest.mark.parametrize(
    ("body", "loud"),
    [
        ({"content": "@everyone look"}, "@everyone"),
        ({"content": "@here look", "allowed_mentions": {"parse": ["everyone"]}}, "@here"),
        ({"content": "<@&7> look", "allowed_mentions": {"parse": ["roles"]}}, "<@&7>"),
        ({"content": "<@&7> look", "allowed_mentions": {"parse": [], "roles": ["7"]}}, "<@&7>"),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "@everyone"}]}, "@everyone"),
        ({"content": "@everyone look", "allowed_mentions": {"parse": ["users"]}}, None),
        ({"embeds": [{"title": "@everyone"}]}, None),
        ({"content": "<@7> look"}, None),
    ],
)
@pytest.mark.proves("everyone-pinged")
async def test_mentions_of_many_people_are_an_offence_without_the_permission_too(
    raw: Stage, body: Json, loud: str | None
) -> None:
    assert (await raw.sends(raw.photos, body))[0] == 200
    assert not any(message.mention_everyone for message in raw.photos.seen)
    assert [f"lets {loud} ring" in line for line in raw.world.offences] == ([True] if loud else [])


@pytest.mark.proves("permission-known-missing")
async def test_a_missing_permission_is_an_offence_only_if_the_interaction_stated_it(raw: Stage) -> None:
    raw.ana.types(raw.photos, "hi")
    raw.world.overwrite(raw.photos, raw.world.bot, deny=Permission.SEND_MESSAGES)
    assert (await raw.sends(raw.photos, {"content": "x"}))[1]["code"] == 50013
    assert raw.world.offences == []  # taken away after the interaction stated it
    raw.ana.types(raw.photos, "hi")
    assert (await raw.sends(raw.photos, {"content": "x"}))[1]["code"] == 50013
    assert "50013" in raw.world.offences[0]


@pytest.mark.proves("no-offence")
async def test_what_can_come_over_anybody_is_no_offence(raw: Stage) -> None:
    raw.discord.fault("POST /channels/{channel}/messages", status=400, code=50035)
    await raw.sends(raw.photos, {"content": "x"})
    raw.world.overwrite(raw.photos, raw.world.bot, deny=Permission.EMBED_LINKS)
    assert (await raw.sends(raw.photos, {"embeds": [{"title": "x"}]}))[1]["code"] == 50006  # it was taken away
    await raw.call(f"GET /channels/{raw.photos.id}/messages/1")
    await raw.call(f"PATCH /channels/{raw.photos.id}/messages/1", {"content": "x"})
    raw.world.user("Ana").dms_open = False
    await raw.sends(raw.world.dm(raw.world.user("Ana")), {"content": "x"})
    assert raw.world.offences == []
