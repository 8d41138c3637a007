"""The WebServer: what the internet may send to the bot, and ask it. Anything else is answered with 404.

Strangers get little of it: few connections at once, none of which may stay silent, and small bodies (see the handlers).
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import http_exceptions, web

CONNECTIONS: Final = 128
"""Connections at once. Those beyond are closed."""

IDLE: Final = 15.0
"""Seconds for which a connection may stay open between two requests."""

LINGER: Final = 1.0
"""Seconds for which the rest of a refused body is read, so that the refusal is heard."""

STOP: Final = 5.0
"""Seconds for which requests may be answered after the stop."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = logging.getLogger(__name__)

_http_log = logging.getLogger(f"{__name__}.http")
"""What aiohttp logs: errors of handlers, and not that a stranger speaks bad HTTP, which would fill the log."""


def _is_no_strangers(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], http_exceptions.HttpProcessingError))


_http_log.addFilter(_is_no_strangers)


class WebServer:
    """Serves ``handlers`` of POST requests and ``pages``, which answer GET requests, by path.

    ``host`` None: on every address of this machine; port 0: any.
    """

    def __init__(
        self,
        host: str | None,
        port: int,
        handlers: Mapping[str, Handler],
        pages: Mapping[str, Handler] = MappingProxyType({}),
    ) -> None:
        self._host = host
        self._wanted_port = port
        self._handlers = handlers
        self._pages = pages
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._told = False

    @property
    def port(self) -> int:
        """Return the port. Only while it is open."""
        assert self._listener is not None  # open
        return int(self._listener.sockets[0].getsockname()[1])

    async def open(self) -> bool:
        """Listen, and return whether that succeeded. It may be tried again; a port that can't be had is logged once."""
        if self._listener is not None:
            return True
        app = web.Application()
        for path, handler in self._handlers.items():
            app.router.add_post(path, handler)
        for path, handler in self._pages.items():
            app.router.add_get(path, handler)
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_log,
            shutdown_timeout=STOP,
            keepalive_timeout=IDLE,
            lingering_time=LINGER,
            auto_decompress=False,  # what is signed is what was sent, and a small body stays small
        )
        await runner.setup()
        try:
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: self._accept(runner), self._host, self._wanted_port
            )
        except OSError as error:
            await runner.cleanup()
            self._tell("another program has it" if error.errno == errno.EADDRINUSE else f"{error.strerror}")
            return False
        self._runner = runner
        return True

    def _tell(self, why: str) -> None:
        """Log once, however often it is tried, that the port can't be had."""
        if not self._told:
            _log.warning(
                "PORT %d can't be listened at (%s): the bot runs on, without webhooks, /healthz, /readyz and /metrics. "
                "Set PORT to a port that is free, and restart",
                self._wanted_port,
                why,
            )
        self._told = True

    async def close(self) -> None:
        """Answer what is being asked, and stop."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _accept(self, runner: web.AppRunner) -> asyncio.Protocol:
        """Return what serves a new connection. A silent one is closed by aiohttp, after ``IDLE`` seconds."""
        server = runner.server
        if server is None or len(server.connections) >= CONNECTIONS:
            return _Closed()
        return server()


class _Closed(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
