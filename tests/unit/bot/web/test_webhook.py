"""The handler of webhooks, over real sockets: what is answered to whom, and what is recorded."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from bot.database import Database
from bot.jobs.webhook_events import WebhookEvents
from bot.jobs.webhooks import PATH
from bot.web.server import WebServer
from bot.web.webhook import LARGEST, QUIET, WebhookHandler
from tests.support.studio import NOW, Hours
from tests.support.webhook_sender import SECRET, delivery, webhooks_over

sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Front:
    """The open server, and what it has recorded."""

    server: WebServer
    events: WebhookEvents
    hours: Hours
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}{PATH}"

    async def post(self, sent: dict[str, str], body: object) -> int:
        async with self.session.post(self.url, data=body, headers=sent) as response:
            return response.status

    async def recorded(self) -> int:
        return len(await self.events.since(0))


@asynccontextmanager
async def opened(database: Database, *, patience: float = 10.0) -> AsyncIterator[Front]:
    hours = Hours()
    elapsed = Hours(0.0)
    handler = WebhookHandler(
        webhooks_over(database, hours), [SECRET, "older secret"], clock=hours, elapsed=elapsed, patience=patience
    )
    server = WebServer("127.0.0.1", 0, {PATH: handler.answer})
    assert await server.open()
    try:
        async with aiohttp.ClientSession() as session:
            yield Front(server, WebhookEvents(database, hours), hours, session)
    finally:
        await server.close()


@pytest.fixture
async def front(database: Database) -> AsyncIterator[Front]:
    async with opened(database) as it:
        yield it


async def test_signed_event_is_recorded_once_and_always_taken(front: Front) -> None:
    assert [await front.post(*delivery()) for _ in range(3)] == [200, 200, 200]
    assert await front.recorded() == 1
    assert await front.post(*delivery(id_="evt_2")) == 200
    assert await front.recorded() == 2


@sqlite
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (delivery(secrets=["older secret"]), 200),
        (delivery(secrets=["wrong", SECRET]), 200),
        (delivery(at=NOW - 299), 200),
        (delivery(secrets=["wrong"]), 401),
        (delivery(secrets=[]), 401),
        (delivery(at=NOW - 301), 401),
        (delivery(at=NOW + 301), 401),
        (delivery(data=[]), 400),
        (({}, b"{}"), 400),
        (({"X-ToAPIs-Webhook-Id": "evt_1", "X-ToAPIs-Webhook-Timestamp": "now"}, b"{}"), 400),
        (delivery(padding="x" * LARGEST), 413),
    ],
)
async def test_answer_tells_what_was_wrong_and_nothing_is_recorded(
    front: Front, sent: tuple[dict[str, str], bytes], status: int
) -> None:
    assert await front.post(*sent) == status
    assert await front.recorded() == (status == 200)


@sqlite
async def test_other_kinds_of_events_are_taken_and_change_nothing(front: Front) -> None:
    assert await front.post(*delivery(type="endpoint.test")) == 200
    assert await front.post(*delivery(type="generation.begun")) == 200
    assert await front.recorded() == 0


@sqlite
async def test_endless_body_is_cut_off(front: Front) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 16 * 1024
            yield bytes(16 * 1024)

    with contextlib.suppress(aiohttp.ClientError):  # it may be writing when the connection is closed
        assert await front.post(delivery()[0], endless()) == 413
    assert sent < 1000 * LARGEST
    assert await front.post(*delivery()) == 200


@sqlite
async def test_packed_body_is_not_unpacked(front: Front) -> None:
    headers, body = delivery()
    assert await front.post(headers | {"Content-Encoding": "gzip"}, gzip.compress(body)) == 401
    assert await front.post(headers | {"Content-Encoding": "gzip"}, body) == 200  # signed as it was sent


@sqlite
async def test_body_that_does_not_come_is_not_waited_for(database: Database) -> None:
    async with opened(database, patience=0.05) as front:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.server.port)
        writer.write(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()


@sqlite
async def test_event_that_cannot_be_recorded_now_is_asked_for_again(
    front: Front, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(database, "write", away)
        assert await front.post(*delivery()) == 503
    assert await front.post(*delivery()) == 200
    assert await front.recorded() == 1


@sqlite
async def test_strangers_cannot_fill_the_log(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            assert await front.post(*delivery(secrets=["wrong"])) == 401
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert SECRET not in caplog.text
    assert QUIET > 1


@sqlite
async def test_what_a_result_says_is_not_kept(front: Front, database: Database) -> None:
    headers, body = delivery()
    assert b"task-1" in body
    assert await front.post(headers, body) == 200
    (ending,) = await front.events.since(0)
    assert (ending.job_id, ending.task_id, ending.seconds) == ("job-1", "task-1", 30)
    assert json.loads(body)["type"] == "generation.completed"
