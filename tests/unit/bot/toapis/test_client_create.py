"""What a create does in each trouble. Money is counted by the stand-in's ledger: one order is charged once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import (
    CreateLost,
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    OrderRejected,
    OutOfCredit,
    PolicyRefused,
    RateLimited,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.toapis.client import ToAPIs
from bot.toapis.retry import CallbackRefused
from bot.toapis.tasks import Queued
from bot.toapis.transport import Timeouts
from playground.toapis.server import Painter
from tests.support.toapis_clients import (
    CALM,
    CREATE,
    QUICK,
    TASK,
    URLS,
    buy,
    calls,
    held,
    http,
    order,
    photo,
    scripted,
    studio,
)

# Money: what a create does in each trouble


@pytest.mark.parametrize(
    "fault", ["reset-after", "hang-after", "html-200", "empty-body", "truncated-json", "cut-answer", "late-task"]
)
@pytest.mark.proves("create-never-repeated")
async def test_a_create_whose_answer_is_lost_was_sent_once_and_says_so(fault: str) -> None:
    async with studio(QUICK if "hang" in fault else CALM) as (painter, toapis):
        options: dict[str, Any] = {"seconds": 0.0} if fault == "late-task" else {}
        painter.fault(fault, **options)
        with pytest.raises(CreateLost):
            await buy(toapis)
        painter.calm()
        assert calls(painter, CREATE) == 1
        assert len(painter.ledger) == 1
        task_found = await toapis.find("job-1")
        assert task_found is not None
        assert task_found.task_id == painter.ledger[0].task_id


@pytest.mark.parametrize(
    "fault",
    [
        "reset-before",
        "request-timeout",
        "internal-error",
        "unavailable",
        "empty-503",
        "bad-gateway",
        "gateway-timeout",
        "timeout-524",
        "error-as-string",
        "message-only",
    ],
)
@pytest.mark.proves("create-looked-up")
async def test_a_create_that_may_have_happened_is_never_repeated_blindly(fault: str) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, on=("create",))
        with pytest.raises(CreateLost):
            await buy(toapis)
        assert calls(painter, CREATE) == 1
        assert await toapis.find("job-1") is None


@pytest.mark.parametrize(
    ("fault", "form"),
    [
        ("rate-limited", "seconds"),
        ("rate-limited", "http-date"),
        ("rate-limited", "unix"),
        ("rate-limit-unavailable", "seconds"),
    ],
)
async def test_a_create_that_surely_made_no_task_is_repeated_and_charged_once(fault: str, form: str) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, times=1, on=("create",), seconds=0, form=form)
        await buy(toapis)
        assert calls(painter, CREATE) == 2
        assert len(painter.ledger) == 1


async def test_a_create_is_sent_again_once_somebody_listens() -> None:
    painter = Painter(seconds=(0.0, 0.0), seed=1)
    async with painter.serve():
        url = painter.url
        port = int(painter.url.rpartition(":")[2])
    limits = replace(QUICK, patience=replace(QUICK.patience, attempts=100))
    async with ToAPIs.open(key=painter.key, base_url=url, limits=limits) as toapis, asyncio.TaskGroup() as group:
        creating = group.create_task(toapis.create(*order(), ["https://example.com/a.png"], held()))
        await asyncio.sleep(0.05)
        async with painter.serve(port=port):
            await creating
    assert len(painter.ledger) == 1


async def test_a_create_that_never_reached_anybody_is_not_lost() -> None:
    painter = Painter()
    async with painter.serve():
        url = painter.url
    async with ToAPIs.open(key=painter.key, base_url=url, limits=QUICK) as toapis:
        with pytest.raises(ToAPIsUnavailable):
            await toapis.create(*order(), ["https://example.com/a.png"], held())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("invalid-request", OrderRejected),
        ("invalid-param", OrderRejected),
        ("invalid-references", OrderRejected),
        ("webhook-not-configured", OrderRejected),
        ("everyone-400", OrderRejected),
        ("unauthorized", KeyRefused),
        ("unauthorized-numeric", KeyRefused),
        ("unauthorized-chinese", KeyRefused),
        ("insufficient-quota", OutOfCredit),
        ("quota-403", OutOfCredit),
        ("forbidden", NotAllowed),
        ("policy-422", PolicyRefused),
        ("policy-chinese", PolicyRefused),
        ("no-channel", ModelUnavailable),
    ],
)
async def test_a_create_that_is_refused_is_one_typed_error_at_once(fault: str, kind: type[ToAPIsError]) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, on=("create",))
        with pytest.raises(ToAPIsError) as caught:
            await buy(toapis)
        assert type(caught.value) is kind
        assert caught.value.facts == {}
        assert calls(painter, CREATE) == 1
        assert painter.ledger == []


async def test_a_pause_longer_than_our_patience_is_handed_on() -> None:
    async with studio() as (painter, toapis):
        upload = await toapis.upload(photo())
        painter.fault("rate-limited", on=("create",), seconds=300)
        with pytest.raises(RateLimited) as caught:
            await toapis.create(*order(), [upload.url], held())
        assert (caught.value.retry_after or 0) > 200
        assert calls(painter, CREATE) == 1


async def test_a_cancelled_create_stays_cancelled() -> None:
    async with studio(replace(QUICK, timeouts=Timeouts())) as (painter, toapis):
        upload = await toapis.upload(photo())
        painter.fault("hang-after")
        charged = asyncio.Event()

        async def hook(phase: str, call: Any) -> None:
            if (phase, call.route) == ("after", CREATE):
                charged.set()

        painter.hooks.append(hook)
        creating = asyncio.ensure_future(toapis.create(*order(), [upload.url], held()))
        async with asyncio.timeout(5):
            await charged.wait()
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating


@pytest.mark.parametrize(
    "lost",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"not http at all\r\n\r\n",
        http(200, TASK, length=500),
        http(200, b'{"id": "t", "sta'),
        http(200, b'{"status": "queued"}'),
        http(200, {**TASK, "padding": "x" * 1_100_000}),
        http(200, {"success": False, "message": "something"}),
        http(307, b"", "Location: /elsewhere"),
        http(400, {"error": {"code": "invalid_request", "message": "duplicate client_business_id"}}),
        http(409, {"error": {"code": "conflict", "message": "x"}}),
        http(200, b"\xff\xfe\x00"),
        http(200, TASK, "Content-Encoding: gzip"),
    ],
    ids=range(13),
)
async def test_whatever_bytes_a_create_is_answered_with_it_is_sent_once(lost: bytes) -> None:
    async with scripted(lost, http(200, TASK)) as (script, toapis):
        with pytest.raises(CreateLost):
            await toapis.create(*order(), URLS, held())
        assert len(script.asked) == 1


async def test_a_create_is_json_with_the_business_id_on_top() -> None:
    async with scripted(http(200, TASK)) as (script, toapis):
        assert await toapis.create(*order(), URLS, held("job-7")) == Queued("t")
        head, _, body = script.asked[0].partition(b"\r\n\r\n")
        sent = json.loads(body)
        assert (sent["client_business_id"], sent["image_urls"]) == ("job-7", URLS)
        assert b"POST /v1/images/generations HTTP" in head
        assert b"Authorization: Bearer sk-secret-key-1" in head


HOOK = "https://bot.example.com/webhooks/toapis"


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, {"error": {"code": "webhook_not_configured", "message": "webhook_not_configured"}}, CallbackRefused),
        (400, {"error": {"code": "invalid_request", "message": "bad host", "param": "callback_url"}}, CallbackRefused),
        (400, {"error": {"code": "invalid_request", "message": "bad size", "param": "size"}}, OrderRejected),
        (400, b"<html>callback_url is blocked</html>", OrderRejected),
        (403, {"error": {"code": "forbidden", "message": "callback_url"}}, NotAllowed),
        (402, {"error": {"code": "insufficient_quota", "message": "callback_url"}}, OutOfCredit),
        (400, {"error": {"code": "duplicate", "message": "callback_url already exists"}}, CreateLost),
        (500, {"error": {"code": "webhook_not_configured", "message": "callback_url"}}, CreateLost),
        (200, {"error": {"code": 400, "message": "callback_url"}}, CreateLost),
    ],
)
async def test_only_clear_refusal_of_the_callback_is_one(status: int, said: object, kind: type[ToAPIsError]) -> None:
    async with scripted(http(status, said)) as (script, toapis):
        with pytest.raises(ToAPIsError) as caught:
            await toapis.create(*order(), URLS, held(), callback_url=HOOK)
        assert type(caught.value) is kind
        assert len(script.asked) == 1
        assert json.loads(script.asked[0].split(b"\r\n\r\n", 1)[1])["callback_url"] == HOOK


async def test_refused_callback_is_a_plain_refusal_where_none_was_sent() -> None:
    said = {"error": {"code": "webhook_not_configured", "message": "callback_url"}}
    async with scripted(http(400, said)) as (script, toapis):
        with pytest.raises(OrderRejected) as caught:
            await toapis.create(*order(), URLS, held())
        assert type(caught.value) is OrderRejected
        assert b"callback_url" not in script.asked[0]
