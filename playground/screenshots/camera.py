"""The camera: the page in a browser, looking the same in every run, and its pictures packed small.

What changes from run to run is replaced in the state that the page fetches: times, ids and counts of requests.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

SIZES: Final = {1440: 900, 390: 844}
"""A screen and a phone: width to height, in pixels."""
NOON: Final = 1_767_265_200.0
"""The moment at which everything happens: 11 in the morning of the first of January 2026, UTC."""


@asynccontextmanager
async def open_page(browser: Browser, url: str, width: int) -> AsyncIterator[Page]:
    """Open the page at ``url``, ``width`` pixels wide (one of SIZES)."""
    context = await browser.new_context(
        viewport={"width": width, "height": SIZES[width]}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    page = await context.new_page()
    try:
        await page.clock.set_fixed_time(NOON)
        await page.route("**/state*", _steady)
        await page.goto(url)
        yield page
    finally:
        await page.unroute_all(behavior="ignoreErrors")
        await context.close()


async def wait_until_drawn(page: Page) -> None:
    """Wait until every picture is decoded, and the page is drawn."""
    await page.evaluate(
        "async () => { await Promise.all([...document.images].map((one) => one.decode().catch(() => null)));"
        " await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); }"
    )


async def _steady(route: Route) -> None:
    """Replace what differs from run to run in the state that the page fetches."""
    answer = await route.fetch()
    if not answer.ok:
        await route.fulfill(response=answer)
        return
    await route.fulfill(response=answer, body=json.dumps(steady(await answer.text(), time.time())))


def steady(text: str, now: float) -> Any:
    """Return the state with fixed times and marks. Equal requests appear once, newest first. ``now``: Unix seconds."""
    text = re.sub(r"<t:(\d+)", lambda match: f"<t:{moment(float(match[1]) - now):.0f}", text)
    text = re.sub(r"(usually done) <t:\d+", rf"\1 <t:{NOON + 24:.0f}", text)
    text = re.sub(r"(?<!:)\b[0-9a-f]{16}\b", "7c05215a30f3e7b2", text)  # but a button's id is pressed
    text = re.sub(r"Painted in \d+ s", "Painted in 8 s", text)
    state = json.loads(text)
    for message in state["here"]["messages"]:
        message["at"] = NOON - 60
    seen: dict[tuple[str, str], Any] = {}
    for request in state["backstage"]["requests"]:
        seen.setdefault((request["to"], request["route"]), request | {"at": NOON})
    order = sorted(seen.values(), key=lambda request: (request["to"] != "ToAPIs", request["route"].split(" ", 1)[1]))
    state["backstage"]["requests"] = order
    return state


def moment(ahead: float) -> float:
    """Return the moment to show for a moment so many seconds ahead: whole hours from NOON, or just before it."""
    return NOON + round(ahead / 3600) * 3600 if ahead > 1800 else NOON - 4


def small(png: bytes, largest: int) -> bytes:
    """Return the same picture, with as many colours as fit into ``largest`` bytes: all, or a palette of them."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    packed = _packed(image)
    for colours in (256, 192, 128, 96, 64):
        if len(packed) <= largest:
            break
        palette = image.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1)
        packed = _packed(image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG))
    return packed


def _packed(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
