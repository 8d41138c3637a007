"""One request as it goes over the wire, and the base URL it goes to."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import RateLimited, ToAPIsError
from bot.toapis import transport
from bot.toapis.tasks import Queued
from bot.toapis.transport import clean_base_url
from tests.support.toapis_clients import TASK, URLS, held, http, order, scripted


async def test_no_redirect_carries_the_key_away() -> None:
    async with scripted(http(302, b"", "Location: http://127.0.0.1:1/"), http(200, TASK)) as (script, toapis):
        assert await toapis.status("t") == Queued("t")
        assert len(script.asked) == 2
        assert all(b"GET /v1/images/generations/t HTTP" in asked for asked in script.asked)


async def test_a_create_has_its_own_connection_and_a_look_may_share_one() -> None:
    async with scripted(http(200, TASK)) as (script, toapis):
        await toapis.create(*order(), URLS, held())
        await toapis.status("t")
        bought, looked = (asked.lower() for asked in script.asked)
        assert b"\r\nconnection: close" in bought
        assert b"\r\nconnection: close" not in looked


async def test_nothing_paid_is_sent_before_it_is_certain_that_it_may_be() -> None:
    asked = asyncio.Event()
    certain = asyncio.Event()

    async def confirm() -> None:
        asked.set()
        await certain.wait()

    async with scripted(http(200, TASK), before_paid=confirm) as (script, toapis):
        create = asyncio.create_task(toapis.create(*order(), URLS, held()))
        await asyncio.wait_for(asked.wait(), 10)
        assert script.asked == []
        certain.set()
        await create
        assert len(script.asked) == 1


async def test_create_of_a_process_that_stood_still_is_permitted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = transport.STOOD_STILL
    permits: list[int] = []

    async def confirm() -> None: ...

    async def permit() -> None:
        permits.append(len(permits))
        monkeypatch.setattr(transport, "STOOD_STILL", -1.0 if len(permits) == 1 else usual)

    async with scripted(http(200, TASK), before_paid=confirm) as (script, toapis):
        await toapis.create(*order(), URLS, held(), permit=permit)
        assert permits == [0, 1]
        assert len(script.asked) == 1


async def test_an_id_is_quoted_into_the_address() -> None:
    async with scripted(http(200, {**TASK, "id": "../a?b"})) as (script, toapis):
        await toapis.status("../a?b")
        assert script.asked[0].startswith(b"GET /v1/images/generations/..%2Fa%3Fb HTTP")


async def test_neither_key_nor_prompt_gets_into_a_log_or_an_error(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = http(500, {"error": {"code": "x", "message": "Bearer sk-secret-key-1 is bad"}})
    async with scripted(echo) as (_, toapis):
        with pytest.raises(ToAPIsError) as caught:
            await toapis.balance()
        limited = http(429, {"error": {"code": "rate_limit_exceeded", "message": "slow"}})
    async with scripted(limited) as (_, toapis):
        with pytest.raises(RateLimited):
            await toapis.create(*order(prompt="my private words"), URLS, held())
    output = caplog.text + "".join(capsys.readouterr()) + repr(caught.value) + caught.value.detail
    assert "stamina.retry_scheduled" in output
    assert "secret-key" not in output
    assert "private words" not in output


# The base URL


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://toapis.com", "https://toapis.com"),
        (" https://toapis.com/v1/ ", "https://toapis.com"),
        ("https://api.toapis.cn/v1", "https://api.toapis.cn"),
        ("https://proxy.example.com/toapis//", "https://proxy.example.com/toapis"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
    ],
)
def test_the_base_url_is_taken_in_either_form(text: str, base: str) -> None:
    assert clean_base_url(text) == base


@pytest.mark.parametrize(
    "text",
    ["", "toapis.com", "ftp://toapis.com", "http://toapis.com", "https://", "https://me@x.y", "https://x.y/?a=1"],
)
def test_an_unusable_base_url_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="base URL of ToAPIs"):
        clean_base_url(text)
