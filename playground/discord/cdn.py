"""Discord's file server: attachments by signed address, avatars, and other people's pictures by proxy."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections import Counter

from aiohttp import web
from PIL import Image

from playground.world.looks import as_format, hash_of
from playground.world.messages import Attachment
from playground.world.world import World

from .signing import Signer

GONE = "This content is no longer available."
_ZEROS = bytes(64 * 1024)
ENOUGH = 400 * 1024 * 1024
"""Bytes after which a file that never ends sends no more, and does not end either: a client that reads them all
has failed, and need not fill the machine."""


class Cdn:
    """The server of the files in the world's messages and option uploads."""

    def __init__(self, world: World, signer: Signer) -> None:
        self.world = world
        self.signer = signer
        self._avatar = _grey_square()
        self.swollen: dict[str, int | None] = {}
        """The number of bytes that files of a name, or of an address elsewhere, really have; None: they never end."""
        self.sent: dict[str, int] = {}
        """The bytes of swollen files that were sent so far, by name."""
        self.denied: dict[str, int] = {}
        """The status that the proxy answers for an address elsewhere, in place of the picture."""
        self.asked: Counter[str] = Counter()
        """How often the proxy was asked for an address elsewhere."""
        self.read: list[tuple[int, int]] = []
        """The files that were read from messages so far: the channel's id and the file's."""

    def routes(self) -> list[web.RouteDef]:
        file = "attachments/{channel:\\d+}/{id:\\d+}/{name}"
        prefixes = ("/", "/ephemeral-", "/media/", "/media/ephemeral-")
        return [
            *(web.get(prefix + file, self.attachment) for prefix in prefixes),
            web.get("/media/external/{key}", self.external),
            web.get("/embed/avatars/{name}", self.default_avatar),
            web.get("/avatars/{user:\\d+}/{hash}.{extension}", self.avatar),
            web.get("/guilds/{guild:\\d+}/users/{user:\\d+}/avatars/{hash}.{extension}", self.avatar),
            web.get("/stickers/{id:\\d+}.{extension}", self.sticker),
            web.get("/media/stickers/{id:\\d+}.{extension:gif}", self.sticker),
        ]

    async def attachment(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path.removeprefix("/media")
        channel = int(request.match_info["channel"])
        number = int(request.match_info["id"])
        file = self._find(number, channel)
        self.read.append((channel, number))
        if file is None or not self.signer.valid(path, request.query, self.world.clock()):
            return web.Response(status=404, text=GONE)
        kind = file.content_type or "application/octet-stream"
        if file.name in self.swollen:
            return await self._swollen(request, file.name, file.data, kind)
        return web.Response(body=file.data, headers={"Content-Type": kind, "Cache-Control": "private, max-age=86400"})

    async def _swollen(self, request: web.Request, name: str, data: bytes, kind: str) -> web.StreamResponse:
        """Send the file, then zeros, in pieces and without a Content-Length, as HTTP allows it."""
        response = web.StreamResponse(headers={"Content-Type": kind})
        size = self.swollen[name]
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            await response.write(data)
            self.sent[name] = len(data)
            while self.sent[name] < (ENOUGH if size is None else size):
                await response.write(_ZEROS)
                self.sent[name] += len(_ZEROS)
                if self.sent[name] // len(_ZEROS) % 64 == 0:
                    self.world.changed()
                await asyncio.sleep(0)  # a reader on the same loop must get its turn
            while size is None and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp tells of a reader who left in no other way
                await asyncio.sleep(0.05)
        return response

    def _find(self, snowflake: int, channel: int) -> Attachment | None:
        """Find a file of a message that still exists, or of a command that was typed. None where there is none."""
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

    async def external(self, request: web.Request) -> web.StreamResponse:
        address = self.signer.externals.get(request.path)
        self.asked[address or ""] += 1
        self.world.changed()
        if address in self.denied:
            return web.Response(status=self.denied[address], text="")
        if address is None or address not in self.world.external:
            return web.Response(status=404, text=GONE)
        data, kind = self.world.external[address]
        if address in self.swollen:
            return await self._swollen(request, address, data, kind)
        return web.Response(body=data, headers={"Content-Type": kind})

    async def default_avatar(self, request: web.Request) -> web.Response:  # noqa: ARG002 -- a handler's argument
        return web.Response(body=self._avatar, content_type="image/png")

    async def avatar(self, request: web.Request) -> web.Response:
        """Serve the avatar of a user, or of a member of one server, in the format of its ending."""
        words = request.match_info
        user_id = int(words["user"])
        owner = self.world.users[user_id]
        data = owner.avatar
        if "guild" in words:
            data = self.world.guilds[int(words["guild"])].members[user_id].avatar
        if data is None or hash_of(data) != words["hash"]:
            return web.Response(status=404, text=GONE)
        body = as_format(data, words["extension"])
        if body is None:
            return web.Response(status=415)
        return web.Response(body=body, content_type=f"image/{words['extension'].replace('jpg', 'jpeg')}")

    async def sticker(self, request: web.Request) -> web.Response:
        """Serve a sticker under its own ending. A GIF is at the media proxy only.

        https://discord.com/developers/docs/reference#image-formatting-cdn-endpoints
        """
        sticker = self.world.stickers.get(int(request.match_info["id"]))
        extension = request.match_info["extension"]
        by_proxy = request.path.startswith("/media/")
        if sticker is None or sticker.extension != extension or by_proxy is not (extension == "gif"):
            return web.Response(status=404, text=GONE)
        kind = "application/json" if extension == "json" else f"image/{extension}"
        return web.Response(body=sticker.data, content_type=kind)


def _grey_square() -> bytes:
    canvas = io.BytesIO()
    Image.new("RGB", (64, 64), (88, 101, 242)).save(canvas, "PNG")
    return canvas.getvalue()
