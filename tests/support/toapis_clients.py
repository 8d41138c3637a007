"""What the tests of the client of ToAPIs need: a stand-in ToAPIs or a scripted server, and calls of a client."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from bot import money
from bot.memory import PictureMemory, Share
from bot.orders import Order, Source
from bot.toapis.catalogue.catalogue import Catalogue, Model
from bot.toapis.client import Limits, ToAPIs
from bot.toapis.download import DownloadLimits
from bot.toapis.retry import Patience
from bot.toapis.tasks import Failed, Painted, Task
from bot.toapis.transport import Timeouts
from playground.toapis.server import Painter

CATALOGUE = Catalogue.load()
SOURCE = Source("https://cdn.example.com/a.png", "a.png", None, 1)
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
async def studio(limits: Limits = CALM, tier: str = "default") -> AsyncIterator[tuple[Painter, ToAPIs]]:
    """Start a quick stand-in ToAPIs, with an account of this tier, and a client of it."""
    painter = Painter(seconds=(0.0, 0.0), seed=1, tier=tier)
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
async def scripted(*answers: bytes, limits: Limits = CALM, **options: Any) -> AsyncIterator[tuple[Script, ToAPIs]]:
    script = Script(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    async with server:
        script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with ToAPIs.open(key="sk-secret-key-1", base_url=script.url + "/v1/", limits=limits, **options) as toapis:
            yield script, toapis


def http(status: int, body: object, *headers: str, length: int | None = None) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + data


TASK = {"id": "t", "status": "queued"}
URLS = ["https://example.com/a.png"]
