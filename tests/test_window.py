"""The page, in a real Chromium: a picture is edited from the disk to the thread."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from playground.stage import Stage
from playground.window import Window
from tests.scenarios.conftest import stage as stage
from tests.scenarios.orders import cat

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


@pytest.mark.skipif(not CHROMIUM, reason="install chromium")
@pytest.mark.parametrize("width", [390, 1440])
async def test_a_picture_is_edited_on_the_page(stage: Stage, tmp_path: Path, width: int) -> None:
    photo = tmp_path / "cat.jpg"
    photo.write_bytes(cat())
    window = Window(stage.world, stage.discord, stage.painter)
    async with window.serve(port=0), async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": width, "height": 800})
        await page.goto(window.url)
        await page.get_by_test_id("image").set_input_files(photo)
        await page.get_by_test_id("prompt").fill("as a watercolour")
        await page.get_by_test_id("send").click()
        await expect(page.get_by_test_id("picture")).to_be_visible(timeout=30_000)
        await page.wait_for_function("document.querySelector('[data-testid=picture]').naturalWidth > 0")
        await page.screenshot(path=tmp_path / f"{width}.png")
        await browser.close()
    assert len(stage.painter.ledger) == 1
