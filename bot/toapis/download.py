"""Downloads of painted pictures from addresses that others name: without the key, never from inside our network.

https://docs.toapis.com/docs/en/api-reference/tasks/image-status (a plain GET without the key; gone after 24 h)
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.errors import RateLimited, ResultExpired, ResultGone, ToAPIsUnavailable
from bot.memory import Portion
from bot.toapis.responses import clean, retry_after
from bot.toapis.retry import NotConnected
from bot.toapis.tasks import Download
from bot.toapis.url_guard import ForbiddenAddress, Loopback, check_url, may_connect, may_resolve

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PASSING: Final = (403, 408, 425)
"""Statuses, besides 5xx, that may pass. 403 mostly means that the edge blocks us for a while."""
_ABSENT: Final = (403, 404, 410)
"""The statuses of file hosts for a file whose time is over. Before that time they prove nothing."""
_MOST_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_SURE_TO_FIT: Final = 10 * 1024 * 1024
"""Bytes. https://discord.com/developers/docs/reference#uploading-files"""


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Limits in seconds and bytes. ``idle`` is the longest silence; ``total`` is for one attempt with its redirects."""

    connect: float = 10.0
    idle: float = 30.0
    total: float = 120.0
    size: int = 64 * 1024 * 1024


class Downloader:
    """A session for downloads. It holds no key and no cookies, and never connects to a private address."""

    def __init__(self, session: aiohttp.ClientSession, loopback: Loopback | None, limits: DownloadLimits) -> None:
        self._session = session
        self._loopback = loopback
        self._limits = limits

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        user_agent: str,
        loopback: Loopback | None = None,
        limits: DownloadLimits | None = None,
        resolver: AbstractResolver | None = None,
    ) -> AsyncIterator[Downloader]:
        """Open a downloader with its own session. ``resolver`` turns names into addresses, which are checked."""
        limits = limits or DownloadLimits()
        guarded = _GuardedResolver(resolver or ThreadedResolver(), loopback)
        connector = aiohttp.TCPConnector(
            resolver=guarded, use_dns_cache=False, socket_factory=_guarded_sockets(loopback), limit_per_host=8
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": user_agent, "Accept": "image/*, */*;q=0.5", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect, sock_read=limits.idle),
            auto_decompress=False,  # a few bytes must not become gigabytes before they are counted
            trust_env=False,
        ) as session:
            yield cls(session, loopback, limits)

    @property
    def most(self) -> int:
        """Return the most bytes of memory that one download may take."""
        return _weight(self._limits.size)

    async def fetch(self, url: str, portion: Portion, until: float | None = None) -> Download:
        """Try once to download a result. ``portion`` shrinks as more is known about its size.

        ``until`` is when ToAPIs stops serving it (Unix seconds), if it said so. Raise ResultExpired if its host refuses
        it after that time or says itself that it expired, ResultGone (404, 410, too large), ForbiddenAddress,
        RateLimited, or ToAPIsUnavailable for a failure that may pass.
        """
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._follow(url, portion, until)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            if isinstance(error, OSError) and error.errno == errno.EACCES:
                host = error.host if isinstance(error, aiohttp.ClientConnectorError) else ""
                raise ForbiddenAddress("the result's host leads to a private address", host=host) from error
            raise NotConnected(f"download: {clean(str(error))}") from error
        except aiohttp.InvalidURL as error:
            raise ForbiddenAddress("the result's address can't be read") from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, zlib.error) as error:
            raise ToAPIsUnavailable(f"download: {type(error).__name__}: {clean(str(error))}") from error

    async def _follow(self, text: str, portion: Portion, until: float | None) -> Download:
        url = check_url(text, self._loopback)
        for _ in range(_MOST_REDIRECTS + 1):
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await self._read(response, portion, until)
                url = check_url(_target(response), self._loopback)
        raise ResultGone(f"more than {_MOST_REDIRECTS} redirects")

    async def _read(self, response: aiohttp.ClientResponse, portion: Portion, until: float | None) -> Download:
        if response.status != 200:
            raise _refusal(response, await response.content.read(2048), until)
        if (response.content_length or 0) > self._limits.size:
            raise ResultGone(f"the result says it has {response.content_length} bytes")
        data = bytearray()
        inflate = _inflater(response.headers.get("Content-Encoding", "identity"))
        if inflate is None and response.content_length is not None:
            portion.shrink(_weight(response.content_length))
        async for chunk in response.content.iter_chunked(_CHUNK):
            room = self._limits.size - len(data) + 1  # one byte more than allowed shows that there is more
            data += chunk if inflate is None else inflate.decompress(chunk, room)
            if len(data) > self._limits.size:
                raise ResultGone(f"the result is larger than {self._limits.size} bytes")
        if inflate is not None and not inflate.eof:
            raise ToAPIsUnavailable("the result's compressed bytes end too early")
        if not data:
            raise ToAPIsUnavailable("the result is empty")
        portion.shrink(_weight(len(data)))
        return Download(bytes(data), response.headers.get("Content-Type"))


def _weight(size: int) -> int:
    """Return the bytes of memory that a result of ``size`` bytes takes until it is posted.

    A file that may be too large for a channel needs room for a smaller copy, too.
    """
    return size + (_SURE_TO_FIT if size > _SURE_TO_FIT else 0)


class _GuardedResolver(AbstractResolver):
    """A resolver that asks another one and returns only addresses that may be connected to."""

    def __init__(self, inner: AbstractResolver, loopback: Loopback | None) -> None:
        self._inner = inner
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._inner.resolve(host, port, family)
        allowed = [address for address in addresses if may_resolve(host, address["host"], self._loopback)]
        if addresses and not allowed:
            raise ForbiddenAddress("the result's host leads to a private address", host=host)
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def _guarded_sockets(loopback: Loopback | None) -> aiohttp.SocketFactoryType:
    """Build the connector's socket factory, which refuses private addresses.

    aiohttp asks no resolver for an IP literal, but it always calls the factory, with the address it will connect to.
    """

    def make(address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, endpoint = address
        if not may_connect(str(endpoint[0]), int(endpoint[1]), loopback):
            raise PermissionError(errno.EACCES, "a private address")
        return socket.socket(family, kind, protocol)

    return make


def _target(response: aiohttp.ClientResponse) -> URL:
    try:
        return response.url.join(URL(response.headers.get("Location", "")))
    except ValueError as error:
        raise ForbiddenAddress("the redirect's address can't be read") from error


def _refusal(
    response: aiohttp.ClientResponse, start: bytes, until: float | None
) -> ResultGone | RateLimited | ToAPIsUnavailable:
    status = response.status
    words = clean(start.decode("utf-8", "replace"))[:200]
    detail = f"download: HTTP {status}: {words}"
    if status == 429:
        return RateLimited(detail, retry_after=retry_after(response.headers, time.time()))
    if status < 500 and "expired" in words.lower():
        return ResultExpired(detail)
    if status in _ABSENT and until is not None and _moment(response) >= until:
        return ResultExpired(detail)
    if status >= 500 or status in _PASSING:
        return ToAPIsUnavailable(detail, retry_after=retry_after(response.headers, time.time()))
    return ResultGone(detail)


def _moment(response: aiohttp.ClientResponse) -> float:
    """Return when an answer was sent (Unix seconds), by its own ``Date``, since our clock may be days wrong.

    Use our clock if the answer has no readable ``Date``.
    """
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return time.time()


def _inflater(encoding: str) -> zlib._Decompress | None:
    """Return a decompressor, or None for plain bytes. We ask for plain bytes, but a cache may compress all the same."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, by the first bytes
    raise ResultGone(f"the result is packed as {clean(name)[:40]}")
