"""The stand-in Discord: one port for REST, gateway and file server."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from aiohttp import web

from playground.hooks import Hook
from playground.world.world import World

from .absence import Absence, Manner
from .cdn import Cdn
from .gateway import Gateway
from .limits import RateLimits
from .rest import Fault, RecordedRequest, Rest
from .rest_context import Answer, RestContext, RestRequest
from .session import Session
from .shapes import Shapes
from .signing import Signer


class Discord:
    """``async with Discord(world) as discord:`` serves the world at ``discord.url`` until the block ends.

    ``rate_limits=False`` leaves the limits (and their headers) away. ``heartbeat`` is in seconds. ``link_life`` is how
    long an attachment's address lasts, in seconds. ``identify_every`` is 5 at Discord; 0 lets a test restart its bot.
    ``concurrency`` is Discord's max_concurrency. A client without a heartbeat for two intervals is closed with 4009.
    """

    def __init__(
        self, world: World, *, host: str = "127.0.0.1", port: int = 0, rate_limits: bool = True, shards: int = 1,
        heartbeat: float = 41.25, link_life: float = 24 * 3600.0, identify_every: float = 0.0, concurrency: int = 1,
    ) -> None:  # fmt: skip
        self.world = world
        self.host = host
        self.port = port
        self._signer = Signer("", life=link_life)
        form = Shapes(world, self._signer)
        self._rest = Rest(RestContext(world, form), RateLimits() if rate_limits else None)
        self.gateway = Gateway(
            world, form, shards=shards, heartbeat=heartbeat, identify_every=identify_every, concurrency=concurrency
        )
        self.hooks: list[Hook] = self._rest.hooks
        self.absence = Absence(world.changed)
        self.app = web.Application(client_max_size=1 << 30, middlewares=[self.absence.middleware()])
        self._rest.table |= {"GET /gateway": self._where, "GET /gateway/bot": self._where_bot}
        self.app.add_routes(self._rest.routes())
        self.app.add_routes(self.gateway.routes())
        self._cdn = Cdn(world, self._signer)
        self.app.add_routes(self._cdn.routes())
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """Return every REST request so far, dropped ones too."""
        return self._rest.requests

    @property
    def files_read(self) -> list[tuple[int, int]]:
        """Return the files that were read so far: the channel's id and the file's."""
        return self._cdn.read

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, self.host, self.port)
        await self._site.start()
        self.port = self._runner.addresses[0][1]
        self._signer.base = self.url
        self.gateway.url = self.url.replace("http", "ws", 1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.world.rest()

    # Verbs for tests

    async def leave(self, manner: Manner = "refused") -> None:
        """Go away until ``come_back``: each request and each connection to the gateway fails in this manner."""
        assert self._runner is not None and self._runner.server is not None  # it was there until now
        self.absence.manner = manner
        if manner == "refused" and self._site is not None:
            await self._site.stop()
            self._site = None
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self.offline()

    async def come_back(self) -> None:
        """Start serving again, at the same address and with everything that was there before."""
        assert self._runner is not None  # it was there before
        self.absence.manner = None
        if self._site is None:
            self._site = web.TCPSite(self._runner, self.host, self.port)
            await self._site.start()

    def fault(
        self, route: str, *, status: int, code: int = 0, message: str = "Internal Server Error", times: int = 1,
        retry_after: float = 0.05, scope: str = "user",
    ) -> None:  # fmt: skip
        """Give this error instead of an effect to the next calls of a route ("POST /channels/{channel}/messages").

        ``retry_after`` (seconds) and ``scope`` ("user", "shared", "global") go with status 429.
        discord.py repeats 500, 502, 504 and 524 after a pause, not 503.
        """
        self._rest.faults.append(Fault(route, status, code, message, times, retry_after, scope))

    def swell(self, name: str, size: int | None = None) -> None:
        """Pad files of this name (or address elsewhere) to ``size`` bytes, whatever is said; None: they never end."""
        self._cdn.swollen[name] = size

    def limit_requests(self, size: int) -> None:
        """Refuse requests with more bytes of files than ``size``: status 413, and a page without any code."""
        self._rest.edge_limit = size

    def deny(self, address: str, status: int) -> None:
        """Let the proxy answer this status for an address elsewhere. 200 takes that back."""
        self._cdn.denied[address] = status
        if status == 200:
            del self._cdn.denied[address]

    def times_asked(self, address: str) -> int:
        """Return how often the proxy was asked for an address elsewhere."""
        return self._cdn.asked[address]

    def bytes_sent(self, name: str) -> int:
        """Return how many bytes somebody took of the last swollen file of this name."""
        return self._cdn.sent.get(name, 0)

    def calm(self) -> None:
        """Remove all faults, swollen files and hooks."""
        self._cdn.swollen.clear()
        self._cdn.denied.clear()
        self._rest.faults.clear()
        self._rest.edge_limit = None
        self._rest.hooks.clear()

    def drop_gateway(self, *, resumable: bool = True, code: int | None = None) -> None:
        """Break the gateway's connections: without a goodbye, or with a close code."""
        self.gateway.drop(resumable=resumable, code=code)

    def reconnect_gateway(self) -> None:
        """Request a reconnect with op 7, as Discord does when it deploys."""
        self.gateway.ask_to_reconnect()

    def invalidate_gateway(self, *, resumable: bool) -> None:
        """Send op 9: the session is no longer good, and is to be resumed or begun anew."""
        self.gateway.invalidate(resumable=resumable)

    def ignore_heartbeats(self) -> None:
        """Stop acknowledging heartbeats on the present connections, which still bring events."""
        self.gateway.hear_no_heartbeat()

    def silence_gateway(self) -> None:
        """Keep the present connections open, and let nothing come through any more."""
        self.gateway.silence()

    async def online(self, timeout: float = 60.0) -> list[Session]:
        """Wait until the bot is connected and has received all its servers."""
        return await self.world.until(lambda: self.gateway.connected, timeout)

    async def offline(self, timeout: float = 15.0) -> None:
        """Wait until no connection is left."""
        await self.world.until(lambda: not self.gateway.connected, timeout)

    # Where the gateway is: https://discord.com/developers/docs/events/gateway#get-gateway-bot

    def _where(self, context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG002 -- a handler's two arguments
        return Answer(200, {"url": self.gateway.url + "/gateway"})

    def _where_bot(self, context: RestContext, request: RestRequest) -> Answer:
        begun = sum(1 for at in self.gateway.identifies if at > self.world.clock() - 86_400)
        limit = {
            "total": 1000, "remaining": max(0, 1000 - begun), "reset_after": 86_400_000,
            "max_concurrency": self.gateway.limit.concurrency,
        }  # fmt: skip
        where: dict[str, object] = self._where(context, request).json
        return Answer(200, where | {"shards": self.gateway.shards, "session_start_limit": limit})
