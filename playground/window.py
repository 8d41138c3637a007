"""The window: the world as a web page. Whoever opens it chooses a person, and sees what that person sees."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from playground.discord import Discord
from playground.members import Member
from playground.messages import Message, upload
from playground.painter import Painter
from playground.places import Channel
from playground.typed import CannotDo
from playground.world import World

Json = dict[str, Any]

FILES: Final = {
    "/": ("index.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST: Final = 60 * 1024 * 1024
"""Bytes of one command with its picture."""
A_DAY: Final = 24 * 3600.0
"""Seconds."""


THREAD_STARTER: Final = 21
"""The empty message with which Discord begins a thread; its app draws the card there instead."""


class Window:
    """The page's server. ``url`` says where it is, once it serves."""

    def __init__(self, world: World, discord: Discord, painter: Painter) -> None:
        self._world = world
        self._discord = discord
        self._painter = painter
        self._watchers: set[asyncio.Event] = set()
        self._closing = False
        self.url = ""

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 8000) -> AsyncIterator[None]:
        """Serves the page until the block ends. ``port`` 0 takes any."""
        app = web.Application(client_max_size=LARGEST, middlewares=[_only_from_here])
        app.add_routes([web.get(path, self._page) for path in FILES])
        app.add_routes(
            [
                web.get("/state", self._state),
                web.get("/events", self._events),
                web.get("/file/{id}", self._file),
                web.post("/command", self._command),
                web.post("/autocomplete", self._autocomplete),
            ]
        )
        self._closing = False
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        watch = asyncio.create_task(self._watch())
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            name = f"[{host}]" if ":" in host else host
            self.url = f"http://{name}:{runner.addresses[0][1]}/"
            yield
        finally:
            self._closing = True
            self._wake()
            watch.cancel()
            await asyncio.wait([watch])
            await runner.cleanup()

    async def _watch(self) -> None:
        """Nothing is awaited between two waits, so no change falls between them."""
        while True:
            looks = iter((False, True))
            with contextlib.suppress(TimeoutError):
                await self._world.until(lambda looks=looks: next(looks, True), A_DAY)  # type: ignore[misc]  # a bound default
            self._wake()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    async def _page(self, request: web.Request) -> web.Response:
        name, kind = FILES[request.path]
        text = (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return web.Response(text=text, content_type=kind, headers=headers)

    async def _state(self, request: web.Request) -> web.Response:
        me = self._member(request.query.get("me") or "Ana")
        places = [place for place in self._world.channels.values() if _readable(me, place)]
        people = [{"id": str(one.id), "name": one.name, "bot": one.bot} for one in self._world.users.values()]
        ledger = [
            {"model": one.model, "dollars": one.micros / 1_000_000, "refunded": one.refunded}
            for one in self._painter.ledger
        ]
        return web.json_response(
            {
                "me": {"id": str(me.user.id), "name": me.user.name},
                "people": people,
                "channels": [_place(me, place) for place in places if not place.is_thread],
                "ledger": ledger,
                "seconds": list(self._painter.seconds),
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
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

    async def _file(self, request: web.Request) -> web.Response:
        me = self._member(request.query.get("me") or "Ana")
        for place in self._world.channels.values():
            for message in me.sees(place) if _readable(me, place) else ():
                for file in message.attachments:
                    if str(file.id) == request.match_info["id"]:
                        kind = file.content_type or ""
                        safe = kind if kind.startswith("image/") and "svg" not in kind else "application/octet-stream"
                        headers = {"Content-Type": safe, "X-Content-Type-Options": "nosniff"}
                        return web.Response(body=file.data, headers=headers)
        raise web.HTTPNotFound(text="There is no such file.")

    async def _command(self, request: web.Request) -> web.Response:
        form = await _form(request)
        member, channel = self._member(form.get("member")), self._channel(form.get("channel"))
        image, prompt = form.get("image"), form.get("prompt")
        if not isinstance(image, web.FileField) or not image.filename:
            raise web.HTTPBadRequest(text="Choose a picture first.")
        if not isinstance(prompt, str) or not prompt.strip():
            raise web.HTTPBadRequest(text="Write what should change.")
        options = {key: str(form[key]) for key in ("model", "ratio", "resolution") if form.get(key)}
        data = await asyncio.to_thread(image.file.read)
        picture = upload(image.filename, data, content_type=image.content_type)
        try:
            order = await member.command(channel, "edit", image=picture, prompt=prompt, **options)
        except CannotDo as error:
            raise web.HTTPBadRequest(text=f"Discord would not send this: {error}.") from error
        return web.json_response({"answered": order.answered, "failed": order.failed})

    async def _autocomplete(self, request: web.Request) -> web.Response:
        form = await _form(request)
        member, channel = self._member(form.get("member")), self._channel(form.get("channel"))
        others = {key: str(form[key]) for key in ("model", "ratio", "resolution") if form.get(key)}
        option, text = str(form.get("option") or ""), str(form.get("text") or "")
        others.pop(option, None)
        try:
            choices = await member.autocomplete(channel, "edit", option, text, **others)
        except CannotDo as error:
            raise web.HTTPBadRequest(text=f"Discord would not send this: {error}.") from error
        return web.json_response({"choices": choices})

    def _member(self, name: Any) -> Member:
        for user in self._world.users.values():
            if user.name == name and not user.bot:
                return Member(self._world, user)
        raise web.HTTPBadRequest(text="There is no such person here.")

    def _channel(self, snowflake: Any) -> Channel:
        for place in self._world.channels.values():
            if str(place.id) == snowflake:
                return place
        raise web.HTTPBadRequest(text="There is no such channel.")


def _readable(me: Member, place: Channel) -> bool:
    if place.guild is None:
        return me.user in place.recipients
    try:
        me.sees(place)
    except CannotDo:
        return False
    return True


def _place(me: Member, place: Channel) -> Json:
    return {
        "id": str(place.id),
        "name": place.name or place.label,
        "topic": place.topic or "",
        "messages": [_shown(message) for message in me.sees(place) if message.kind != THREAD_STARTER],
        "threads": [_place(me, thread) for thread in place.threads if _readable(me, thread)],
    }


def _shown(message: Message) -> Json:
    embeds = [
        {
            "title": embed.get("title") or "",
            "description": embed.get("description") or "",
            "colour": embed.get("color") or 0,
            "footer": (embed.get("footer") or {}).get("text") or "",
        }
        for embed in message.embeds
    ]
    files = [
        {"id": str(f.id), "name": f.name, "alt": f.description or "", "url": f"/file/{f.id}"}
        | {"width": f.width, "height": f.height}
        for f in message.attachments
    ]
    return {
        "id": str(message.id),
        "author": message.author.name,
        "bot": message.author.bot,
        "at": message.created_at,
        "content": message.content or ("Retouch is thinking…" if message.loading else ""),
        "embeds": embeds,
        "attachments": files,
        "edited": message.edited_at is not None,
        "ephemeral": message.ephemeral,
        "thread": str(message.thread.id) if message.thread is not None else None,
        "asked_by": message.interaction.user.name if message.interaction is not None else None,
    }


async def _form(request: web.Request) -> Any:
    try:
        return await request.post()
    except ValueError as error:
        raise web.HTTPBadRequest(text="This form can't be read.") from error


@web.middleware
async def _only_from_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """A page elsewhere must not drive the playground: not by a name that points here, and not by a form of its own."""
    origin = request.headers.get("Origin")
    if (request.url.host or "") not in LOOPBACK or (origin and urlsplit(origin).hostname not in LOOPBACK):
        raise web.HTTPForbidden(text="The playground answers this machine only.")
    answer: web.StreamResponse = await handler(request)
    return answer
