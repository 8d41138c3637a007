"""Discord's file server: attachments by signed address, avatars, and other people's pictures by proxy."""

from __future__ import annotations

import io

from aiohttp import web
from PIL import Image

from playground.messages import Attachment
from playground.world import World

from .signing import Signer

GONE = "This content is no longer available."


class Cdn:
    """Serves what the world's messages and option uploads hold."""

    def __init__(self, world: World, signer: Signer) -> None:
        self.world = world
        self.signer = signer
        self._avatar = _grey_square()

    def routes(self) -> list[web.RouteDef]:
        file = "attachments/{channel:\\d+}/{id:\\d+}/{name}"
        prefixes = ("/", "/ephemeral-", "/media/", "/media/ephemeral-")
        return [
            *(web.get(prefix + file, self.attachment) for prefix in prefixes),
            web.get("/media/external/{key}", self.external),
            web.get("/embed/avatars/{name}", self.avatar),
        ]

    async def attachment(self, request: web.Request) -> web.Response:
        path = request.rel_url.raw_path.removeprefix("/media")
        file = self._find(int(request.match_info["id"]), int(request.match_info["channel"]))
        if file is None or not self.signer.valid(path, request.query, self.world.clock()):
            return web.Response(status=404, text=GONE)
        kind = file.content_type or "application/octet-stream"
        return web.Response(body=file.data, headers={"Content-Type": kind, "Cache-Control": "private, max-age=86400"})

    def _find(self, snowflake: int, channel: int) -> Attachment | None:
        """A file of a message that still stands, or of a command that was typed."""
        place = self.world.channels.get(channel)
        for message in place.messages.values() if place is not None else ():
            for file in message.attachments:
                if file.id == snowflake:
                    return file
        for interaction in self.world.interactions.values():
            for file in interaction.uploads:
                if file.id == snowflake:
                    return file
        return None

    async def external(self, request: web.Request) -> web.Response:
        address = self.signer.externals.get(request.path)
        if address is None or address not in self.world.external:
            return web.Response(status=404, text=GONE)
        data, kind = self.world.external[address]
        return web.Response(body=data, headers={"Content-Type": kind})

    async def avatar(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- a handler's argument
        return web.Response(body=self._avatar, content_type="image/png")


def _grey_square() -> bytes:
    canvas = io.BytesIO()
    Image.new("RGB", (64, 64), (88, 101, 242)).save(canvas, "PNG")
    return canvas.getvalue()
