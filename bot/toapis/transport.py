"""HTTP exchanges with ToAPIs: a request goes out with the key, an Answer comes back uninterpreted."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, Literal

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from bot.errors import ToAPIsUnavailable
from bot.toapis.responses import Answer, clean
from bot.toapis.retry import NotConnected
from bot.toapis.url_guard import loopback_of

ANSWER_LIMIT: Final = 1_000_000
"""The most bytes of an answer. A task's JSON has about a thousand."""


STOOD_STILL: Final = 2.0
"""Seconds between a permission to buy and the sending, after which the permission is asked for again."""

BeforePaid = Callable[[], Awaitable[None]]
"""Waits until it is certain that this process may still buy. Never raises."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds. ``idle`` is the longest silence within an answer; the others are for one whole attempt."""

    connect: float = 10.0
    idle: float = 45.0
    upload: float = 120.0
    create: float = 60.0
    query: float = 30.0


class Exchange:
    """A key and the sessions that send it. It follows no redirect, so the key goes to the base URL only."""

    def __init__(
        self, base_url: str, key: str, timeouts: Timeouts, usual: aiohttp.ClientSession, paid: aiohttp.ClientSession
    ) -> None:
        self.timeouts = timeouts
        self._base = base_url
        self._key = key
        self._usual = usual
        self._paid = paid
        self.answered_at: float | None = None
        """The time of the last answer, an error or not (Unix seconds)."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, base_url: str, key: str, user_agent: str, timeouts: Timeouts, before_paid: BeforePaid | None = None
    ) -> AsyncIterator[Exchange]:
        """Open the sessions. ``before_paid`` is awaited once a paid request is connected, before any of it is sent."""
        headers = {"User-Agent": user_agent, "Accept": "application/json"}

        def session(connector: aiohttp.TCPConnector, *traces: aiohttp.TraceConfig) -> aiohttp.ClientSession:
            jar = aiohttp.DummyCookieJar()
            return aiohttp.ClientSession(
                connector=connector, headers=headers, cookie_jar=jar, trust_env=False, trace_configs=list(traces)
            )

        async with AsyncExitStack() as stack:
            usual = await stack.enter_async_context(session(aiohttp.TCPConnector()))
            # A create never reuses a connection: if the server had just closed it, a create that was never read would
            # look like a create whose answer was lost.
            connector = aiohttp.TCPConnector(force_close=True)
            paid = await stack.enter_async_context(session(connector, *_after_connecting(before_paid)))
            yield cls(base_url, key, timeouts, usual, paid)

    def for_key(self, key: str) -> Exchange:
        """Build an exchange for another key over the same connections."""
        return Exchange(self._base, key, self.timeouts, self._usual, self._paid)

    async def get(self, path: str) -> Answer:
        """Send a GET request, which costs nothing."""
        return await self._ask(self._usual, "GET", path, self.timeouts.query)

    async def upload(self, path: str, form: aiohttp.FormData) -> Answer:
        return await self._ask(self._usual, "POST", path, self.timeouts.upload, data=form)

    async def buy(self, path: str, body: dict[str, Any]) -> Answer:
        """Post something paid, exactly once, over a connection of its own. Raise NotConnected if nothing was sent."""
        paid_body = PaidBody(body)
        try:
            return await self._ask(
                self._paid, "POST", path, self.timeouts.create, data=paid_body, trace_request_ctx=paid_body
            )
        except ToAPIsUnavailable as error:
            if paid_body.held_back:
                raise NotConnected("nothing was sent: this process stood still before it") from error
            raise

    async def _ask(
        self, session: aiohttp.ClientSession, method: Literal["GET", "POST"], path: str, total: float, **content: Any
    ) -> Answer:
        """Send a request. Raise NotConnected if nothing was sent, ToAPIsUnavailable if the answer is unknown."""
        times = self.timeouts
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=times.connect, sock_read=times.idle)
        url = URL(self._base + path, encoded=True)
        content |= {"headers": {"Authorization": f"Bearer {self._key}"}, "timeout": timeout}
        try:
            async with session.request(method, url, allow_redirects=False, **content) as response:
                body = await _read(response)
                self.answered_at = time.time()
                return Answer(response.status, dict(response.headers), body, self.answered_at, self._key)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NotConnected(f"{method} {path}: {self._words(error)}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise ToAPIsUnavailable(f"{method} {path}: {self._words(error)}") from error

    def _words(self, error: Exception) -> str:
        return clean(f"{type(error).__name__} {error}", self._key)


class PaidBody(aiohttp.JsonPayload):
    """The body of a paid request. It is not sent by a process that stood still since it was certain that it may buy.

    ``certain_at`` is by the monotonic clock. aiohttp sends the head of a request together with the body.
    """

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.certain_at = math.inf
        self.held_back = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write the body, or raise ConnectionAbortedError."""
        self.held_back = time.monotonic() - self.certain_at > STOOD_STILL
        if self.held_back:
            raise ConnectionAbortedError("this process stood still")
        await super().write_with_length(writer, content_length)


def _after_connecting(act: BeforePaid | None) -> list[aiohttp.TraceConfig]:
    """Build what awaits ``act`` once a connection is there."""
    if act is None:
        return []

    async def connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        await act()
        context.trace_request_ctx.certain_at = time.monotonic()

    config = aiohttp.TraceConfig()
    config.on_connection_create_end.append(connected)
    return [config]


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise ToAPIsUnavailable(f"HTTP {response.status}: the answer is longer than {ANSWER_LIMIT} bytes")
    return bytes(data)


def clean_base_url(text: str) -> str:
    """Strip trailing slashes and ``/v1``, which people paste in either form.

    Raise ValueError, in words, if it is no https address. Plain http is only allowed to this machine, since every call
    carries the key.
    """
    base = text.strip().rstrip("/")
    base = base.removesuffix("/v1").rstrip("/")
    try:
        url = URL(base)
        is_complete = bool(url.raw_host) and url.user is None and not url.query_string and not url.fragment
    except ValueError:
        is_complete = False
    if not is_complete or url.scheme not in ("http", "https"):
        raise ValueError("the base URL of ToAPIs must be an https address such as https://toapis.com")
    if url.scheme == "http" and loopback_of(base) is None:
        raise ValueError("the base URL of ToAPIs must begin with https://, or the key would travel in the clear")
    return base
