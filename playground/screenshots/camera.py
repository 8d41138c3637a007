"""The Camera: the page in a browser, looking the same in every run, and its pictures packed small.

What changes from run to run is made steady in what the page is told: times, ids and how often somebody asked.
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
async def posed(browser: Browser, url: str, width: int) -> AsyncIterator[Page]:
    """The page at ``url``, ``width`` pixels wide (one of SIZES)."""
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


async def settled(page: Page) -> None:
    """Every picture is decoded, and the page is drawn."""
    await page.evaluate(
        "async () => { await Promise.all([...document.images].map((one) => one.decode().catch(() => null)));"
        " await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); }"
    )


async def _steady(route: Route) -> None:
    """What the page is told, without what differs from run to run."""
    answer = await route.fetch()
    if not answer.ok:
        await route.fulfill(response=answer)
        return
    await route.fulfill(response=answer, body=json.dumps(steady(await answer.text(), time.time())))


def steady(text: str, now: float) -> Any:
    """The state with fixed times and marks. Requests are named once each, newest first. ``now`` in Unix seconds."""
    text = re.sub(r"<t:(\d+)", lambda found: f"<t:{moment(float(found[1]) - now):.0f}", text)
    text = re.sub(r"(usually done) <t:\d+", rf"\1 <t:{NOON + 24:.0f}", text)
    text = re.sub(r"(?<!:)\b[0-9a-f]{16}\b", "7c05215a30f3e7b2", text)  # but a button's id is pressed
    text = re.sub(r"Painted in \d+ s", "Painted in 8 s", text)
    state = json.loads(text)
    for message in state["here"]["messages"]:
        message["at"] = NOON - 60
    seen: dict[tuple[str, str], Any] = {}
    for one in state["backstage"]["requests"]:
        seen.setdefault((one["to"], one["route"]), one | {"at": NOON})
    order = sorted(seen.values(), key=lambda one: (one["to"] != "ToAPIs", one["route"].split(" ", 1)[1]))
    state["backstage"]["requests"] = order
    return state


def moment(ahead: float) -> float:
    """The moment that is shown for one so many seconds ahead: whole hours from NOON, or just before it."""
    return NOON + round(ahead / 3600) * 3600 if ahead > 1800 else NOON - 4


def small(png: bytes, largest: int) -> bytes:
    """The same picture, with as many colours as fit into ``largest`` bytes: all, or a palette of them."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    found = _packed(image)
    for colours in (256, 192, 128, 96, 64):
        if len(found) <= largest:
            break
        palette = image.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1)
        found = _packed(image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG))
    return found


def _packed(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
