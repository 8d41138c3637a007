"""The stand-in ToAPIs: strict about what it is sent, faulty on request, and exact about every charge.

painter = Painter(seconds=(0.1, 0.2), seed=7)
async with painter.serve():
    painter.url, painter.key            # where the bot finds it, and with which key
    painter.fault("reset-after", times=1)   # the next create is made and charged, and never answered
    painter.ledger, painter.offences    # what was paid; what a careful client would not have done
"""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from typing import Any, Final, Self

from aiohttp import BodyPartReader, web

from playground.hooks import Call, Drop, Hook, run_hooks
from playground.toapis.accounts import Account, Key
from playground.toapis.answer import Answer, error, hang_up, page, refusal, say, send
from playground.toapis.faults.answer_faults import ANSWER_FAULTS
from playground.toapis.faults.fault import ActiveFault, Fault, FaultContext, Faults, Verb
from playground.toapis.faults.refusals import REFUSALS
from playground.toapis.faults.task_faults import TASK_FAULTS
from playground.toapis.service import ImageService
from playground.toapis.token_bucket import Bucket, RetryAfterForm, retry_after
from playground.toapis.uploads import Part

_FIXED: Final[dict[tuple[str, str], tuple[Verb, str]]] = {
    ("POST", "/v1/uploads/images"): ("upload", "POST /v1/uploads/images"),
    ("POST", "/v1/images/generations"): ("create", "POST /v1/images/generations"),
    ("GET", "/v1/models"): ("models", "GET /v1/models"),
    ("GET", "/v1/balance"): ("balance", "GET /v1/balance"),
    ("GET", "/balance"): ("balance", "GET /v1/balance"),
    ("GET", "/v1/user/balance"): ("balance", "GET /v1/user/balance"),
    ("GET", "/user/balance"): ("balance", "GET /v1/user/balance"),
}
_LOOK_UP: Final = "/v1/images/generations/"
_LARGEST_REQUEST: Final = 64 * 1024 * 1024
_FAULTS: Final[dict[str, Fault]] = {**REFUSALS, **ANSWER_FAULTS, **TASK_FAULTS}


class Painter(ImageService):
    """The stand-in's server: it reads requests, applies hooks and faults, and sends answers. See ImageService."""

    def __init__(
        self,
        seconds: tuple[float, float] = (6.0, 12.0),
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
        tier: str = "default",
    ) -> None:
        super().__init__(seconds, seed, clock, Account("1001", tier=tier))
        self.hooks: list[Hook] = []
        self.requests: list[Call] = []
        self.retry_after_form: RetryAfterForm = "seconds"
        self._faults = Faults(_FAULTS, self._rng)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._prompts: dict[str, str] = {}
        self._closing = asyncio.Event()

    @property
    def faults(self) -> dict[str, str]:
        """Return every fault's name, and what it does in a line."""
        return {fault.name: fault.line for fault in _FAULTS.values()}

    @property
    def active(self) -> list[ActiveFault]:
        """Return the faults that are on."""
        return list(self._faults.active)

    def fault(
        self,
        name: str,
        times: int | None = None,
        *,
        on: tuple[Verb, ...] | None = None,
        chance: float = 1.0,
        prompt: str | None = None,
        **options: Any,
    ) -> ActiveFault:
        """Enable a fault: for ``times`` strikes (None: until ``calm``), at other verbs than its own (``on``), only by
        ``chance`` (0 to 1), or only for the order with this ``prompt`` (at its create, look-ups and downloads; an
        upload does not show its order). Raises ValueError for an unknown fault or option."""
        return self._faults.put_on(name, times, on, chance, options, prompt)

    def calm(self, name: str | None = None) -> None:
        """Remove one fault, or all. Tasks keep the outcome that they were made with."""
        self._faults.active[:] = [active for active in self._faults.active if name not in (None, active.fault.name)]

    def strikes(self, name: str) -> Verb:
        """Return the first verb that a fault strikes by itself."""
        return _FAULTS[name].on[0]

    @contextlib.asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Self]:
        """Listen until the block ends. May be entered again, also on the same port: tasks and money are kept."""
        self._closing.clear()
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            listener = socket.create_server((host, port), backlog=128)
            await web.SockSite(runner, listener).start()
            self.url = f"http://{host}:{listener.getsockname()[1]}"
            try:
                async with self.webhooks.sending():
                    yield self
            finally:
                self._closing.set()
                await _stop_accepting(listener)
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        verb, call = self._name(request)
        try:
            parts = await _read(request, call)
        except ValueError as invalid:
            self.offences.append(f"{call.route}: {invalid}")
            return await send(request, error(400, "invalid_request", str(invalid)), self._closing)
        self.requests.append(call)
        try:
            await run_hooks(self.hooks, "before", call)
            answer = await self._answer(verb, call, parts)
            call.status = answer.status
            call.answer = answer.json
            call.note = answer.task_id
            await run_hooks(self.hooks, "after", call)
        except Drop:
            return hang_up(request)
        # The host's own time, which a bot with a wrong clock may use.
        answer = answer.with_headers({"Date": formatdate(self.clock(), usegmt=True)})
        return await send(request, answer, self._closing)

    def _name(self, request: web.Request) -> tuple[Verb, Call]:
        method = request.method
        path = request.path
        call = Call(method, path, f"{method} {path}", dict(request.query), headers=request.headers, at=self.clock())
        verb: Verb = "nothing"
        if (method, path) in _FIXED:
            verb, call.route = _FIXED[method, path]
        elif method == "GET" and path.startswith(_LOOK_UP):
            call.params["id"] = path.removeprefix(_LOOK_UP)
            call.route = "GET /v1/images/generations/{id}"
            verb = "status" if call.params["id"] in self.tasks else "find"
        elif method == "GET" and path.startswith("/files/"):
            verb = "download"
            call.route = "GET /files/…"
        return verb, call

    async def _answer(self, verb: Verb, call: Call, parts: list[Part]) -> Answer:
        agent = call.headers.get("User-Agent", "")
        if not agent or "Python-urllib" in agent:
            self.offences.append(f"{call.route}: no User-Agent of its own")
            return page(403, "403 Forbidden")
        prompt = self._prompt(verb, call)
        refusal = self._faults.refusal(verb, FaultContext(call, None, self.clock(), prompt))
        if refusal is not None and not refusal[1]:
            return refusal[0]
        answer = await self._work(verb, call, parts)
        if answer.status != 200:
            return answer
        if refusal is not None:
            return replace(refusal[0], task_id=answer.task_id)
        return self._faults.alter_answer(
            verb, answer, FaultContext(call, self.tasks.get(answer.task_id), self.clock(), prompt)
        )

    def _prompt(self, verb: Verb, call: Call) -> str:
        """Return the prompt of the order that a request is about; empty where it is unknown."""
        if verb == "create":
            body = call.json if isinstance(call.json, dict) else {}
            prompt = str(body.get("prompt", ""))
            self._prompts[str(body.get("client_business_id"))] = prompt
            return prompt
        id_ = call.path.split("/")[3] if call.path.startswith("/files/generated/") else call.params.get("id", "")
        return self.tasks[id_].request.prompt if id_ in self.tasks else self._prompts.get(id_, "")

    async def _work(self, verb: Verb, call: Call, parts: list[Part]) -> Answer:
        if verb == "nothing":
            return error(404, 404, f"{call.path} does not exist", type_="not_found_error")
        if verb == "download":
            if "Authorization" in call.headers:
                self.offences.append(f"{call.path}: the key was sent to the file host")
            return await self.file(call.path)
        scheme, _, text = call.headers.get("Authorization", "").partition(" ")
        key = self.keys.get(text) if scheme == "Bearer" else None
        if key is None:
            return _unknown_key(verb)
        limited, headers = self._limit(verb, key)
        answer = limited or self._do(verb, call, parts, key)
        if verb == "create" and answer.status == 200:
            await self.webhooks.before_answer(answer.task_id)
        return answer.with_headers(headers)

    def _do(self, verb: Verb, call: Call, parts: list[Part], key: Key) -> Answer:
        if verb == "upload":
            return self.upload(key, parts)
        if verb == "create":
            prompt = self._prompt(verb, call)
            alter = partial(self._faults.alter_task, prompt=prompt)
            return self.create(key, call.json, alter, narrow_tiers=self._faults.has("narrow-tiers"))
        if verb == "models":
            return self.list_models(key, call.params.get("type", "text"))
        if verb == "balance":
            return self.account_balance(key) if "user" in call.route else self.key_balance(key)
        task = self.find(key, call.params["id"])
        if task is None:
            return error(404, 404, f"task {call.params['id']} was not found", type_="not_found_error")
        return say(self.describe(task), task_id=task.id)

    def _limit(self, verb: Verb, key: Key) -> tuple[Answer | None, dict[str, str]]:
        categories: dict[str, str] = {"create": "async_submit", "status": "async_query", "find": "async_query"}
        if (category := categories.get(verb)) is None:
            return None, {}
        now = self.clock()
        account = key.account
        place = (account.user, category)
        if place not in self._buckets:
            self._buckets[place] = Bucket.full(account.tier, category, now)
        bucket = self._buckets[place]
        wait = bucket.take(now)
        headers = bucket.headers(now)
        if not wait:
            return None, headers
        refused = error(429, "rate_limit_exceeded", "too many requests", type_="rate_limit_error")
        return refused, headers | retry_after(wait, now, self.retry_after_form)


async def _stop_accepting(listener: socket.socket) -> None:
    """Wait for connections that are being accepted: a server closed under them leaks their sockets."""
    with contextlib.suppress(NotImplementedError):  # the proactor of Windows has no readers
        asyncio.get_running_loop().remove_reader(listener)
    for _ in range(3):
        await asyncio.sleep(0)


def _unknown_key(verb: Verb) -> Answer:
    if verb in {"upload", "balance", "models"}:
        return refusal(401, "invalid api key")
    if verb == "create":
        return error(401, "unauthorized", "invalid api key")
    return error(401, 401, "invalid api key", type_="authentication_error")


async def _read(request: web.Request, call: Call) -> list[Part]:
    """Read the request in full. Raises ValueError where its body is not what its content type says."""
    if request.content_type.startswith("multipart/"):
        parts = [part async for part in _parts(request)]
        call.files = tuple(part.filename for part in parts if part.filename)
        call.json = {part.name: part.data.decode(errors="replace") for part in parts if part.filename is None}
        return parts
    body = await request.read()
    if body and request.content_type != "application/json":
        raise ValueError(f"content type {request.content_type} is not accepted here")
    call.json = jsonlib.loads(body) if body else None
    return []


async def _parts(request: web.Request) -> AsyncIterator[Part]:
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader):
            declared = part.headers.get("Content-Type", "").split(";")[0].strip().lower()
            yield Part(part.name or "", part.filename, declared, bytes(await part.read()))
