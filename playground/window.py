"""The window: the world as a web page. A first plain one: #photos and its threads, /edit, and the ledger of charges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from playground.discord import Discord
from playground.interactions import Interaction
from playground.members import Member
from playground.messages import Attachment, Message, upload
from playground.painter import Painter
from playground.typed import CannotDo
from playground.world import World

PAGE: Final = Path(__file__).parent / "page" / "index.html"
LARGEST: Final = 60 * 1024 * 1024
"""Bytes of one command with its picture."""


class Window:
    """Whoever opens the page is Ana."""

    def __init__(self, world: World, discord: Discord, painter: Painter) -> None:
        self._world = world
        self._discord = discord
        self._painter = painter
        self._orders: list[Interaction] = []
        self._page = PAGE.read_text(encoding="utf-8")
        self.url = ""

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 8000) -> AsyncIterator[None]:
        """Serves the page on loopback; ``url`` says where. ``port`` 0 takes any."""
        app = web.Application(client_max_size=LARGEST, middlewares=[_only_from_here])
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/state", self._state),
                web.get("/file/{id}", self._file),
                web.post("/edit", self._edit),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
            self.url = f"http://{host}:{runner.addresses[0][1]}/"
            yield
        finally:
            await runner.cleanup()

    async def _index(self, _: web.Request) -> web.Response:
        policy = "default-src 'self' 'unsafe-inline'"
        return web.Response(text=self._page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _state(self, _: web.Request) -> web.Response:
        photos = self._world.channel("photos")
        places = [photos, *photos.threads]
        told = [order.message for order in self._orders if order.ephemeral and order.message is not None]
        shown = [
            {"id": str(place.id), "name": place.name, "messages": [_shown(message) for message in place.seen]}
            for place in places
        ]
        charges = [{"model": c.model, "micros": c.micros, "refunded": c.refunded} for c in self._painter.ledger]
        return web.json_response({"places": shown, "told": [_shown(m) for m in told[-3:]], "charges": charges})

    async def _file(self, request: web.Request) -> web.Response:
        for file in self._files():
            if str(file.id) == request.match_info["id"]:
                return web.Response(body=file.data, content_type=file.content_type or "application/octet-stream")
        raise web.HTTPNotFound(text="There is no such file.")

    def _files(self) -> list[Attachment]:
        photos = self._world.channel("photos")
        return [file for place in (photos, *photos.threads) for message in place.seen for file in message.attachments]

    async def _edit(self, request: web.Request) -> web.Response:
        form = await request.post()
        image, prompt = form.get("image"), form.get("prompt")
        if not isinstance(image, web.FileField) or not isinstance(prompt, str) or not prompt:
            raise web.HTTPBadRequest(text="Choose a picture and write what should change.")
        options: dict[str, Any] = {key: form[key] for key in ("model", "ratio", "resolution") if form.get(key)}
        data = await asyncio.to_thread(image.file.read)
        picture = upload(image.filename, data, content_type=image.content_type)
        ana = Member(self._world, "Ana")
        try:
            order = await ana.command(self._world.channel("photos"), "edit", image=picture, prompt=prompt, **options)
        except CannotDo as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        self._orders.append(order)
        return web.json_response({"answered": order.answered})


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "content": message.content,
        "embeds": [
            {
                "text": embed.get("description", ""),
                "colour": embed.get("color") or 0,
                "footer": embed.get("footer", {}).get("text", ""),
            }
            for embed in message.embeds
        ],
        "files": [
            {"id": str(file.id), "name": file.name, "alt": file.description or ""} for file in message.attachments
        ],
        "thread": str(message.thread.id) if message.thread else None,
        "age": time.time() - message.created_at,
        "ephemeral": message.ephemeral,
    }


@web.middleware
async def _only_from_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """A page elsewhere must not drive the playground by a name that points to this machine (DNS rebinding)."""
    if (request.url.host or "") not in ("127.0.0.1", "localhost", "::1"):
        raise web.HTTPForbidden(text="The playground answers this machine only.")
    answer: web.StreamResponse = await handler(request)
    return answer
