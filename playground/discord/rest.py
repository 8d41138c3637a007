"""The REST half of Discord: requests, hooks, authentication and rate limits, before a handler answers."""

from __future__ import annotations

import json as jsonlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from playground.hooks import Call, Drop, Hook, run_hooks
from playground.world.messages import Upload

from . import channels, commands, guilds, interactions, messages, threads
from .errors import Refusal
from .limits import Allowance, RateLimits, exceeded_headers
from .offences import offence
from .rest_context import Answer, Handler, RestContext, RestRequest

_log = logging.getLogger(__name__)

PREFIX = "/api/v10"
NO_TOKEN_NEEDED = (
    "GET /gateway",
    "POST /interactions/",
    "POST /webhooks/",
    "GET /webhooks/",
    "PATCH /webhooks/",
    "DELETE /webhooks/",
)
ROUTES: dict[str, Handler] = {
    **channels.ROUTES, **messages.ROUTES, **threads.ROUTES, **guilds.ROUTES, **interactions.ROUTES, **commands.ROUTES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as the stand-in remembers it."""

    method: str
    route: str
    path: str
    status: int | None
    """None: the connection was dropped without an answer."""
    at: float


@dataclass(slots=True)
class Fault:
    """An answer to give instead of the real one, so many times more."""

    route: str
    status: int
    code: int
    message: str
    times: int
    retry_after: float
    scope: str = "user"


class Rest:
    """``hooks``, ``faults`` and ``requests`` are the stand-in's own; ``limits`` is None where rate limits are off.

    ``observers`` are hooks of every stand-in, before its own: the tests hold each request against a specification.
    """

    observers: ClassVar[list[Hook]] = []

    def __init__(self, context: RestContext, limits: RateLimits | None) -> None:
        self.context = context
        self.limits = limits
        self.hooks: list[Hook] = []
        self.faults: list[Fault] = []
        self.requests: list[RecordedRequest] = []
        self.edge_limit: int | None = None
        """The bytes of files in a request above which the edge before the API refuses it, with a page of its own."""
        self.table = dict(ROUTES)

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of the table, and one for whatever is not in it."""
        table = []
        for route, handler in self.table.items():
            method, path = route.split(" ", 1)
            table.append(web.route(method, PREFIX + path, self._serves(route, handler)))
        return [*table, web.route("*", "/api/{rest:.*}", self._serves("unknown", _unknown))]

    def _serves(self, route: str, handler: Handler) -> Any:
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                incoming = await read(request, route if route != "unknown" else f"{request.method} {request.path}")
                return await self._answer(request, incoming, handler)
            except Drop:
                self._remember(request, route, None)
                if request.transport is not None:  # else the other side died first
                    request.transport.abort()
                return web.Response()

        return serve

    async def _answer(self, request: web.Request, incoming: RestRequest, handler: Handler) -> web.StreamResponse:
        call = incoming.call
        await run_hooks((*self.observers, *self.hooks), "before", call)
        allowance: Allowance | None = None
        try:
            if isinstance(call.json, Refusal):
                raise call.json
            self._admit(call)
            allowance = self._spend(incoming)
            answer = (
                self._at_the_edge(incoming)
                or self._faulted(call.route)
                or self._limited(allowance)
                or handler(self.context, incoming)
            )
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.as_json())
            blame = offence(call.route, refusal)
            self.context.world.offences += [blame] if blame is not None else []
        call.status = answer.status
        call.answer = answer.json
        self._remember(request, call.route, answer.status)
        await run_hooks((*self.observers, *self.hooks), "after", call)
        headers = {**(allowance.headers if allowance is not None else {}), **answer.headers}
        if answer.status == 429:
            headers["Via"] = "1.1 playground"  # without it discord.py takes a 429 for a ban
        if answer.status == 204:
            return web.Response(status=204, headers=headers)
        if isinstance(answer.json, str):
            return web.Response(status=answer.status, text=answer.json, content_type="text/html")
        body = jsonlib.dumps(answer.json).encode()
        return web.Response(status=answer.status, body=body, headers={**headers, "Content-Type": "application/json"})

    def _admit(self, call: Call) -> None:
        """Check who asks. https://discord.com/developers/docs/reference#authentication and #user-agent"""
        if not call.headers.get("User-Agent"):
            raise Refusal(40333, status=403, message="internal network error")
        open_to_all = call.route.startswith(NO_TOKEN_NEEDED) and call.route != "GET /gateway/bot"
        if not open_to_all and call.headers.get("Authorization") != f"Bot {self.context.world.application.token}":
            raise Refusal(0)

    def _spend(self, incoming: RestRequest) -> Allowance | None:
        if self.limits is None:
            return None
        call = incoming.call
        by_token = incoming.call.route.startswith(NO_TOKEN_NEEDED)
        majors = ("webhook", "token") if by_token else ("channel", "guild")
        major = "+".join(call.params[name] for name in majors if name in call.params)
        rename = call.route == "PATCH /channels/{channel}" and isinstance(call.json, dict) and "name" in call.json
        return self.limits.spend(call.route, major, self.context.world.clock(), by_token=by_token, rename=rename)

    def _limited(self, allowance: Allowance | None) -> Answer | None:
        if allowance is None or allowance.exceeded is None:
            return None
        body = {
            "message": "You are being rate limited.",
            "retry_after": round(allowance.exceeded, 3),
            "global": allowance.scope == "global",
        }
        return Answer(429, body)

    def _at_the_edge(self, incoming: RestRequest) -> Answer | None:
        size = sum(len(upload.data) for upload in incoming.uploads.values())
        if self.edge_limit is None or size <= self.edge_limit:
            return None
        return Answer(413, "<html><title>413 Request Entity Too Large</title></html>")

    def _faulted(self, route: str) -> Answer | None:
        for fault in self.faults:
            if fault.route == route and fault.times > 0:
                fault.times -= 1
                body: dict[str, Any] = {"message": fault.message, "code": fault.code}
                if fault.status == 429:
                    body |= {"retry_after": fault.retry_after, "global": fault.scope == "global"}
                    return Answer(429, body, exceeded_headers(fault.retry_after, fault.scope))
                return Answer(fault.status, body)
        return None

    def _remember(self, request: web.Request, route: str, status: int | None) -> None:
        world = self.context.world
        self.requests.append(RecordedRequest(request.method, route, request.path, status, world.clock()))
        world.changed()


def _unknown(context: RestContext, incoming: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    _log.warning("The bot asked for what this Discord does not have: %s", incoming.call.route)
    raise Refusal(0, status=404, message="404: Not Found")


async def read(request: web.Request, route: str) -> RestRequest:
    """Read a request to its end: JSON, or multipart with payload_json and files[n]."""
    params = {key: value for key, value in request.match_info.items() if key != "rest"}
    call = Call(request.method, request.path, route, params, headers=request.headers, query=request.query)
    incoming = RestRequest(call, request.query)
    if request.content_type == "multipart/form-data":
        fields = await _multipart(request, incoming.uploads)
        call.json = _parse(fields.get("payload_json", "{}"))
    elif request.can_read_body:
        text = await request.text()
        call.json = _parse(text) if request.content_type == "application/json" else _wrong_type(text)
    call.files = tuple(upload.name for upload in incoming.uploads.values())
    return incoming


async def _multipart(request: web.Request, uploads: dict[str, Upload]) -> Mapping[str, str]:
    fields = {}
    async for part in await request.multipart():
        name = getattr(part, "name", None) or ""
        data = bytes(await part.read())  # type: ignore[union-attr]  # nested multipart is not sent by anyone
        if name.startswith("files["):
            uploads[name[6:-1]] = Upload(getattr(part, "filename", None) or "unknown", data)
        else:
            fields[name] = data.decode()
    return fields


def _parse(text: str) -> Any:
    """Parse the JSON, or return the Refusal of what is none: hooks see the request before it is refused."""
    if not text:
        return None
    try:
        return jsonlib.loads(text)
    except ValueError:
        return Refusal(50109)


def _wrong_type(text: str) -> Any:
    if not text:
        return None
    expected = "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}."
    return Refusal(50035, errors={"_errors": [{"code": "CONTENT_TYPE_INVALID", "message": expected}]})
