"""Covered pictures on the page: blurred, until they are pressed, and covered by whoever sends them."""

from __future__ import annotations

import io
import re

import discord
from playwright.async_api import Locator, Page, expect

from playground.web.server import PageServer
from playground.world.members import Member
from playground.world.messages import upload
from tests.support.page_visitor import drop, faint, looking, needs_chromium
from tests.support.small_bot import Stage, png

pytestmark = needs_chromium

PHONE = 390
HIDDEN = "Spoiler: press to see it"


def layout() -> discord.ui.LayoutView:
    """Return a gallery with a covered picture and an open one, and a container that is covered as a whole."""
    view = discord.ui.LayoutView()
    view.add_item(
        discord.ui.MediaGallery(
            discord.MediaGalleryItem("attachment://cat.png", description="A cat", spoiler=True),
            discord.MediaGalleryItem("attachment://dog.png", description="A dog"),
        )
    )
    view.add_item(
        discord.ui.Container(
            discord.ui.TextDisplay("a secret"),
            discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://fox.png", description="A fox")),
            spoiler=True,
        )
    )
    return view


def covers(page: Page | Locator) -> Locator:
    return page.get_by_role("button", name=HIDDEN)


async def test_all_that_is_covered_is_blurred_on_a_phone_until_pressed(stage: Stage, page_server: PageServer) -> None:
    ana = Member(stage.world, "Ana")
    files = (upload("cat.png", png(), spoiler=True), upload("SPOILER_dog.png", png()), upload("fox.png", png()))
    await ana.says(stage.photos, "look", files=files)
    pictures = [discord.File(io.BytesIO(png(300, 200)), f"{name}.png") for name in ("cat", "dog", "fox")]
    await stage.place(stage.photos).send(view=layout(), files=pictures)
    async with looking(page_server, PHONE) as page:
        message = page.get_by_test_id("message").first
        composed = page.get_by_test_id("message").last
        await expect(covers(message)).to_have_count(2)
        await expect(covers(composed)).to_have_count(2)
        await expect(covers(message).first.locator("img")).to_have_css("filter", re.compile(r"blur\([1-9]"))
        await expect(composed.locator(".veiled > .embed")).to_have_css("filter", re.compile(r"blur\([1-9]"))
        assert await faint(page) == []
        for _ in range(2):
            await covers(message).first.tap()
            await covers(composed).first.tap()
        await expect(covers(page)).to_have_count(0)
        await expect(composed.get_by_text("a secret")).to_be_visible()
        await expect(message.locator("img").first).to_have_css("filter", "none")


async def test_members_cover_their_files_before_sending_them(stage: Stage, page_server: PageServer) -> None:
    async with looking(page_server, PHONE) as page:
        await page.get_by_label("Message", exact=True).fill("look")
        for name in ("cat.png", "dog.png"):
            await drop(page, name, png(), "image/png")
        await page.get_by_role("button", name="Mark dog.png as a spoiler").click()
        await page.keyboard.press("Tab")
        await page.get_by_role("button", name="Send").click()
        await stage.world.until(lambda: stage.photos.seen)
        assert [file.covered for file in stage.photos.seen[-1].attachments] == [False, True]
        await drop(page, "fox.png", png(), "image/png")
        await page.get_by_role("button", name="Mark fox.png as a spoiler").click()
        await page.get_by_test_id("prompt").fill("at night")
        await page.keyboard.press("Enter")
        await stage.world.until(lambda: stage.world.interactions)
        (sent,) = stage.world.interactions.values()
        assert [file.covered for file in sent.uploads] == [True]
