"""python -m playground.screenshots docs/pictures: the page as it looks, on a screen and on a phone, always the same."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playground.screenshots.admin_views import Shot, show_admin_views
from playground.screenshots.browser import chromium, open_browser
from playground.screenshots.camera import SIZES, open_page, small, wait_until_drawn
from playground.screenshots.staged_page import staged_page
from playground.stage import Stage
from playground.web.server import PageServer
from playground.world.members import Member

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

SEALED: Final = {"SECRET_KEYS": "cGxheWdyb3VuZC1wbGF5Z3JvdW5kLXBsYXlncm91bmQ="}
"""A seal for servers' own keys, known to everybody: only keys of the playground come under it."""

LARGEST: Final = 300_000
"""Bytes of one picture."""


async def photograph(folder: Path) -> list[Path]:
    """Take all pictures. Returns where they are."""
    files: list[Path] = []
    async with open_browser() as browser:
        for width in SIZES:
            async with staged_page() as (stage, page_server):
                await stage.start()
                files += await _visit(stage, page_server, browser, width, folder)
            async with staged_page((0.5, 0.5), hurried=True, **SEALED) as (stage, page_server):
                stage.settings["OPERATOR_IDS"] = str(stage.world.user("Dagny").id)
                await stage.start()
                files += await _office(stage, page_server, browser, width, folder)
    return files


async def _visit(stage: Stage, page_server: PageServer, browser: Browser, width: int, folder: Path) -> list[Path]:
    """Walk through the page, from the first sight to what goes wrong."""
    files: list[Path] = []
    async with open_page(browser, page_server.url, width) as page:
        shot = _camera(page, width, folder, files)
        await _first_picture(page, shot)
        await _conversation(stage, page, shot)
        await _trouble(stage, page, shot)
    return files


async def _office(stage: Stage, page_server: PageServer, browser: Browser, width: int, folder: Path) -> list[Path]:
    """Take pictures of the page as a server's managers and the operator see it."""
    files: list[Path] = []
    async with open_page(browser, page_server.url, width) as page:
        await show_admin_views(stage, page, _camera(page, width, folder, files))
    return files


def _camera(page: Page, width: int, folder: Path, files: list[Path]) -> Shot:
    """Return a function that takes a picture of this name, and notes where it is."""

    async def shot(name: str) -> None:
        await page.mouse.move(width / 2, 4)  # over nothing
        await wait_until_drawn(page)
        file = folder / f"{name}-{width}.png"
        file.write_bytes(small(await page.screenshot(animations="disabled", caret="hide"), LARGEST))
        files.append(file)

    return shot


async def _first_picture(page: Page, shot: Shot) -> None:
    await page.get_by_test_id("try-sample").wait_for()
    await shot("first-sight")
    await page.get_by_test_id("try-sample").click()
    await page.get_by_test_id("add-model").click()
    await page.get_by_test_id("suggestion").first.wait_for()
    await shot("ordering")
    for key in ("Escape", "Backspace"):
        await page.keyboard.press(key)
    await page.get_by_test_id("prompt").press("Enter")
    await page.get_by_test_id("source").wait_for()
    await page.get_by_text("usually done").first.wait_for()
    await shot("running")
    await page.get_by_test_id("picture").wait_for()
    await page.get_by_text("Painted in").wait_for()
    await page.evaluate("document.activeElement.blur()")
    await shot("result")
    await page.get_by_test_id("picture").click()
    await shot("full-size")
    await page.keyboard.press("Escape")


async def _conversation(stage: Stage, page: Page, shot: Shot) -> None:
    """Show how a picture goes on: a form, a second picture, the two beside each other, all steps, and the history."""
    ana = Member(stage.world, "Ana")
    photos = stage.world.channel("photos")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("What should change?").fill("now at night")
    await shot("form")
    await page.keyboard.press("Escape")
    thread = photos.threads[0]
    form = await ana.press(thread.seen[-1], "Go on")
    await ana.fill(form, prompt="now as a blueprint")
    await page.get_by_test_id("picture").nth(1).wait_for()
    await stage.world.until(lambda: "Done" in str(thread.seen[-2].embeds), 20)
    await shot("second")
    result = thread.seen[-1]
    for number, button in enumerate(("Compare", "Steps")):
        await (await ana.press(result, button)).said(20)
        await page.locator(".private img").nth(number).wait_for()
        await shot(button.lower())
    await (await ana.command(photos, "history")).said(20)
    await page.get_by_role("button", name="Back to photos").click()
    await page.get_by_test_id("ephemeral").last.wait_for()
    await shot("history")


async def _trouble(stage: Stage, page: Page, shot: Shot) -> None:
    await page.get_by_role("button", name="Dismiss message").last.click()
    await page.locator("#files").set_input_files(
        {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    await page.get_by_test_id("prompt").fill("as a watercolour")
    await page.keyboard.press("Enter")
    await page.get_by_test_id("ephemeral").wait_for()
    await page.evaluate("document.activeElement.blur()")
    await shot("ephemeral")
    await page.get_by_role("button", name="Dismiss message").click()
    stage.painter.fault("policy-422")
    await page.get_by_test_id("sample").click()
    await page.get_by_test_id("prompt").fill("as a lithograph")
    await page.keyboard.press("Enter")
    await page.get_by_text("content rules").first.wait_for()
    await stage.world.until(lambda: "content rules" in str(stage.world.transcript.of("message")), 10)
    await page.evaluate("document.activeElement.blur()")
    await shot("failure")
    if await page.get_by_role("button", name="Channels and threads").is_visible():  # a phone
        for name, button in (("channels", "Channels and threads"), ("backstage", "Backstage")):
            await page.get_by_role("button", name=button, exact=True).click()
            await shot(name)
            await page.keyboard.press("Escape")


def main(words: list[str]) -> int:
    """Run the program. Returns the exit code: 0, or 1 where there is no browser."""
    parser = argparse.ArgumentParser(prog="python -m playground.screenshots", description="Pictures of the page.")
    parser.add_argument("folder", type=Path, help="where they go, such as docs/pictures")
    folder = parser.parse_args(words).folder
    if not chromium():
        print("There is no Chromium here. On Debian or Ubuntu: apt install chromium", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for file in asyncio.run(photograph(folder)):
        print(f"{file}: {file.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
