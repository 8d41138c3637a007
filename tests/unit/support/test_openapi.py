"""Discord's specification as a check: it finds faults, is never skipped silently, and the stand-in is no laxer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.deviations import is_known
from tests.support.openapi import NOT_RUN, Exchange, Specification, specification
from tests.support.small_bot import serving

Json = dict[str, Any]

ROOT = Path(__file__).parents[3]
MESSAGES = "/channels/1/messages"
LONG = "x" * 6100

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
OPTION = {"label": "Oil", "value": "o", "description": "Thick"}
MENU = {"type": 3, "custom_id": "m", "placeholder": "Style", "options": [OPTION], "min_values": 0, "max_values": 1}
MEDIA = {"url": "https://example.org/cat.png"}
LAYOUT = [
    {"type": 10, "content": "Words"},
    {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": BUTTON},
    {"type": 9, "components": [{"type": 10, "content": "x"}],
     "accessory": {"type": 11, "media": MEDIA, "description": "A cat", "spoiler": False}},
    {"type": 12, "items": [{"media": MEDIA, "description": "A cat", "spoiler": False}]},
    {"type": 14, "divider": True, "spacing": 1},
    {"type": 17, "accent_color": 255, "spoiler": False, "components": [{"type": 10, "content": "x"}]},
    {"type": 1, "components": [MENU]},
]  # fmt: skip
EMBED = {
    "title": "t", "description": "d", "url": "https://example.org", "color": 255,
    "timestamp": "2026-11-24T09:00:00+00:00", "author": {"name": "a", "url": "https://example.org"},
    "footer": {"text": "f"}, "image": MEDIA, "fields": [{"name": "n", "value": "v", "inline": True}],
}  # fmt: skip
GOOD: dict[str, tuple[str, Json]] = {
    "message": (MESSAGES, {
        "content": "x", "embeds": [EMBED], "nonce": "n", "enforce_nonce": True, "tts": False, "flags": 0,
        "allowed_mentions": {"parse": [], "users": ["1"], "replied_user": False},
        "components": [{"type": 1, "components": [BUTTON]}, {"type": 1, "components": [MENU]}],
    }),
    "layout": (MESSAGES, {"flags": 1 << 15, "components": LAYOUT}),
    "thread": ("/channels/1/threads", {
        "name": "x", "auto_archive_duration": 60, "type": 11, "rate_limit_per_user": 0, "invitable": True,
    }),
    "command": ("/applications/2/commands", {
        "name": "hi", "description": "d", "type": 1, "name_localizations": {"de": "hallo"},
        "description_localizations": {"de": "d"}, "default_member_permissions": 8, "contexts": [0, 1],
        "integration_types": [0],
        "options": [
            {"type": 3, "name": "a", "description": "d", "required": True, "min_length": 1, "max_length": 9},
            {"type": 3, "name": "c", "description": "d", "choices": [{"name": "n", "value": "v"}]},
            {"type": 4, "name": "b", "description": "d", "min_value": 1, "max_value": 9, "autocomplete": False},
            {"type": 7, "name": "e", "description": "d", "channel_types": [0]},
            {"type": 11, "name": "f", "description": "d"},
        ],
    }),
    "answer": ("/interactions/3/token/callback", {
        "type": 4, "data": {"content": "x", "flags": 64, "embeds": [EMBED], "components": [
            {"type": 1, "components": [BUTTON]}]},
    }),
    "form": ("/interactions/3/token/callback", {
        "type": 9, "data": {"title": "T", "custom_id": "f", "components": [
            {"type": 18, "label": "L", "description": "D", "component": {
                "type": 4, "custom_id": "p", "style": 1, "min_length": 0, "max_length": 9, "required": True,
                "value": "v", "placeholder": "p"}},
            {"type": 18, "label": "M", "component": MENU},
            {"type": 18, "label": "N", "component": {"type": 19, "custom_id": "u", "min_values": 0, "max_values": 2}},
        ]},
    }),
}  # fmt: skip


def spoiled(value: Any) -> Iterator[Any]:
    """Yield the value with one thing wrong in it, for each thing in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            for other in spoiled(inner):
                yield {**value, key: other}
    elif isinstance(value, list):
        yield "no list"
        yield (value * 41)[:41]
        yield []
        for place, inner in enumerate(value):
            for other in spoiled(inner):
                yield [*value[:place], other, *value[place + 1 :]]
    elif isinstance(value, bool):
        yield "yes"
    elif isinstance(value, int):
        yield from ("many", -1, 99, 1 << 60)
    else:
        yield from (7, "", LONG)


def spec() -> Specification:
    loaded = specification()
    if loaded is None:
        pytest.skip(NOT_RUN)  # reported once at the end, and an error under CI
    return loaded


def test_good_request_has_no_fault_and_bad_ones_have_theirs() -> None:
    for place, body in GOOD.values():
        assert [line for line in spec().request_faults(_sent(place, body)) if not is_known(line)] == []
    assert spec().request_faults(_sent(MESSAGES, {"content": 1})) == [
        "POST /channels/{channel_id}/messages body.content: 1 is not of type 'string', 'null'"
    ]
    assert "'colour' was unexpected" in spec().request_faults(_sent(MESSAGES, {"colour": 1}))[0]
    assert "no such route" in spec().request_faults(_sent("/channels/1/notes", {}))[0]
    assert "query.page: unknown" in spec().request_faults(Exchange("GET", MESSAGES, {"page": "2"}, "null"))[0]
    assert "path.channel_id" in spec().request_faults(Exchange("GET", "/channels/x/messages", {}, "null"))[0]


def test_answer_with_unknown_or_missing_fields_is_a_fault() -> None:
    exchange = Exchange("GET", "/gateway", {}, "null", 200, json.dumps({"url": "ws://x", "mood": "good"}))
    assert ["'mood' was unexpected" in line for line in spec().answer_faults(exchange)] == [True]
    exchange.answer = "{}"
    assert ["'url' is a required" in line for line in spec().answer_faults(exchange)] == [True]
    exchange.status = 302
    assert ["302 is not among" in line for line in spec().answer_faults(exchange)] == [True]


def _sent(place: str, body: Any) -> Exchange:
    return Exchange("POST", place, {}, json.dumps(body))


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.proves("message-specification")
async def test_stand_in_refuses_what_the_specification_refuses(name: str) -> None:
    place, body = GOOD[name]
    wrong = []
    for other in spoiled(body):
        faults = [line for line in spec().request_faults(_sent(place, other)) if not is_known(line)]
        if faults and not all("unexpected" in line for line in faults):  # what it does not know it ignores
            wrong.append((other, faults))
    assert len(wrong) > 10
    async with serving() as raw:
        await raw.call(f"PUT /applications/{raw.world.application.id}/commands", [{"name": "hi", "description": "d"}])

        async def sent(what: Any) -> tuple[int, Any]:
            route = f"POST {place}".replace("/1/", f"/{raw.photos.id}/").replace("/2/", f"/{raw.world.application.id}/")
            if "/3/" in place:
                command = raw.ana.types(raw.photos, "hi")  # each answers its own
                route = route.replace("/3/token", f"/{command.id}/{command.token}")
            return await raw.call(route, what)

        status, answer = await sent(body)
        assert status < 300, answer
        passed = [f"{faults[0]} -> {status}" for other, faults in wrong if (status := (await sent(other))[0]) != 400]
        assert passed == []


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_without_the_file_the_check_says_so_once_and_fails_under_ci(ci: str, code: int) -> None:
    script = (
        "import pathlib, sys, pytest, tests.support.openapi as o; o.SPEC = pathlib.Path('/nowhere');"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/unit/bot/test_money.py']))"
    )
    environment = {**os.environ, "CI": ci}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.count(NOT_RUN) == 1, done.stdout
    assert done.returncode == code
