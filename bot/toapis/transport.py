"""One HTTP exchange with ToAPIs: a request goes out with the key, an Answer comes back. Reads no meaning into it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import aiohttp
from yarl import URL

from bot.errors import ToAPIsUnavailable
from bot.toapis.responses import Answer, clean
from bot.toapis.retry import NotConnected
from bot.toapis.url_guard import loopback_of

ANSWER_LIMIT: Final = 1_000_000
"""Bytes of an answer that are read. A task's JSON has about a thousand."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``idle`` is the longest silence within an answer; the others hold for one attempt as a whole."""

    connect: float = 10.0
    idle: float = 45.0
    upload: float = 120.0
    create: float = 60.0
    query: float = 30.0


class Exchange:
    """Holds a key, and sessions that carry it. Follows no redirect, so the key goes to the base URL alone."""

    def __init__(
        self, base_url: str, key: str, timeouts: Timeouts, usual: aiohttp.ClientSession, paid: aiohttp.ClientSession
    ) -> None:
        self.timeouts = timeouts
        self._base = base_url
        self._key = key
        self._usual = usual
        self._paid = paid
        self.answered_at: float | None = None
        """When anything was last answered, well or not (Unix seconds)."""

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str, key: str, user_agent: str, timeouts: Timeouts) -> AsyncIterator[Exchange]:
        headers = {"User-Agent": user_agent, "Accept": "application/json"}

        def session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
            jar = aiohttp.DummyCookieJar()
            return aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=jar, trust_env=False)

        async with AsyncExitStack() as stack:
            usual = await stack.enter_async_context(session(aiohttp.TCPConnector()))
            # A create never rides on a connection from before: if the other end had just closed it, a create that was
            # never read would look like one whose answer was lost.
            paid = await stack.enter_async_context(session(aiohttp.TCPConnector(force_close=True)))
            yield cls(base_url, key, timeouts, usual, paid)

    def for_key(self, key: str) -> Exchange:
        """The same connections, with another key."""
        return Exchange(self._base, key, self.timeouts, self._usual, self._paid)

    async def get(self, path: str) -> Answer:
        """Asks for something that costs nothing."""
        return await self._ask(self._usual, "GET", path, self.timeouts.query)

    async def upload(self, path: str, form: aiohttp.FormData) -> Answer:
        return await self._ask(self._usual, "POST", path, self.timeouts.upload, data=form)

    async def buy(self, path: str, body: dict[str, Any]) -> Answer:
        """Posts something paid, exactly once, over a connection of its own."""
        return await self._ask(self._paid, "POST", path, self.timeouts.create, json=body)

    async def _ask(
        self, session: aiohttp.ClientSession, method: Literal["GET", "POST"], path: str, total: float, **content: Any
    ) -> Answer:
        """Raises NotConnected where nothing was sent, ToAPIsUnavailable where the answer is not known."""
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


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise ToAPIsUnavailable(f"HTTP {response.status}: the answer is longer than {ANSWER_LIMIT} bytes")
    return bytes(data)


def clean_base_url(text: str) -> str:
    """The base without trailing slashes and ``/v1``, which people paste in either form.

    Raises ValueError, in words, for what is no https address; plain http is for this machine alone, since the key
    travels with every call.
    """
    base = text.strip().rstrip("/")
    base = base.removesuffix("/v1").rstrip("/")
    try:
        url = URL(base)
        whole = bool(url.raw_host) and url.user is None and not url.query_string and not url.fragment
    except ValueError:
        whole = False
    if not whole or url.scheme not in ("http", "https"):
        raise ValueError("the base URL of ToAPIs must be an https address such as https://toapis.com")
    if url.scheme == "http" and loopback_of(base) is None:
        raise ValueError("the base URL of ToAPIs must begin with https://, or the key would travel in the clear")
    return base
