"""The world as a web page. A visitor chooses a person, and sees and does what that person can."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from playground.discord import Discord
from playground.hooks import Call, Phase
from playground.sample import NAME, sample
from playground.toapis.server import Painter
from playground.web.actions import Actions
from playground.web.backstage import Backstage, Process
from playground.web.view import readable, view
from playground.world.typed_command import CannotDo
from playground.world.world import World

PAGE: Final = Path(__file__).parent / "page"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every answer. They allow no inline script or style, and nothing from another host."""
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/avif"})
"""The types of files that a browser may show; all others are only downloaded."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
LARGEST: Final = 60 * 1024 * 1024
"""Bytes of one action with its files."""
A_DAY: Final = 24 * 3600.0
"""Seconds."""


PORT: Final = 8000
"""The usual port of the page."""


def choose_port(wanted: int | None) -> int:
    """Return the port for the page: the wanted one, or else ``PORT``, or 0 (any) where another program has that.

    Raises OSError where the wanted one can't be had.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as asyncio does
        try:
            probe.bind(("127.0.0.1", PORT if wanted is None else wanted))
        except OSError:
            if wanted is not None:
                raise
            return 0
    return PORT if wanted is None else wanted


class PageServer:
    """The page's server, for this machine only. ``url`` is its address, once it serves.

    ``process`` is the bot's, where the page may kill and start it.
    """

    def __init__(self, world: World, discord: Discord, painter: Painter, process: Process | None = None) -> None:
        self._world = world
        self._painter = painter
        self._actions = Actions(world)
        self._backstage = Backstage(discord, painter, process)
        self._watchers: set[asyncio.Event] = set()
        self._closing = False
        self.url = ""

    @asynccontextmanager
    async def serve(self, port: int = PORT) -> AsyncIterator[None]:
        """Serve the page until the block ends. ``port`` 0 takes any."""
        app = web.Application(client_max_size=LARGEST, middlewares=[_only_from_here])
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/state", self._state),
                web.get("/events", self._events),
                web.get("/file/{id}", self._file),
                web.get(f"/{NAME}", self._sample),
                web.get("/{name}", self._page),
                web.post("/action/{name}", self._action),
                web.post("/backstage/{name}", self._change),
            ]
        )
        self._closing = False
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        watch = asyncio.create_task(self._watch())
        self._painter.hooks.append(self._look)
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            yield
        finally:
            self._painter.hooks.remove(self._look)
            self._closing = True
            self._wake()
            watch.cancel()
            await asyncio.wait([watch])
            await runner.cleanup()

    async def _watch(self) -> None:
        """Wait for changes, and wake the page. Between two waits nothing is awaited, so that no change is missed."""
        while True:
            looks = iter((False, True))
            with contextlib.suppress(TimeoutError):
                await self._world.until(lambda looks=looks: next(looks, True), A_DAY)  # type: ignore[misc]  # a bound default
            self._wake()

    async def _look(self, phase: Phase, call: Call) -> None:  # noqa: ARG002 -- a hook's two arguments
        """Update the page at each request to the stand-in ToAPIs, which is no part of the world."""
        self._wake()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        file = next((path for path in PAGE.iterdir() if path.name == name), None)
        if file is None:
            raise web.HTTPNotFound(text="There is no such page.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        text = file.read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kind, headers={"Cache-Control": "no-cache"})

    async def _state(self, request: web.Request) -> web.Response:
        me = self._actions.member(request.query.get("me"))
        self._world.dm(me.user)
        wanted = request.query.get("here")
        here = next((place for place in self._world.channels.values() if str(place.id) == wanted), None)
        state = view(me, here) | {"backstage": self._backstage.state()}
        return web.json_response(state, headers={"Cache-Control": "no-store"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        answer.headers.update(HEADERS)
        await answer.prepare(request)
        changed = asyncio.Event()
        changed.set()
        self._watchers.add(changed)
        try:
            while not self._closing:
                await changed.wait()
                changed.clear()
                await answer.write(b"data: changed\n\n")
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._watchers.discard(changed)
        return answer

    async def _sample(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- a handler's argument
        return web.Response(body=await asyncio.to_thread(sample), content_type="image/jpeg")

    async def _file(self, request: web.Request) -> web.Response:
        me = self._actions.member(request.query.get("me"))
        for place in self._world.channels.values():
            for message in me.sees(place) if readable(me, place) else ():
                for file in message.attachments:
                    if str(file.id) == request.match_info["id"]:
                        is_picture = file.content_type in PICTURES
                        headers = {
                            "Content-Type": (file.content_type or "") if is_picture else "application/octet-stream",
                            "Content-Disposition": "inline" if is_picture else "attachment",
                            "Cache-Control": "private, max-age=3600",
                        }
                        return web.Response(body=file.data, headers=headers)
        raise web.HTTPNotFound(text="There is no such file.")

    async def _action(self, request: web.Request) -> web.Response:
        do = self._actions.table.get(request.match_info["name"])
        if do is None:
            raise web.HTTPNotFound(text="There is no such action.")
        return web.json_response(await do(await _form(request)))

    async def _change(self, request: web.Request) -> web.Response:
        form = await _form(request)
        name = request.match_info["name"]
        if name == "fault":
            self._backstage.fault(str(form.get("name") or ""), str(form.get("times") or ""))
        elif name == "pace":
            self._backstage.pace(str(form.get("name")))
        elif name == "bot":
            await self._backstage.life(str(form.get("do")))
        else:
            raise web.HTTPNotFound(text="There is nothing of that name backstage.")
        self._wake()
        return web.json_response({})


async def _form(request: web.Request) -> Any:
    try:
        return await request.post()
    except ValueError as error:
        raise web.HTTPBadRequest(text="This form can't be read.") from error


@web.middleware
async def _only_from_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """Check that no page elsewhere drives the playground: not by a name that points here, nor by a form of its own."""
    origin = request.headers.get("Origin")
    try:
        here = (request.url.host or "") in LOOPBACK and (origin is None or urlsplit(origin).netloc == request.host)
        sent = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Mode")
        if not here or (sent[0] == "cross-site" and sent[1] != "navigate"):  # a link elsewhere may lead here
            raise web.HTTPForbidden(text="The playground answers this machine only.")
        try:
            answer: web.StreamResponse = await handler(request)
        except CannotDo as error:
            raise web.HTTPBadRequest(text=f"This can't be done: {error}.") from error
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    if not answer.prepared:
        answer.headers.update(HEADERS)
    return answer
