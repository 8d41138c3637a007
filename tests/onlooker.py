"""Somebody who looks at the playground's page in a real Chromium, and who notices what should not be."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from playground.browser import chromium, opened
from playground.window import Window

needs_chromium = pytest.mark.skipif(not chromium(), reason="install chromium")

_TRANSFER = """([data, name, type]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(data), (one) => one.charCodeAt(0))], name, { type }));
  return transfer;
}"""


@asynccontextmanager
async def looking(window: Window, width: int = 1440, *, forgive: str = "\0") -> AsyncIterator[Page]:
    """The page, open and drawn. At the end nothing was asked of another host, and nothing stood in the console.

    ``forgive``: complaints of the console with this text are expected.
    """
    complaints: list[str] = []
    async with opened() as browser:
        page = await browser.new_page(viewport={"width": width, "height": 844}, has_touch=width < 700)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        own = (window.url, "blob:")
        page.on("request", lambda one: None if one.url.startswith(own) else complaints.append(one.url))
        page.set_default_timeout(8000)
        await page.goto(window.url)
        await expect(page.locator("#title")).not_to_be_empty()
        yield page
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert [one for one in complaints if forgive not in one] == []


async def drop(page: Page, name: str, data: bytes, kind: str, event: str = "drop") -> None:
    """A file falls onto the page from the desktop."""
    transfer = await page.evaluate_handle(_TRANSFER, [base64.b64encode(data).decode(), name, kind])
    await page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    await page.dispatch_event("main", event, {"dataTransfer": transfer})


async def paste(page: Page, name: str, data: bytes, kind: str) -> None:
    """A file is pasted from the clipboard."""
    transfer = await page.evaluate_handle(_TRANSFER, [base64.b64encode(data).decode(), name, kind])
    await page.evaluate(
        "(transfer) => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true }))",
        transfer,
    )


async def focused(page: Page) -> str:
    """What a screen reader would call the thing that has the focus."""
    name = await page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.dataset.option"
        " ?? document.activeElement.innerText ?? ''"
    )
    return str(name).strip()
