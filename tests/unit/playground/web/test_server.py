"""The page with the real bot behind it, in a real Chromium: pictures are ordered as people would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from playground.stage import Stage
from playground.web.server import PageServer
from tests.scenarios.conftest import QUICK
from tests.scenarios.support.pictures import cat
from tests.support.databases import sqlite_database
from tests.support.page_visitor import drop, faint, focused, looking, needs_chromium, paste

pytestmark = [needs_chromium, pytest.mark.usefixtures("quick_starts")]

RUDE = "<img src=x onerror=alert(1)> **bold** as a watercolour"
PDF = b"%PDF-1.7 x"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Start a bot on an SQLite file: the page doesn't know which database it has."""
    (tmp_path / "catalogue.toml").write_text(QUICK + '[models."gemini-3.1-flash-image-preview"]\nseconds = [0.2, 2]\n')
    with sqlite_database(tmp_path) as url:
        settings = {"DATABASE_URL": url, "CATALOGUE_FILE": str(tmp_path / "catalogue.toml"), "LOOK_UP_SECONDS": "4"}
        async with Stage.open(settings, seconds=(0.2, 0.4), rate_limits=False) as stage:
            stage.painter.edge = 256
            await stage.start()
            yield stage


@pytest.fixture
async def page_server(stage: Stage) -> AsyncIterator[PageServer]:
    """Serve the page."""
    server = PageServer(stage.world, stage.discord, stage.painter, stage)
    async with server.serve(port=0):
        yield server


async def order(page: Page, data: bytes, prompt: str, name: str = "cat.jpg", kind: str = "image/jpeg") -> None:
    await drop(page, name, data, kind)
    await page.get_by_test_id("prompt").fill(prompt)
    await page.keyboard.press("Enter")


async def test_a_dropped_picture_is_edited_in_a_thread_that_opens(stage: Stage, page_server: PageServer) -> None:
    async with looking(page_server) as page:
        await order(page, cat(), RUDE)
        picture = page.get_by_test_id("picture")
        await expect(picture).to_be_visible()
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("(image) => image.naturalWidth") > 0
        await expect(page.get_by_test_id("thread")).to_have_attribute("aria-current", "page")
        await expect(page.get_by_test_id("charge")).to_have_count(1)
        await expect(page.get_by_test_id("sum")).to_have_text("1 · $0.040")
        await expect(page.get_by_test_id("requests")).to_contain_text("POST /v1/images/generations")
        await expect(page.locator("#news")).to_contain_text("here is your picture")
        assert await faint(page) == []
        await picture.click()
        viewer = page.get_by_role("dialog", name="Picture")
        await expect(viewer.get_by_test_id("alt")).to_contain_text("Picture painted with")
        await page.keyboard.press("Escape")
        await expect(viewer).to_be_hidden()
        assert (await focused(page)).startswith("See in full size")
        await page.get_by_role("button", name="Back to photos").click()
        card = page.get_by_test_id("embed").first
        assert await faint(page) == []
        await expect(card).to_contain_text(RUDE)  # as it was typed: neither markup nor markdown
        await expect(card.locator("img, strong")).to_have_count(0)
        await page.get_by_test_id("open-thread").click()
        await expect(picture).to_be_visible()
    assert len(stage.painter.ledger) == 1


async def test_on_a_phone_a_picture_is_edited_and_the_sides_are_drawers(
    stage: Stage, page_server: PageServer, tmp_path: Path
) -> None:
    photo = tmp_path / "cat.jpg"
    photo.write_bytes(cat())
    async with looking(page_server, 390) as page:
        places = page.locator("#places")
        channels = page.get_by_role("button", name="Channels and threads")
        await expect(places).to_be_hidden()
        await channels.click()
        await expect(places.get_by_role("button", name="photos")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(places).to_be_hidden()
        await expect(channels).to_be_focused()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Add a picture").click()
        await (await chooser.value).set_files(photo)
        await page.get_by_test_id("prompt").fill("as a poster")
        await too_small(page)
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_test_id("picture")).to_be_visible()
        await page.get_by_role("button", name="Backstage", exact=True).click()
        await expect(page.get_by_test_id("charge")).to_have_count(1)
        await too_small(page)
        assert await faint(page) == []
        await page.get_by_role("button", name="Fold backstage away").click()
        await expect(page.locator("#backstage")).to_be_hidden()
        await channels.click()
        await page.get_by_test_id("channel").get_by_text("general").click()
        await expect(places).to_be_hidden()
        await expect(page.locator("#title")).to_contain_text("general")


async def too_small(page: Page) -> None:
    """Check that no button on this phone is smaller than a finger: 40 pixels one way, and 40 high where it is alone."""
    small = await page.evaluate(
        """() => [...document.querySelectorAll('button, summary, #self select')]
          .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[inert]'))
          .filter((one) => !one.matches('.mention, .figure') && one.getBoundingClientRect().height < 40)
          .map((one) => one.outerHTML.slice(0, 90))"""
    )
    assert small == []


async def test_a_picture_is_ordered_by_keyboard_with_models_suggested(
    stage: Stage, page_server: PageServer, tmp_path: Path
) -> None:
    photo = tmp_path / "cat.jpg"
    photo.write_bytes(cat())
    async with looking(page_server) as page:
        await page.keyboard.press("Tab")
        assert await focused(page) == "Skip to the message box"
        await page.keyboard.press("/")
        await expect(page.get_by_role("option", name="/edit")).to_have_attribute("aria-selected", "true")
        await page.keyboard.type("ed")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-option=image]")).to_be_focused()
        outline = await page.locator(".chip:focus-within").evaluate("(one) => getComputedStyle(one).boxShadow")
        assert "2px" in outline
        async with page.expect_file_chooser() as chooser:
            await page.keyboard.press("Enter")
        await (await chooser.value).set_files(photo)
        await expect(page.get_by_test_id("prompt")).to_be_focused()
        await page.keyboard.type("as a poster")
        await page.keyboard.press("Tab")
        assert await focused(page) == "model"
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("model")).to_be_focused()
        options = page.get_by_role("listbox").get_by_role("option")
        await expect(options.first).to_contain_text("Nano Banana Pro")
        await page.keyboard.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await page.keyboard.type("nano banana 2")
        await expect(options.first).to_contain_text("Nano Banana 2 (Gemini 3.1 Flash Image)")
        await expect(options.first).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("model")).to_have_value("Nano Banana 2 (Gemini 3.1 Flash Image)")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("picture")).to_be_visible()
    assert [charge.model for charge in stage.painter.ledger] == ["gemini-3.1-flash-image-preview"]


async def test_ephemeral_messages_are_marked_and_a_fault_fails_the_next_order(
    stage: Stage, page_server: PageServer
) -> None:
    async with looking(page_server) as page:
        await order(page, PDF, "as a poster", "notes.pdf", "application/pdf")
        refusal = page.get_by_test_id("message").filter(has_text="PDF")
        await expect(refusal.get_by_test_id("ephemeral")).to_contain_text("Only you can see this")
        await page.get_by_label("Who you are").select_option("Ben")
        await expect(refusal).to_have_count(0)
        await page.get_by_label("Who you are").select_option("Ana")
        await refusal.get_by_role("button", name="Dismiss message").click()
        await expect(refusal).to_have_count(0)
        await page.get_by_test_id("find-fault").fill("policy-422")
        await page.get_by_role("button", name="policy-422: once").click()
        await expect(page.locator("[data-fault=policy-422]")).to_have_class("on")
        assert await faint(page) == []
        await page.get_by_role("button", name="policy-422: always").click()
        await expect(page.get_by_role("button", name="policy-422: always")).to_have_attribute("aria-pressed", "true")
        assert [(active.fault.name, active.left) for active in stage.painter.active] == [("policy-422", None)]
        await paste(page, "cat.jpg", cat(), "image/jpeg")
        await page.get_by_test_id("prompt").fill("as a poster")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("because of its content rules").first).to_be_visible()
        await page.get_by_test_id("calm").click()
        await expect(page.locator("[data-fault=policy-422]")).not_to_have_class("on")
        assert stage.painter.active == []
        await page.get_by_role("radio", name="Slow").check()
        await stage.world.until(lambda: stage.painter.seconds == (40.0, 60.0))


async def test_the_picture_still_comes_after_a_kill_and_start_from_the_page(
    stage: Stage, page_server: PageServer
) -> None:
    stage.painter.seconds = (3.0, 3.0)
    async with looking(page_server) as page:
        await page.get_by_test_id("try-sample").click()
        await expect(page.get_by_test_id("prompt")).to_have_value("as a watercolour")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("charge")).to_have_count(1)
        await page.get_by_test_id("life").click()
        await expect(page.get_by_test_id("life")).to_have_text("Start it again")
        await expect(page.locator("#places .offline")).to_be_visible()
        await page.get_by_test_id("life").click()
        await expect(page.get_by_test_id("picture")).to_be_visible()
        await expect(page.get_by_test_id("charge")).to_have_count(1)
