"""Registering commands and answering interactions, by raw calls: what Discord would refuse is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.small_bot import Stage, serving

Json = dict[str, Any]


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


OPTION = {"type": 3, "name": "a", "description": "d"}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ({"name": "Edit", "description": "d"}, "0.name APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "two words", "description": "d"}, "0.name APPLICATION_COMMAND_INVALID_NAME"),
        ({"name": "edit"}, "0.description BASE_TYPE_REQUIRED"),
        ({"name": "edit", "description": "d" * 101}, "0.description BASE_TYPE_BAD_LENGTH"),
        (
            {"name": "edit", "description": "d", "options": [OPTION, OPTION | {"name": "b", "required": True}]},
            "0.options.1.required APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        ({"name": "edit", "description": "d", "options": [OPTION] * 26}, "0.options BASE_TYPE_MAX_LENGTH"),
        (
            {"name": "edit", "description": "d", "options": [OPTION | {"choices": [{"name": "n", "value": "v"}] * 26}]},
            "0.options.0.choices BASE_TYPE_MAX_LENGTH",
        ),
        (
            {"name": "edit", "description": "d", "options": [OPTION | {"type": 12}]},
            "0.options.0.type BASE_TYPE_CHOICES",
        ),
        (
            {"name": "edit", "description": "d", "name_localizations": {"xx": "n"}},
            "0.name_localizations.xx DICT_TYPE_INVALID_KEY",
        ),
        (
            {"name": "Menu", "type": 3, "description": "d"},
            "0.description APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED",
        ),
    ],
)
@pytest.mark.proves("command-form")
async def test_a_command_that_is_not_well_formed_is_refused(raw: Stage, command: Json, wrong: str) -> None:
    status, answer = await raw.call(f"PUT /applications/{raw.world.application.id}/commands", [command])
    assert status == 400 and wrong in wrongs(answer["errors"])
    assert raw.world.commands == []


@pytest.mark.proves("command-form")
async def test_commands_keep_their_ids_and_their_scopes(raw: Stage) -> None:
    everywhere = "/applications/{0}/commands"
    here = "/applications/{0}/guilds/{1}/commands"
    route, local = (template.format(raw.world.application.id, raw.guild.id) for template in (everywhere, here))
    edit = {"name": "edit", "description": "d"}
    menu = {"name": "Edit this", "type": 3}
    _, first = await raw.call(f"PUT {route}", [edit, menu])
    _, again = await raw.call(f"PUT {route}", [edit])
    assert again[0]["id"] == first[0]["id"]
    assert (await raw.call(f"POST {local}", edit))[0] == 201
    assert len(raw.world.commands) == 2 and (await raw.call(f"GET {route}"))[1] == again
    assert (await raw.call(f"PUT {route}", [edit, edit]))[0] == 400
    assert (await raw.call(f"DELETE {route}/{again[0]['id']}"))[0] == 204
    assert (await raw.call(f"PUT {route}", [{"name": f"c{n}", "description": "d"} for n in range(101)]))[0] == 400


@pytest.mark.proves("answer-fits-question")
async def test_an_answer_must_fit_the_question(raw: Stage) -> None:
    await raw.call(f"PUT /applications/{raw.world.application.id}/commands", [{"name": "hi", "description": "d"}])
    interaction = raw.ana.types(raw.photos, "hi")
    route = f"POST /interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
    for kind in (0, 6, 7, 8, None):
        assert (await raw.call(route, {"type": kind}))[1]["code"] == 50035
    status, answer = await raw.call(route, {"type": 4, "data": {"content": "Hi", "flags": 64}})
    assert status == 200 and answer["interaction"]["response_message_ephemeral"] is True
    assert answer["resource"]["message"]["interaction_metadata"]["user"]["id"] == str(raw.ana.user.id)
    assert interaction.ephemeral and interaction.answered
    webhook = f"/webhooks/{raw.world.application.id}/{interaction.token}/messages/@original"
    assert (await raw.call(f"PATCH {webhook}", {"content": "Ho"}, token="none needed"))[1]["content"] == "Ho"
    assert (await raw.call(f"DELETE {webhook}"))[0] == 204
    assert (await raw.call(f"GET {webhook}"))[1]["code"] == 10008


@pytest.mark.proves("token-lifetime")
async def test_before_the_first_answer_the_token_opens_nothing(raw: Stage) -> None:
    await raw.call(f"PUT /applications/{raw.world.application.id}/commands", [{"name": "hi", "description": "d"}])
    interaction = raw.ana.types(raw.photos, "hi")
    route = f"POST /webhooks/{raw.world.application.id}/{interaction.token}"
    assert (await raw.call(route, {"content": "x"}))[1]["code"] == 10015
    wrong = f"POST /interactions/{interaction.id}/guessed/callback"
    assert (await raw.call(wrong, {"type": 4, "data": {"content": "x"}}))[1]["code"] == 10062


@pytest.mark.proves("autocomplete-limits")
async def test_suggestions_have_limits(raw: Stage) -> None:
    option = OPTION | {"autocomplete": True}
    command = {"name": "hi", "description": "d", "options": [option]}
    await raw.call(f"PUT /applications/{raw.world.application.id}/commands", [command])
    for choices in ([{"name": "n", "value": "v"}] * 26, [{"name": "n" * 101, "value": "v"}], [{"name": "n"}]):
        task = asyncio.ensure_future(raw.ana.autocomplete(raw.photos, "hi", "a", "x"))
        interaction = (await raw.world.until(lambda: [i for i in raw.world.interactions.values() if not i.settled]))[0]
        route = f"POST /interactions/{interaction.id}/{interaction.token}/callback"
        assert (await raw.call(route, {"type": 8, "data": {"choices": choices}}))[1]["code"] == 50035
        assert (await raw.call(route, {"type": 8, "data": {"choices": [{"name": "n", "value": "v"}]}}))[0] == 204
        assert await task == [{"name": "n", "value": "v"}]
