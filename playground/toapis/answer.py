"""Answers of the stand-in ToAPIs, and the manner in which they reach the wire: whole, slowly, cut off, never."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from aiohttp import web

_HTML: Final = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>"
    "<body><center><h1>{title}</h1></center><hr><center>edge</center></body></html>\n"
)
_CHUNK: Final = bytes(64 * 1024)


class Transmission(Enum):
    """The manner in which an answer is sent. Everything but WHOLE is a fault."""

    WHOLE = "whole"
    DRIP = "a few bytes at a time"
    CUT = "half of it, then the connection breaks"
    PADDED = "the body, then zeros up to ``length``"
    ENDLESS = "the body, then zeros for as long as anybody listens"
    HANG = "nothing, until the caller gives up"
    RESET = "the connection breaks at once"


@dataclass(frozen=True, slots=True)
class Answer:
    """``json`` is the parsed body where there is one; ``body`` is what goes over the wire."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    transmission: Transmission = Transmission.WHOLE
    pace: float = 0.0
    """DRIP: seconds between two pieces."""
    length: int = 0
    """PADDED: bytes in all."""
    task_id: str = ""

    def sent_as(self, transmission: Transmission, *, pace: float = 0.0, length: int = 0) -> Answer:
        return replace(self, transmission=transmission, pace=pace, length=length)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        return replace(self, headers={**headers, **self.headers})


def say(json: Any, status: int = 200, headers: Mapping[str, str] | None = None, task_id: str = "") -> Answer:
    """Build a JSON answer."""
    body = jsonlib.dumps(json, ensure_ascii=False).encode()
    return Answer(status, body, headers=dict(headers or {}), json=json, task_id=task_id)


def error(status: int, code: str | int, message: str, *, type_: str = "", param: str = "") -> Answer:
    """Build envelope A: ``{"error": {code, message, type?, param?}}``."""
    said: dict[str, Any] = {"code": code, "message": message}
    return say({"error": said | ({"type": type_} if type_ else {}) | ({"param": param} if param else {})}, status)


def refusal(status: int, message: str) -> Answer:
    """Build envelope B: ``{"success": false, "message": …}``, of uploads and balance."""
    return say({"success": False, "message": message}, status)


def page(status: int, title: str) -> Answer:
    """Build envelope C: an HTML page of some gateway on the way."""
    return Answer(status, _HTML.format(title=title).encode(), "text/html; charset=utf-8")


async def send(request: web.Request, answer: Answer, closing: asyncio.Event) -> web.StreamResponse:
    """Write the answer to the wire in its manner. Ends early when the caller leaves or the stand-in closes."""
    if answer.transmission is Transmission.RESET:
        return hang_up(request)
    if answer.transmission is Transmission.HANG:
        await _until_gone(request, closing)
        return hang_up(request)
    headers = {**answer.headers, "Content-Type": answer.content_type}
    if answer.transmission is Transmission.WHOLE:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    with contextlib.suppress(ConnectionError):
        if not await _stream(request, response, answer, closing):
            return hang_up(request)
    return response


async def _stream(request: web.Request, response: web.StreamResponse, answer: Answer, closing: asyncio.Event) -> bool:
    """Send an answer with a fault. Return whether everything that was promised has been sent."""
    if answer.transmission is not Transmission.ENDLESS:
        response.content_length = max(answer.length, len(answer.body))
    await response.prepare(request)
    if answer.transmission is Transmission.CUT:
        await response.write(answer.body[: len(answer.body) // 2])
        return False
    if answer.transmission is Transmission.DRIP:
        return await _drip(response, answer, closing)
    await response.write(answer.body)
    left = answer.length - len(answer.body)
    while (answer.transmission is Transmission.ENDLESS or left > 0) and not closing.is_set():
        piece = _CHUNK if answer.transmission is Transmission.ENDLESS else _CHUNK[:left]
        await response.write(piece)
        left -= len(piece)
        await asyncio.sleep(0)  # a reader on the same loop must get its turn
    return left <= 0 and answer.transmission is not Transmission.ENDLESS


async def _drip(response: web.StreamResponse, answer: Answer, closing: asyncio.Event) -> bool:
    step = max(1, len(answer.body) // 64)
    for start in range(0, len(answer.body), step):
        await response.write(answer.body[start : start + step])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), answer.pace)
            return False
    return True


async def _until_gone(request: web.Request, closing: asyncio.Event) -> None:
    while request.transport is not None and not request.transport.is_closing():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), 0.05)
            return


def hang_up(request: web.Request) -> web.Response:
    """Break the connection with a TCP reset. The returned response satisfies aiohttp and reaches nobody."""
    transport = request.transport
    if transport is not None:
        if (sock := transport.get_extra_info("socket")) is not None:
            # Linger of zero seconds: close() sends RST instead of FIN (socket(7)).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=499)
