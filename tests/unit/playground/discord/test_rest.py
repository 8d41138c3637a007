"""The stand-in Discord's REST: what it accepts, what it refuses, and in which words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio

from playground.world.messages import upload
from tests.support.small_bot import Stage, bot_online, png, serving

Json = dict[str, Any]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    """Start a logged-in discord.py."""
    async with bot_online() as stage:
        yield stage


@pytest_asyncio.fixture
async def raw() -> AsyncIterator[Stage]:
    """Start the stand-in alone."""
    async with serving() as stage:
        yield stage


def wrongs(tree: Json, path: str = "") -> list[str]:
    """Return the nested errors of a 50035 answer, flat: "embeds.0.title BASE_TYPE_MAX_LENGTH"."""
    lines = [f"{path} {error['code']}".strip() for error in tree.get("_errors", [])]
    for key, inner in tree.items():
        if key != "_errors":
            lines += wrongs(inner, f"{path}.{key}".strip("."))
    return lines


@pytest.mark.proves("message-nonce")
async def test_a_repeated_nonce_is_one_message(raw: Stage) -> None:
    body = {"content": "Paid", "nonce": "job-1", "enforce_nonce": True}
    (_, first) = await raw.sends(raw.photos, body)
    (_, again) = await raw.sends(raw.photos, body)
    assert first["id"] == again["id"] and first["nonce"] == "job-1" and len(raw.photos.messages) == 1
    await raw.sends(raw.guild.channel("general"), body)
    assert len(raw.guild.channel("general").messages) == 1
    raw.world.clock.advance(301)
    assert (await raw.sends(raw.photos, body))[1]["id"] != first["id"]
    await raw.sends(raw.photos, body | {"enforce_nonce": False})
    assert len(raw.photos.messages) == 3


BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"content": "x" * 2001}, "content BASE_TYPE_MAX_LENGTH"),
        ({"content": ["x"]}, "content STRING_TYPE_CONVERT"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"description": "x" * 4096}, {"description": "x" * 2000}]}, "embeds MAX_EMBED_SIZE_EXCEEDED"),
        ({"embeds": [{"fields": [{"name": "x"}]}]}, "embeds.0.fields.0.value BASE_TYPE_REQUIRED"),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text BASE_TYPE_MAX_LENGTH"),
        ({"embeds": [{"image": {"url": "ftp://x"}}]}, "embeds.0.image.url URL_TYPE_INVALID_SCHEME"),
        ({"embeds": [{}] * 11}, "embeds BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "nonce": "n" * 26}, "nonce BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "flags": "64"}, "flags NUMBER_TYPE_COERCE"),
        ({"components": [{"type": 1, "components": [BUTTON, BUTTON]}]}, "components COMPONENT_CUSTOM_ID_DUPLICATED"),
        ({"components": [{"type": 1, "components": [BUTTON]}] * 6}, "components BASE_TYPE_BAD_LENGTH"),
        (
            {"components": [{"type": 1, "components": [BUTTON | {"custom_id": "x" * 101}]}]},
            "components.0.components.0.custom_id BASE_TYPE_BAD_LENGTH",
        ),
        (
            {"components": [{"type": 1, "components": [BUTTON | {"label": "x" * 81}]}]},
            "components.0.components.0.label BASE_TYPE_BAD_LENGTH",
        ),
        ({"components": [BUTTON]}, "components.0 UNION_TYPE_CHOICES"),
        ({"attachments": [{"id": 0, "description": "x" * 1025}]}, "attachments.0.description BASE_TYPE_MAX_LENGTH"),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, "allowed_mentions.parse.0 BASE_TYPE_CHOICES"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        ({"content": "x", "message_reference": {"message_id": "1"}}, "message_reference REPLIES_UNKNOWN_MESSAGE"),
        (
            {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]},
            "content MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
    ],
)
@pytest.mark.proves("content-too-long", "message-field-limits")
async def test_a_body_that_is_not_well_formed_is_refused(raw: Stage, body: Json, wrong: str) -> None:
    status, answer = await raw.sends(raw.photos, body)
    assert (status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    assert wrong in wrongs(answer["errors"])
    assert raw.photos.messages == {}


V2 = {"flags": 1 << 15}
WORDS = {"type": 10, "content": "x"}
CAT = {"media": {"url": "https://example.org/cat.png"}}


@pytest.mark.parametrize(
    ("components", "wrong"),
    [
        ([WORDS] * 41, "components BASE_TYPE_BAD_LENGTH"),
        ([{"type": 17, "components": [WORDS] * 40}], "components COMPONENT_MAX_TOTAL"),
        ([{"type": 10, "content": "x" * 2001}] * 2, "components COMPONENT_TEXT_MAX"),
        ([{"type": 10, "content": ""}], "components.0.content BASE_TYPE_BAD_LENGTH"),
        ([{"type": 9, "components": [WORDS]}], "components.0.accessory BASE_TYPE_REQUIRED"),
        ([{"type": 9, "components": [WORDS] * 4, "accessory": BUTTON}], "components.0.components BASE_TYPE_BAD_LENGTH"),
        ([{"type": 12, "items": [CAT] * 11}], "components.0.items BASE_TYPE_BAD_LENGTH"),
        ([{"type": 12, "items": [CAT | {"description": "x" * 1025}]}],
         "components.0.items.0.description BASE_TYPE_BAD_LENGTH"),
        ([{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}],
         "components UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"),
        ([{"type": 13, "file": {"url": "https://example.org/a.txt"}}], "components.0.file.url URL_TYPE_INVALID_SCHEME"),
        ([{"type": 14, "spacing": 3}], "components.0.spacing BASE_TYPE_CHOICES"),
        ([{"type": 17, "components": [{"type": 17, "components": [WORDS]}]}],
         "components.0.components.0 UNION_TYPE_CHOICES"),
        ([{"type": 17, "components": [WORDS], "accent_color": 1 << 24}], "components.0.accent_color NUMBER_TYPE_MAX"),
        ([BUTTON], "components.0 UNION_TYPE_CHOICES"),
        ([{"type": 18, "label": "x", "component": BUTTON}], "components.0 UNION_TYPE_CHOICES"),
    ],
)  # fmt: skip
@pytest.mark.proves("message-layouts")
async def test_a_layout_that_is_not_well_formed_is_refused(raw: Stage, components: Any, wrong: str) -> None:
    status, answer = await raw.sends(raw.photos, V2 | {"components": components})
    assert (status, answer["code"]) == (400, 50035) and wrong in wrongs(answer["errors"])


@pytest.mark.proves("message-layouts")
async def test_a_layout_stays_a_layout(raw: Stage) -> None:
    _, sent = await raw.sends(raw.photos, V2 | {"components": [WORDS]})
    route = f"PATCH /channels/{raw.photos.id}/messages/{sent['id']}"
    status, answer = await raw.call(route, {"flags": 0, "content": "Plain again"})
    assert status == 400 and any("LEGACY_FIELDS" in error for error in wrongs(answer["errors"]))
    assert (await raw.call(route, {"flags": 0}))[1]["flags"] == 1 << 15


@pytest.mark.proves("message-field-limits")
async def test_unknown_fields_are_ignored_and_limits_may_be_reached_exactly(raw: Stage) -> None:
    body = {"content": "x" * 2000, "nonce": "n" * 25, "colour": 1, "embeds": [{"title": "x" * 256, "mood": 2}]}
    assert (await raw.sends(raw.photos, body))[0] == 200
    assert (await raw.sends(raw.photos, {"content": "  "}))[1]["code"] == 50006


@pytest.mark.parametrize(
    ("route", "body", "status", "code"),
    [
        ("GET /channels/1", None, 404, 10003),
        ("GET /channels/none", None, 400, 50035),
        ("GET /guilds/1", None, 404, 10004),
        ("GET /users/1", None, 404, 10013),
        ("GET /guilds/{guild}/members/1", None, 404, 10013),
        ("POST /webhooks/{application}/nothing", {"content": "x"}, 401, 50027),
        ("POST /webhooks/1/nothing", {"content": "x"}, 404, 10015),
        ("POST /interactions/1/nothing/callback", {"type": 4}, 404, 10062),
        ("PUT /applications/1/commands", [], 404, 10002),
        ("GET /no/such/thing", None, 404, 0),
        ("POST /channels/{photos}/messages/1/threads", {"name": "x"}, 404, 10008),
        ("POST /channels/{photos}/threads", {"name": "x", "auto_archive_duration": 61}, 400, 50035),
        ("POST /channels/{photos}/threads", {"name": "x" * 101}, 400, 50035),
        ("POST /channels/{photos}/threads", {"name": ""}, 400, 50035),
        ("GET /channels/{photos}/messages?limit=101", None, 400, 50035),
        ("PATCH /channels/{photos}", {"name": "x"}, 403, 50013),
    ],
)
@pytest.mark.proves("member-fetch", "message-error-codes")
async def test_what_is_not_there_or_not_right(raw: Stage, route: str, body: Any, status: int, code: int) -> None:
    assert raw.photos.guild is not None
    ids = {"application": raw.world.application.id, "photos": raw.photos.id, "guild": raw.photos.guild.id}
    actual, answer = await raw.call(route.format(**ids), body)
    assert (actual, answer["code"]) == (status, code)


@pytest.mark.proves("member-fetch")
async def test_one_member_is_told_with_their_roles_without_any_intent(raw: Stage) -> None:
    guild = raw.photos.guild
    assert guild is not None
    chiyo = raw.world.user("Chiyo")
    route = f"GET /guilds/{guild.id}/members/{chiyo.id}"
    status, member = await raw.call(route)
    assert (status, member["roles"]) == (200, [str(role.id) for role in guild.members[chiyo.id].roles])
    raw.world.leave(chiyo, guild)
    status, answer = await raw.call(route)
    assert (status, answer["code"]) == (404, 10007)


@pytest.mark.proves("message-error-codes")
async def test_a_wrong_token_or_no_json_opens_nothing(raw: Stage) -> None:
    assert await raw.call("GET /users/@me", token="wrong") == (401, {"message": "401: Unauthorized", "code": 0})
    assert (await raw.call("GET /gateway/bot", token="wrong"))[0] == 401
    address = f"{raw.discord.url}/api/v10/channels/{raw.photos.id}/messages"
    headers = {"Authorization": f"Bot {raw.world.application.token}", "Content-Type": "application/json"}
    async with raw.web.post(address, data=b"{", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)
    async with raw.web.post(address, data=b"content=x", headers=headers | {"Content-Type": "text/plain"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50035)


async def test_history_goes_both_ways(raw: Stage) -> None:
    ids = [(await raw.sends(raw.photos, {"content": str(n)}))[1]["id"] for n in range(6)]
    route = f"GET /channels/{raw.photos.id}/messages"

    async def page(query: str) -> list[str]:
        return [message["content"] for message in (await raw.call(f"{route}?{query}"))[1]]

    assert await page("limit=2") == ["5", "4"]
    assert await page(f"limit=2&before={ids[4]}") == ["3", "2"]
    assert await page(f"limit=2&after={ids[1]}") == ["3", "2"]
    assert await page(f"limit=3&around={ids[2]}") == ["3", "2", "1"]


@pytest.mark.proves("direct-messages-closed")
async def test_direct_messages_reach_who_takes_them(stage: Stage) -> None:
    ana = stage.guild.members[stage.ana.user.id].user
    user = await stage.bot.fetch_user(ana.id)
    await user.send("Hello")
    assert [message.content for message in stage.world.dm(ana).seen] == ["Hello"]
    ana.dms_open = False
    with pytest.raises(discord.Forbidden) as no:
        await user.send("Hello?")
    assert no.value.code == 50007


async def test_forward_is_told_to_the_bot_without_its_author(raw: Stage) -> None:
    # https://discord.com/developers/docs/resources/message#message-reference-content-attribution-forwards
    general = raw.guild.channel("general")
    first = await raw.ana.says(general, "my cat", files=(upload("cat.png", png()),))
    copy = await raw.ana.forwards(first, raw.photos)
    raw.world.application.message_content = True
    (_, answer) = await raw.call(f"GET /channels/{raw.photos.id}/messages/{copy.id}")
    assert answer["message_reference"]["type"] == 1
    assert answer["message_reference"]["message_id"] == str(first.id)
    assert answer["flags"] & 1 << 14
    (snapshot,) = answer["message_snapshots"]
    assert snapshot["message"]["attachments"][0]["filename"] == "cat.png"
    assert not {"author", "id", "channel_id"} & snapshot["message"].keys()
    raw.world.application.message_content = False
    (_, hidden) = await raw.call(f"GET /channels/{raw.photos.id}/messages/{copy.id}")
    assert hidden["message_snapshots"][0]["message"]["attachments"] == []
