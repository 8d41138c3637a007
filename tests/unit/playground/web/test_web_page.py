"""The page in front of a small discord.py bot, which answers with what Retouch will use next."""

from __future__ import annotations

import io
import re
from typing import Any

import discord
import pytest
from playwright.async_api import Locator, Page, expect

from playground.web.server import PageServer
from playground.world.members import Member
from playground.world.messages import upload
from tests.support.page_visitor import drop, faint, focused, looking, needs_chromium
from tests.support.small_bot import Json, Stage, Talk, png

pytestmark = needs_chromium

RUDE = "<script>alert(1)</script> <b>b</b>"


class Tuning(discord.ui.Modal, title="Tune this picture"):
    prompt: discord.ui.Label[Any] = discord.ui.Label(
        text="Prompt",
        description="What should change?",
        component=discord.ui.TextInput(custom_id="prompt", max_length=50),
    )
    style: discord.ui.Label[Any] = discord.ui.Label(
        text="Style",
        component=discord.ui.Select(
            custom_id="style", options=[discord.SelectOption(label="Oil", value="o"), discord.SelectOption(label="Ink")]
        ),
    )
    light: discord.ui.Label[Any] = discord.ui.Label(
        text="Light",
        component=discord.ui.Select(
            custom_id="light", max_values=2, required=False,
            options=[discord.SelectOption(label=time) for time in ("Dawn", "Noon", "Dusk")],
        ),
    )  # fmt: skip
    source: discord.ui.Label[Any] = discord.ui.Label(
        text="Picture", component=discord.ui.FileUpload(custom_id="source", required=False)
    )

    def __init__(self, answers: Json) -> None:
        super().__init__()
        self.answers = answers

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        for name in ("prompt", "style", "light", "source"):
            field: Any = getattr(self, name).component
            self.answers[name] = field.value if name == "prompt" else field.values
        self.answers["bytes"] = await self.answers["source"][0].read()
        await interaction.response.send_message(f"Tuned: {self.answers['prompt']}", ephemeral=True)


class Panel(discord.ui.View):
    """Buttons and select menus; what is chosen is told."""

    def __init__(self, answers: Json) -> None:
        super().__init__()
        self.answers = answers

    @discord.ui.button(label="Tune", style=discord.ButtonStyle.primary)
    async def tune(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
        await talk.response.send_modal(Tuning(self.answers))

    @discord.ui.button(label="Sleep", style=discord.ButtonStyle.danger)
    async def sleep(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
        self.answers["world"].clock.advance(4)  # nobody answers within the three seconds

    @discord.ui.select(placeholder="Size", options=[discord.SelectOption(label=size) for size in ("Small", "Large")])
    async def size(self, talk: discord.Interaction[Any], menu: discord.ui.Select[Any]) -> None:
        self.answers["size"] = menu.values
        await talk.response.edit_message(content=f"Size {menu.values[0]}")

    @discord.ui.select(
        placeholder="Colours",
        max_values=2,
        options=[discord.SelectOption(label=colour) for colour in ("Red", "Green", "Blue")],
    )
    async def colours(self, talk: discord.Interaction[Any], menu: discord.ui.Select[Any]) -> None:
        self.answers["colours"] = menu.values
        await talk.response.send_message("Mixed", ephemeral=True)

    @discord.ui.select(cls=discord.ui.UserSelect, placeholder="For whom")
    async def whom(self, talk: discord.Interaction[Any], menu: discord.ui.UserSelect[Any]) -> None:
        self.answers["whom"] = [user.display_name for user in menu.values]
        await talk.response.edit_message(content="For them")


def said(page: Page, text: str) -> Locator:
    """Return the messages with these words, without what only a screen reader reads."""
    return page.get_by_test_id("message").filter(has_text=text)


async def order(page: Page) -> None:
    await drop(page, "my cat.png", png(), "image/png")
    await page.get_by_test_id("prompt").fill("in oil")
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 1440])
async def test_buttons_menus_and_forms_bring_what_was_chosen(stage: Stage, page_server: PageServer, width: int) -> None:
    answers: Json = {"world": stage.world}

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.send_message("Painted", view=Panel(answers))

    stage.bot.answer = answer
    async with looking(page_server, width) as page:
        await order(page)
        await page.get_by_role("button", name="Size").click()
        await page.get_by_role("menuitemradio", name="Large").click()
        await expect(said(page, "Size Large")).to_be_visible()
        await page.get_by_role("button", name="Colours").press("Enter")
        await page.keyboard.press("Enter")  # Red
        await page.keyboard.press("ArrowUp")  # round to Blue
        await page.keyboard.press("Enter")
        await page.keyboard.press("Escape")  # done
        await expect(said(page, "Mixed")).to_be_visible()
        await page.get_by_role("button", name="For whom").click()
        await page.get_by_role("menuitemradio", name="Chiyo").click()
        await expect(said(page, "For them")).to_be_visible()
        await page.get_by_role("button", name="Tune").click()
        form = page.get_by_role("dialog", name="Tune this picture")
        await expect(form.get_by_label("Prompt")).to_be_focused()
        await page.keyboard.press("Enter")
        assert await faint(page) == []
        await expect(form.get_by_role("alert")).to_have_text("“Prompt” is still empty.")
        await page.keyboard.type(RUDE)
        await form.get_by_label("Style").select_option("Oil")
        await form.get_by_label("Dawn").check()
        await form.get_by_label("Dusk").check()
        await form.get_by_label("Picture").set_input_files(
            {"name": "b.png", "mimeType": "image/png", "buffer": png(9, 9)}
        )
        await form.get_by_role("button", name="Submit").click()
        await expect(form).to_be_hidden()
        await expect(said(page, f"Tuned: {RUDE}")).to_be_visible()
        await page.get_by_role("button", name="Sleep").click()
        await expect(said(page, "The application did not respond")).to_be_visible()
    assert (answers["size"], answers["colours"], answers["whom"]) == (["Large"], ["Red", "Blue"], ["Chiyo"])
    assert (answers["prompt"], answers["style"], answers["light"]) == (RUDE, ["o"], ["Dawn", "Dusk"])
    assert answers["bytes"] == png(9, 9)


async def test_a_form_can_be_left_with_escape_and_the_focus_goes_back(stage: Stage, page_server: PageServer) -> None:
    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.send_message("Painted", view=Panel({}))

    stage.bot.answer = answer
    async with looking(page_server) as page:
        await order(page)
        await page.get_by_role("button", name="Tune").click()
        await expect(page.get_by_role("dialog", name="Tune this picture")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        assert await focused(page) == "Tune"


async def test_a_message_menu_has_apps_and_replies_with_or_without_a_ping(
    stage: Stage, page_server: PageServer
) -> None:
    heard: list[discord.Message] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        heard.append(event["message"])
        await talk.response.send_message("Taken", ephemeral=True)

    stage.bot.answer = answer
    ben = Member(stage.world, "Ben")
    photo = await ben.says(stage.photos, RUDE, files=(upload("cat.png", png()),))
    async with looking(page_server) as page:
        more = page.get_by_role("button", name="More for the message by Ben")
        await more.click()
        await expect(page.get_by_role("menuitem", name="Delete")).to_have_count(0)  # it is somebody else's
        await page.get_by_role("menuitem", name="Edit this picture").click()
        await expect(said(page, "Taken")).to_be_visible()
        assert [message.content for message in heard] == [RUDE]
        await expect(said(page, RUDE)).to_be_visible()
        await more.press("Enter")
        await page.keyboard.press("Enter")  # Reply
        await expect(page.get_by_label("Message", exact=True)).to_be_focused()
        await page.keyboard.type("with ping")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("message").filter(has_text="with ping")).to_be_visible()
        await more.press("Enter")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Mention Ben").click()
        await expect(page.get_by_role("button", name="Mention Ben")).to_have_text("@ OFF")
        await page.get_by_label("Message", exact=True).fill("without")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="In reply to Ben")).to_have_count(2)
        loud, quiet = stage.photos.seen[-2:]
        assert (loud.reply_to, loud.pinged, quiet.reply_to, quiet.pinged) == (photo, [ben.user], photo, [])
        await page.get_by_role("button", name="More for the message by Ana").last.click()
        await page.get_by_role("menuitem", name="Delete").click()
        await expect(page.get_by_role("button", name="In reply to Ben")).to_have_count(1)


async def test_another_person_sees_unread_messages_but_not_those_for_ana_only(
    stage: Stage, page_server: PageServer
) -> None:
    general = stage.world.channel("general")
    ben = Member(stage.world, "Ben")
    async with looking(page_server) as page:
        row = page.get_by_test_id("channel").filter(has_text="general")
        await expect(row).not_to_have_class("place unread")
        await ben.says(general, f"{stage.ana.user.mention} look")
        await expect(row).to_have_class("place unread")
        await expect(row.locator(".badge")).to_have_text("1")
        await row.click()
        await expect(page.locator(".mention.mine")).to_have_text("@Ana")
        await expect(page.locator(".badge")).to_have_count(0)
        await page.get_by_label("Who you are").select_option("Ben")
        await expect(page.locator(".mention")).to_have_text("@Ana")
        await expect(page.locator(".mention.mine")).to_have_count(0)
        await page.get_by_label("Message", exact=True).fill("as Ben")
        await page.keyboard.press("Enter")
        await stage.world.until(lambda: general.seen[-1].content == "as Ben")
        assert general.seen[-1].author is ben.user


async def test_a_covered_picture_is_seen_once_it_is_pressed(stage: Stage, page_server: PageServer) -> None:
    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        file = discord.File(io.BytesIO(png()), "SPOILER_retouch-made.png", description="A cat")
        await talk.response.send_message("Here", file=file)

    stage.bot.answer = answer
    async with looking(page_server) as page:
        await order(page)
        covered = page.get_by_role("button", name="Spoiler: press to see it")
        await expect(covered.locator("img")).to_have_css("filter", re.compile(r"blur\([1-9]"))
        await covered.click()
        covered = page.get_by_role("button", name="See in full size: A cat")
        await expect(covered.locator("img")).to_have_css("filter", "none")
        await covered.click()
        await expect(page.get_by_test_id("alt")).to_have_text("A cat")


async def test_words_become_nodes_and_nothing_from_elsewhere_is_fetched(stage: Stage, page_server: PageServer) -> None:
    at = int(stage.world.clock()) - 90

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        embed = discord.Embed(title=RUDE, description=f"**bold** <t:{at}:R> <#{stage.photos.id}>", colour=0x3C9D6B)
        embed.add_field(name="Field", value="[away](https://example.com/x)").set_footer(text=RUDE)
        embed.set_image(url="attachment://made.png").set_thumbnail(url="https://example.com/no.png")
        text = f"> quoted `{RUDE}`\n-# small *print*\n<@{talk.user.id}> [x](javascript:alert(1)) {RUDE}"
        await talk.response.send_message(text, embed=embed, file=discord.File(io.BytesIO(png()), "made.png"))

    stage.bot.answer = answer
    async with looking(page_server) as page:
        await order(page)
        card = page.get_by_test_id("embed")
        await expect(card.locator("strong")).to_have_text("bold")
        assert await faint(page) == []
        await expect(card.locator("time")).to_have_text("1 minute ago")
        await expect(card.locator(".foot")).to_have_text(RUDE)
        assert await card.evaluate("(one) => getComputedStyle(one).borderLeftColor") == "rgb(60, 157, 107)"
        away = card.get_by_role("link", name="away")
        assert (await away.get_attribute("rel"), await away.get_attribute("target")) == (
            "noopener noreferrer",
            "_blank",
        )
        await expect(card.locator("img")).to_have_js_property("naturalWidth", 12)
        message = page.get_by_test_id("message").last
        await expect(message.locator("blockquote code")).to_have_text(RUDE)
        await expect(message.locator(".small em")).to_have_text("print")
        await expect(message.locator("script, a[href^=javascript]")).to_have_count(0)
        await expect(message).to_contain_text("[x](javascript:alert(1))")
