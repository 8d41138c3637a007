"""The absence of Discord for a while: every request fails in one manner, and the gateway is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Manner = Literal["refused", "reset", "500", "502", "503", "504", "429"]
"""No connection; a connection that is cut; an error page, as Discord's edge sends it; or its ban of an address."""


class Absence:
    """``manner`` is how it is away; None while it is there. ``knocks``: requests that failed in this way so far."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.manner: Manner | None = None
        self.knocks = 0
        self._changed = changed

    def middleware(self) -> Middleware:
        """Build the application's middleware: no request gets past it while Discord is away."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.manner is None:
                return await handler(request)
            self.knocks += 1
            self._changed()
            if self.manner in ("refused", "reset"):
                if request.transport is not None:  # else the other side died first
                    request.transport.abort()
                return web.Response()
            page = f"<html><head><title>{self.manner}</title></head><body>cloudflare</body></html>"
            return web.Response(status=int(self.manner), text=page, content_type="text/html")

        return guard
