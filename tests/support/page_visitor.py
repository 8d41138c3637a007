"""A visitor of the playground's page in a real Chromium, who notices what should not be there."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Page, expect

from playground.screenshots.browser import chromium, open_browser
from playground.web.server import PageServer

PATIENCE: Final = 60_000
"""Milliseconds: whatever comes comes sooner, unless the machine is busy."""

expect.set_options(timeout=PATIENCE)

needs_chromium = pytest.mark.skipif(not chromium(), reason="install chromium")

_TRANSFER = """([data, name, type]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name, { type }));
  return transfer;
}"""


@asynccontextmanager
async def looking(page_server: PageServer, width: int = 1440, *, forgive: str = "\0") -> AsyncIterator[Page]:
    """Open the page and yield it once it is drawn. At the end check that nothing sticks out over its edge, that no
    other host was asked for anything, and that nothing was written to the console.

    ``forgive``: complaints of the console with this text are expected.
    """
    complaints: list[str] = []
    async with open_browser() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 844}, has_touch=width < 700)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type in ("error", "warning") else None)
        own = (page_server.url, "blob:")
        page.on("request", lambda request: None if request.url.startswith(own) else complaints.append(request.url))
        # Caught from now on: with a later listener the first could slip through.
        page.on("filechooser", lambda _: None)
        page.set_default_timeout(PATIENCE)
        await page.goto(page_server.url)
        await expect(page.locator("#title")).not_to_be_empty()
        yield page
        assert await page.evaluate(_TOO_WIDE) == []
    assert [complaint for complaint in complaints if forgive not in complaint] == []


_TOO_WIDE = """() => [...document.querySelectorAll("html, main, main *")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".cut, .unseen, pre"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.outerHTML.slice(0, 90))"""
_FAINT = """() => {
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], ground) => [r, g, b].map((one, index) => one * a + ground[index] * (1 - a));
  const linear = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  const light = (colour) => colour.map((one) => linear(one / 255))
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = (node) => {
    if (!node) return [0, 0, 0];
    const own = parse(getComputedStyle(node).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(node.parentElement));
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].filter((one) => one.nodeType === 3).map((one) => one.data).join("").trim();
    const hidden = !node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!text || hidden || node.closest(".unseen, [inert], :disabled, noscript, option")) continue;
    const below = ground(node), [one, other] = [light(over(parse(getComputedStyle(node).color), below)), light(below)];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${node.tagName}.${node.className}: ${text.slice(0, 40)}`);
  }
  return found;
}"""


async def faint(page: Page) -> list[str]:
    """Return texts with less contrast than WCAG 2 AA wants: https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    texts: list[str] = await page.evaluate(_FAINT)
    return texts


async def drop(page: Page, name: str, data: bytes, kind: str, event: str = "drop") -> None:
    """Drop a file onto the page from the desktop."""
    transfer = await page.evaluate_handle(_TRANSFER, [base64.b64encode(data).decode(), name, kind])
    await page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    await page.dispatch_event("main", event, {"dataTransfer": transfer})


async def paste(page: Page, name: str, data: bytes, kind: str) -> None:
    """Insert a file from the clipboard."""
    transfer = await page.evaluate_handle(_TRANSFER, [base64.b64encode(data).decode(), name, kind])
    await page.evaluate(
        "(transfer) => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))",
        transfer,
    )


async def focused(page: Page) -> str:
    """Return what a screen reader would call the focused element."""
    name = await page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.dataset.option"
        " ?? document.activeElement.innerText ?? ''"
    )
    return str(name).strip()
