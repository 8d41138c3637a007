"""A picture of an ending: the messages that its member looks at, one below the other, as one small image."""

from __future__ import annotations

import io
from itertools import groupby
from typing import TYPE_CHECKING, Final

from PIL import Image

from playground.failures.outcome import Ending
from playground.screenshots.camera import wait_until_drawn

if TYPE_CHECKING:
    from playwright.async_api import Page

LARGEST: Final = 25_000
"""Bytes of one picture, where it can be."""
_GAP: Final = 6
_BETWEEN: Final = (26, 27, 30)
"""The line between the channel and the thread."""


async def picture_of(page: Page, ending: Ending) -> bytes:
    """Return a WebP picture of the messages, as the member who ordered sees them."""
    card = ending.seen[0]
    assert card.interaction is not None  # a card answers somebody
    await page.evaluate(
        "async (who) => (await import('/world.js')).become(who)",
        str(card.interaction.user.id),
    )
    parts: list[list[Image.Image]] = []
    for place, messages in groupby(ending.seen, key=lambda message: message.channel):
        await page.evaluate("async (place) => (await import('/world.js')).go(place)", str(place.id))
        shots = []
        for message in messages:
            node = page.locator(f"#m{message.id}")
            await node.scroll_into_view_if_needed()
            await wait_until_drawn(page)
            shots.append(Image.open(io.BytesIO(await node.screenshot(animations="disabled", caret="hide"))))
        parts.append([shot.convert("RGB") for shot in shots])
    return _packed(_stacked(parts))


def _stacked(parts: list[list[Image.Image]]) -> Image.Image:
    shots = [shot for part in parts for shot in part]
    height = sum(shot.height for shot in shots) + _GAP * (len(parts) - 1)
    whole = Image.new("RGB", (max(shot.width for shot in shots), height), _BETWEEN)
    at = 0
    for part in parts:
        for shot in part:
            whole.paste(shot, (0, at))
            at += shot.height
        at += _GAP
    return whole


def _packed(image: Image.Image) -> bytes:
    """Encode without loss where that is small enough: words stay sharp."""
    for quality in (None, 85, 75, 65, 50):
        out = io.BytesIO()
        image.save(out, "WEBP", method=6, lossless=quality is None, quality=quality or 100)
        if len(out.getvalue()) <= LARGEST:
            break
    return out.getvalue()
