"""A plain client of the stand-in ToAPIs, on aiohttp, that checks nothing and repeats nothing."""

from __future__ import annotations

import io
import json as jsonlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from PIL import Image, ImageDraw

from playground.toapis.server import Painter
from playground.world.clock import Clock

MODEL: Final = "gemini-3-pro-image-preview"
AGENT: Final = {"User-Agent": "visitor/1"}


def photograph(kind: str = "PNG", size: tuple[int, int] = (96, 64)) -> bytes:
    """Return a picture with blue above, green below and a white house: orientation and brightness can be told."""
    image = Image.new("RGB", size, (90, 150, 220))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] // 2, *size), fill=(50, 110, 50))
    draw.rectangle((size[0] // 2, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill=(250, 235, 205))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    data: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.data)

    @property
    def image(self) -> Image.Image:
        image = Image.open(io.BytesIO(self.data))
        image.load()
        return image


class Visitor:
    def __init__(self, painter: Painter, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.painter = painter
        self.session = session
        self.clock = clock

    async def ask(self, method: str, path: str, *, key: str | None = None, **more: Any) -> Reply:
        """Make a request. ``key``: another than the account's; empty: none."""
        chosen = self.painter.key if key is None else key
        headers = {**({"Authorization": f"Bearer {chosen}"} if chosen else {}), **more.pop("headers", {})}
        url = path if path.startswith("http") else self.painter.url + path
        options = {"allow_redirects": False, "headers": headers, **more}
        async with self.session.request(method, url, **options) as response:
            return Reply(response.status, await response.read(), response.headers)

    async def upload(self, data: bytes | None = None, declared: str = "image/png", **more: Any) -> Reply:
        form = aiohttp.FormData()
        picture = io.BytesIO(photograph() if data is None else data)
        form.add_field("file", picture, filename="a.png", content_type=declared)
        form.add_field("purpose", "generation")
        return await self.ask("POST", "/v1/uploads/images", data=form, **more)

    async def create(self, *, key: str | None = None, **changes: Any) -> Reply:
        """Send a valid create, with some fields changed. A field given as None is left out."""
        body = {
            "model": MODEL,
            "prompt": "a lithograph",
            "metadata": {"resolution": "1K"},
            "response_format": "url",
            "client_business_id": "job-1",
        } | changes
        sent = {name: value for name, value in body.items() if value is not None}
        return await self.ask("POST", "/v1/images/generations", json=sent, key=key)

    async def look(self, id_: str, **more: Any) -> Reply:
        return await self.ask("GET", f"/v1/images/generations/{id_}", **more)

    async def painted(self, **changes: Any) -> Any:
        """Create, let the time pass, and return the body of the finished task."""
        created = await self.create(**changes)
        assert created.status == 200, created.data
        self.clock.advance(60)
        return (await self.look(created.json["id"])).json

    async def download(self, url: str, **more: Any) -> Reply:
        return await self.ask("GET", url, key="", **more)


def only_url(body: Any) -> str:
    """Return the only address of a finished task, in whatever shape."""
    entries = (body.get("result") or {}).get("data") or body.get("images") or body.get("data")
    return str(entries[0].get("url") or entries[0]["image_url"]) if entries else str(body["url"])


@asynccontextmanager
async def visiting(**options: Any) -> AsyncIterator[Visitor]:
    """Serve a stand-in whose clock stands still, and yield a visitor: only ``clock.advance`` moves the clock."""
    clock = Clock(lambda: 1_800_000_000.0)
    painter = Painter(seconds=(8.0, 8.0), seed=7, clock=clock, **options)
    painter.edge = 96
    timeout = aiohttp.ClientTimeout(total=10)
    async with painter.serve(), aiohttp.ClientSession(headers=AGENT, timeout=timeout) as session:
        yield Visitor(painter, session, clock)
