"""The client against the stand-in ToAPIs with its faults, and against a scripted server for exact bytes.

Money is counted by the stand-in's ledger: whatever happens, one order is charged once.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot import money
from bot.errors import (
    CreateLost,
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    NotFound,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    RateLimited,
    ResultGone,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.memory import PictureMemory, Share
from bot.orders import Order, Source
from bot.toapis.catalogue.catalogue import Catalogue, Model
from bot.toapis.client import UPLOAD_LIMIT, Limits, ToAPIs
from bot.toapis.download import DownloadLimits
from bot.toapis.rate_limit import TIERS, Allowance, Bucket
from bot.toapis.retry import TABLE, Again, Patience, Trouble, Verb
from bot.toapis.tasks import Failed, Painted, Queued, Task
from bot.toapis.transport import Timeouts, clean_base_url
from playground.toapis.server import Painter

CATALOGUE = Catalogue.load()
SOURCE = Source("https://cdn.example.com/a.png", "a.png", None, 1)
ALL = [pytest.param(model, id=model.id) for model in CATALOGUE.models]
QUICK = Limits(
    Timeouts(connect=1, idle=0.3, upload=3, create=0.5, query=0.5),
    Patience(attempts=3, first_wait=0.005, longest_wait=0.01, jitter=0.005, unsaid_retry_after=0.01),
    DownloadLimits(connect=1, idle=0.5, total=3),
)

CALM = replace(QUICK, timeouts=Timeouts(connect=30, idle=30, upload=30, create=30, query=30))
"""Where nothing hangs, a machine that stands still for a second is no trouble."""


@dataclass(frozen=True)
class Photo:
    data: bytes
    mime: str = "image/png"
    filename: str = "cat.png"


def photo(side: int = 32) -> Photo:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(data, "PNG")
    return Photo(data.getvalue())


def order(model: str = "gemini-3-pro-image-preview", prompt: str = "watercolour") -> tuple[Order, Model]:
    checked = CATALOGUE.check(Order(prompt, model, sources=(SOURCE,)))
    return checked, CATALOGUE.model(checked.model)


def share() -> Share:
    """Open a share with room for any picture."""
    return PictureMemory().open()


def held(job_id: str = "job-1") -> money.Reservation:
    return money.Reservation(job_id, money.micros(1), money.LEDGER_SEAL)


@asynccontextmanager
async def studio(limits: Limits = CALM) -> AsyncIterator[tuple[Painter, ToAPIs]]:
    """Start a quick stand-in ToAPIs and a client of it."""
    painter = Painter(seconds=(0.0, 0.0), seed=1)
    painter.edge = 32
    async with painter.serve(), ToAPIs.open(key=painter.key, base_url=painter.url, limits=limits) as toapis:
        yield painter, toapis


async def buy(toapis: ToAPIs, job_id: str = "job-1", model: str = "gemini-3-pro-image-preview") -> Task:
    upload = await toapis.upload(photo())
    return await toapis.create(*order(model), [upload.url], held(job_id))


async def finish(toapis: ToAPIs, task_id: str) -> Painted | Failed:
    async with asyncio.timeout(10):
        while True:
            task = await toapis.status(task_id)
            if isinstance(task, Failed) or (isinstance(task, Painted) and task.urls):
                return task
            await asyncio.sleep(0.01)


def calls(painter: Painter, route: str) -> int:
    return sum(call.route == route for call in painter.requests)


CREATE = "POST /v1/images/generations"
LOOK = "GET /v1/images/generations/{id}"


# The way that everything should go


@pytest.mark.parametrize("model", ALL)
@pytest.mark.proves("references-by-address")
async def test_every_model_goes_from_upload_to_picture_without_a_single_offence(model: Model) -> None:
    async with studio() as (painter, toapis):
        task = await buy(toapis, model=model.id)
        painted = await finish(toapis, task.task_id)
        assert isinstance(painted, Painted)
        picture = await toapis.download(painted.urls[0], share())
        with Image.open(io.BytesIO(picture.data)) as image:
            image.verify()
        assert painter.offences == []
        assert [charge.business_id for charge in painter.ledger] == ["job-1"]


@pytest.mark.proves("create-is-asynchronous")
async def test_a_create_answers_with_a_task_and_never_with_a_picture() -> None:
    async with studio() as (_, toapis):
        assert not isinstance(await buy(toapis), Painted)


async def test_an_upload_says_the_type_that_the_bytes_were_checked_to_be() -> None:
    async with studio() as (painter, toapis):
        upload = await toapis.upload(replace(photo(), filename='Käse "1"\r\n.png'))
        assert upload.url.startswith(painter.url)
        assert (upload.mime, upload.size) == ("image/png", len(photo().data))
        assert painter.offences == []


@pytest.mark.proves("references-by-address")
async def test_a_large_upload_succeeds_and_one_over_the_limit_is_never_sent() -> None:
    data = photo().data
    large = Photo(data + b"\0" * (3_000_000 - len(data)))
    async with studio() as (painter, toapis):
        assert (await toapis.upload(large)).size == 3_000_000
        with pytest.raises(OrderRejected):
            await toapis.upload(Photo(data + b"\0" * UPLOAD_LIMIT))
        assert calls(painter, "POST /v1/uploads/images") == 1


async def test_balances_and_models_are_read() -> None:
    async with studio() as (_, toapis):
        assert (await toapis.balance()).credits_used == 0
        assert ((await toapis.account_balance()).credits_left or 0) > 0
        assert {model.id for model in CATALOGUE.models} <= await toapis.models()


@pytest.mark.proves("create-looked-up")
async def test_a_lost_task_is_found_by_its_business_id_else_none() -> None:
    async with studio() as (_, toapis):
        task = await buy(toapis)
        task_found = await toapis.find("job-1")
        assert task_found is not None
        assert task_found.task_id == task.task_id
        assert await toapis.find("job-2") is None


@pytest.mark.proves("download-without-key", "own-user-agent")
async def test_calls_and_downloads_have_our_agent_and_downloads_no_key() -> None:
    async with studio() as (painter, toapis):
        painted = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(painted, Painted)
        await toapis.download(painted.urls[0], share())
        assert all(call.headers["User-Agent"].startswith("Retouch/") for call in painter.requests)
        files = [call for call in painter.requests if call.path.startswith("/files/")]
        assert files
        assert not any("Authorization" in call.headers for call in files)


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


# Looking costs nothing, so it is repeated


@pytest.mark.parametrize(
    "fault",
    [
        "internal-error",
        "unavailable",
        "empty-503",
        "bad-gateway",
        "timeout-524",
        "cut-answer",
        "error-as-string",
        "hang",
    ],
)
@pytest.mark.parametrize("verb", ["status", "find"])
async def test_passing_trouble_does_not_end_a_look(fault: str, verb: Any) -> None:
    async with studio(QUICK if fault == "hang" else CALM) as (painter, toapis):
        task = await buy(toapis)
        painter.fault(fault, times=2, on=(verb,))
        looked = await (toapis.status(task.task_id) if verb == "status" else toapis.find("job-1"))
        assert looked is not None
        assert looked.task_id == task.task_id
        assert calls(painter, LOOK) == 3


async def test_a_task_not_known_yet_is_asked_for_a_few_times() -> None:
    async with studio() as (painter, toapis):
        task = await buy(toapis)
        painter.fault("not-found", times=2)
        assert (await toapis.status(task.task_id)).task_id == task.task_id
        painter.fault("task-not-found")
        with pytest.raises(NotFound):
            await toapis.status(task.task_id)


@pytest.mark.proves("own-user-agent")
async def test_an_edge_block_is_not_taken_for_a_bad_key() -> None:
    async with studio() as (painter, toapis):
        painter.fault("edge-403")
        with pytest.raises(ToAPIsUnavailable, match="edge block"):
            await toapis.balance()


async def test_a_balance_that_says_no_under_http_200_is_an_error() -> None:
    async with studio() as (painter, toapis):
        painter.fault("success-false")
        with pytest.raises(ToAPIsError):
            await toapis.balance()
        with pytest.raises(ToAPIsError):
            await toapis.upload(photo())


@pytest.mark.parametrize(
    "fault",
    [
        "shape-result",
        "shape-url",
        "shape-images",
        "shape-data",
        "shape-image_url",
        "numbers-as-strings",
        "unknown-fields",
        "unknown-status",
        "other-words",
        "stuck-progress",
        "completed-without-url",
        "create-task-id",
        "create-data-id",
        "drip",
    ],
)
async def test_the_picture_arrives_in_each_way_of_saying_it(fault: str) -> None:
    async with studio(replace(QUICK, timeouts=Timeouts())) as (painter, toapis):
        options: dict[str, Any] = {"pace": 0.0005} if fault == "drip" else {}
        painter.fault(fault, **options)
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        assert len(painter.ledger) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("failed:generation_failed", PaintingFailed),
        ("failed:InvalidParameter", OrderRejected),
        ("failed:model_not_found", ModelUnavailable),
        ("failed:quota_not_enough", OutOfCredit),
        ("failed:reference_too_large", OrderRejected),
        ("failed:content_policy_violation", PolicyRefused),
        ("policy-failed", PolicyRefused),
        ("chinese-texts", PaintingFailed),
        ("failed-as-string", PaintingFailed),
        ("fail_reason", PaintingFailed),
    ],
)
async def test_a_failed_task_is_a_value_with_its_reason_and_was_refunded(fault: str, kind: type[ToAPIsError]) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, seconds=0.0)
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Failed)
        assert type(task.error) is kind
        assert [charge.refunded for charge in painter.ledger] == [True]


@pytest.mark.parametrize("fault", ["result-503", "truncated-result", "empty-result"])
async def test_a_download_is_repeated_by_itself_and_nothing_is_bought_again(fault: str) -> None:
    async with studio() as (painter, toapis):
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        painter.fault(fault, times=2)
        assert (await toapis.download(task.urls[0], share())).data
        assert len(painter.ledger) == 1


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("result-gone", {}),
        ("result-410", {}),
        ("redirect-result", {"to": "private"}),
        ("redirect-result", {"to": "loop"}),
    ],
)
async def test_a_result_that_can_not_be_had_is_gone_at_once(fault: str, options: dict[str, Any]) -> None:
    async with studio() as (painter, toapis):
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        painter.fault(fault, **options)
        with pytest.raises(ResultGone):
            await toapis.download(task.urls[0], share())


# Exact bytes


@dataclass
class Script:
    """A server that answers with the given bytes, one answer a request, and remembers what it was asked."""

    answers: list[bytes]
    asked: list[bytes] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self.asked.append(head + await reader.readexactly(int(length[1]) if length else 0))
            self.begun.set()
            writer.write(self.answers[min(len(self.asked), len(self.answers)) - 1])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def scripted(*answers: bytes, limits: Limits = CALM) -> AsyncIterator[tuple[Script, ToAPIs]]:
    script = Script(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    async with server:
        script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with ToAPIs.open(key="sk-secret-key-1", base_url=script.url + "/v1/", limits=limits) as toapis:
            yield script, toapis


def http(status: int, body: object, *headers: str, length: int | None = None) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + data


TASK = {"id": "t", "status": "queued"}
URLS = ["https://example.com/a.png"]


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


async def test_no_redirect_carries_the_key_away() -> None:
    async with scripted(http(302, b"", "Location: http://127.0.0.1:1/"), http(200, TASK)) as (script, toapis):
        assert await toapis.status("t") == Queued("t")
        assert len(script.asked) == 2
        assert all(b"GET /v1/images/generations/t HTTP" in asked for asked in script.asked)


async def test_a_create_is_json_with_the_business_id_on_top() -> None:
    async with scripted(http(200, TASK)) as (script, toapis):
        assert await toapis.create(*order(), URLS, held("job-7")) == Queued("t")
        head, _, body = script.asked[0].partition(b"\r\n\r\n")
        sent = json.loads(body)
        assert (sent["client_business_id"], sent["image_urls"]) == ("job-7", URLS)
        assert b"POST /v1/images/generations HTTP" in head
        assert b"Authorization: Bearer sk-secret-key-1" in head


async def test_a_create_has_its_own_connection_and_a_look_may_share_one() -> None:
    async with scripted(http(200, TASK)) as (script, toapis):
        await toapis.create(*order(), URLS, held())
        await toapis.status("t")
        bought, looked = (asked.lower() for asked in script.asked)
        assert b"\r\nconnection: close" in bought
        assert b"\r\nconnection: close" not in looked


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
    told = caplog.text + "".join(capsys.readouterr()) + repr(caught.value) + caught.value.detail
    assert "stamina.retry_scheduled" in told
    assert "secret-key" not in told
    assert "private words" not in told


@pytest.mark.parametrize("form", ["seconds", "date", "unix"])
async def test_a_429_holds_back_its_whole_bucket_for_its_retry_after(form: str) -> None:
    # Dates have whole seconds only; counted from the next full second, so that the pause is never below 0.05 s.
    at = int(time.time() + 1.05)
    text = {"seconds": "0.15", "date": formatdate(at, usegmt=True), "unix": str(at)}[form]
    limited = http(429, {"error": {"code": "rate_limit_exceeded", "message": "slow"}}, f"Retry-After: {text}")
    async with scripted(limited, http(200, TASK)) as (script, toapis):
        began = time.time()
        until = began + 0.14 if form == "seconds" else at - 0.01
        await asyncio.gather(toapis.status("t"), _later(toapis, script))
        assert time.time() >= until
        assert len(script.asked) == 3


async def _later(toapis: ToAPIs, script: Script) -> None:
    """Send a request after the 429 has come: it must wait like the request that got it."""
    await script.begun.wait()
    await asyncio.sleep(0.03)
    began = time.monotonic()
    before = len(script.asked)
    await toapis.status("t")
    assert before == 1
    assert time.monotonic() - began > 0.01


async def test_no_more_than_four_uploads_run_at_once() -> None:
    running = most = 0
    release = asyncio.Event()

    async def hook(phase: str, call: Any) -> None:
        nonlocal running, most
        if call.route == "POST /v1/uploads/images":
            running += 1 if phase == "before" else -1
            most = max(most, running)
            if phase == "before" and most >= 4:
                asyncio.get_running_loop().call_later(0.1, release.set)  # time for a fifth to come, if it could
            await release.wait()

    async with studio() as (painter, toapis):
        painter.hooks.append(hook)
        await asyncio.gather(*(toapis.upload(photo()) for _ in range(9)))
    assert most == 4


# The table


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("what", Trouble)
def test_the_table_says_for_each_call_and_trouble_what_to_do(verb: Verb, what: Trouble) -> None:
    repeat = {Trouble.NOT_CONNECTED, Trouble.RATE_LIMITED, Trouble.LIMITER_DOWN}
    if what in repeat or (what is Trouble.LOST and verb is not Verb.CREATE):
        assert TABLE[verb][what] is Again.REPEAT
    elif what is Trouble.LOST:
        assert TABLE[verb][what] is Again.LOOK_UP
    else:
        assert TABLE[verb][what] is (Again.REPEAT if (verb, what) == (Verb.STATUS, Trouble.ABSENT) else Again.NEVER)


TROUBLES = {
    Trouble.RATE_LIMITED: http(429, {"error": {"code": "rate_limit_exceeded", "message": "x"}}, "Retry-After: 0"),
    Trouble.LIMITER_DOWN: http(503, {"error": {"code": "rate_limit_unavailable", "message": "x"}}, "Retry-After: 0"),
    Trouble.LOST: http(502, b"<html>"),
    Trouble.NO_CHANNEL: http(503, {"error": {"code": "model_not_found", "message": "no available channel"}}),
    Trouble.REFUSED: http(401, {"error": {"code": 401, "message": "bad key"}}),
}
VERBS: dict[Verb, Callable[[ToAPIs], Any]] = {
    Verb.UPLOAD: lambda toapis: toapis.upload(photo()),
    Verb.CREATE: lambda toapis: toapis.create(*order(), URLS, held()),
    Verb.STATUS: lambda toapis: toapis.status("t"),
    Verb.FIND: lambda toapis: toapis.find("job-1"),
    Verb.BALANCE: lambda toapis: toapis.balance(),
    Verb.MODELS: lambda toapis: toapis.models(),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("what", TROUBLES)
async def test_the_client_does_what_the_table_says(verb: Verb, what: Trouble) -> None:
    async with scripted(TROUBLES[what]) as (script, toapis):
        with pytest.raises(ToAPIsError) as caught:
            await VERBS[verb](toapis)
        expected = QUICK.patience.attempts if TABLE[verb][what] is Again.REPEAT else 1
        assert len(script.asked) == expected
        assert isinstance(caught.value, CreateLost) == (TABLE[verb][what] is Again.LOOK_UP)


# Pace


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]  # asyncio's own queues
            # A microsecond more, as with a real clock: at exactly the moment, rounding may find it a hair too early.
            self._now = max(self._now, self._scheduled[0].when()) + 1e-6  # type: ignore[attr-defined]  # the same
        super()._run_once()  # type: ignore[misc]  # the same


def moments(allowance: Allowance, count: int, pause_at: int | None = None) -> list[float]:
    """Return when each of ``count`` impatient callers is let through, in virtual seconds."""
    passed: list[float] = []

    async def run() -> None:
        bucket = Bucket(allowance)
        loop = asyncio.get_running_loop()

        async def caller(number: int) -> None:
            await bucket.turn()
            passed.append(loop.time())
            if number == pause_at:
                bucket.pause(30)

        await asyncio.gather(*(caller(number) for number in range(count)))

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    return sorted(passed)


@settings(max_examples=15, deadline=None)
@given(burst=st.integers(5, 60), minutes=st.floats(2.0, 8.0))
def test_no_minute_and_no_ten_seconds_hold_more_than_the_allowance(burst: int, minutes: float) -> None:
    allowance = Allowance(int(burst * minutes), burst)
    passed = moments(allowance, count=3 * burst)
    for start in passed:
        assert sum(start <= at < start + 10 for at in passed) <= allowance.per_ten_seconds
        assert sum(start <= at < start + 60 for at in passed) <= allowance.per_minute


def test_the_default_tier_keeps_its_burst_and_reaches_four_a_second() -> None:
    passed = moments(TIERS["default"].submit, count=120)
    assert max(sum(start <= at < start + 10 for at in passed) for start in passed) <= 50
    assert passed[-1] < 30


def test_a_pause_holds_everybody_and_they_come_back_in_turn() -> None:
    passed = moments(TIERS["default"].submit, count=60, pause_at=5)
    late = [at for at in passed if at >= 30]
    assert len(passed) == 60
    assert not any(0.5 < at < 30 for at in passed)
    assert sum(at < 30.01 for at in late) <= 20


def test_where_callers_wait_the_answer_that_is_worth_most_comes_first() -> None:
    passed: list[int] = []

    async def run() -> None:
        bucket = Bucket(Allowance(60, 10))

        async def caller(number: int) -> None:
            await bucket.turn(lambda: number % 100)
            passed.append(number)

        await asyncio.gather(*(caller(number) for number in (50, 51, 10, 99, 110, 7, 98)))

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    assert passed == [50, 51, 99, 98, 10, 110, 7]


def test_caller_that_gives_up_takes_nobodys_turn() -> None:
    passed: list[int] = []

    async def run() -> None:
        bucket = Bucket(Allowance(60, 10))

        async def caller(number: int) -> None:
            await bucket.turn()
            passed.append(number)

        callers = [asyncio.create_task(caller(number)) for number in range(6)]
        await asyncio.sleep(0.1)
        callers[2].cancel()
        callers[5].cancel()
        await asyncio.wait(callers)

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    assert passed == [0, 1, 3, 4]


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
