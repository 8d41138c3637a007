"""The handlers of GET requests about this process: /healthz, /readyz and /metrics."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.reports.overview import Figures
from bot.reports.readiness import Condition, Readiness
from bot.web.server import Handler

HEADERS: Final = {"Cache-Control": "no-store"}

PROXIED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""Headers of a proxy: the connection comes from this machine, and the request from elsewhere."""

_log = logging.getLogger(__name__)


class Probes:
    """``token`` opens /metrics to whoever sends it; without one, it is answered to this machine alone.

    ``is_public``: a proxy on this machine may bring requests from the internet, so that nobody but the holder of a
    token gets metrics.
    """

    def __init__(self, readiness: Readiness, token: str | None, *, is_public: bool = False) -> None:
        self._readiness = readiness
        self._token = token
        self._is_public = is_public

    async def healthz(self, _: web.Request) -> web.Response:
        """Answer 200: the process answers, be it at work, waiting for a slot, or stopping."""
        return web.Response(text="ok\n", headers=HEADERS)

    async def readyz(self, _: web.Request) -> web.Response:
        """Answer 200 where the bot does its work, also during maintenance, else 503. The body tells the reasons."""
        condition = await self._readiness.look()
        body = {"state": condition.state, "reasons": list(condition.reasons)}
        return web.json_response(body, status=200 if condition.is_ready else 503, headers=HEADERS)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with all figures in Prometheus' format; 401 to a wrong token, 403 to others that may not ask."""
        if self._token is not None:
            if not _bears(request, self._token):
                return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"}, text="wrong METRICS_TOKEN\n")
        elif self._is_public or not _is_from_here(request):
            return web.Response(status=403, text="set METRICS_TOKEN, and send it as a bearer token\n")
        from bot.web import exposition  # only where somebody asks: an idle bot is smaller without it

        condition = await self._readiness.look()
        text = exposition.render(self._readiness, condition, await self._figures(condition))
        return web.Response(body=text, headers=HEADERS | {"Content-Type": exposition.CONTENT_TYPE})

    async def _figures(self, condition: Condition) -> Figures | None:
        """Read the figures of the whole database, which the first slot's process tells for all. None: not here."""
        parts = self._readiness.parts
        if parts is None or condition.round_trip is None or not self._readiness.slot.is_first:
            return None
        try:
            return await parts.overviews.figures()
        except Exception:  # noqa: BLE001 - whatever the error, the figures beside these are needed all the more
            _log.warning("the figures for /metrics can't be read now", exc_info=True)
            return None


def pages(probes: Probes) -> Mapping[str, Handler]:
    """Return the handlers by their paths."""
    return {"/healthz": probes.healthz, "/readyz": probes.readyz, "/metrics": probes.metrics}


def _bears(request: web.Request, token: str) -> bool:
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode())


def _is_from_here(request: web.Request) -> bool:
    """Return whether a program on this machine asks, by an address of this machine, and no proxy for another."""
    if any(header in request.headers for header in PROXIED):
        return False
    name = urlsplit(f"//{request.host}").hostname or ""
    return (name == "localhost" or _is_loopback(name)) and _is_loopback(request.remote or "")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
