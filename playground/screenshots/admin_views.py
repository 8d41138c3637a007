"""Pictures of the page as managers of a server and the operator see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from playground.sample import NAME, sample
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Message

if TYPE_CHECKING:
    from playwright.async_api import Page

    from playground.stage import Stage
    from playground.world.places import Channel

Shot = Callable[[str], Awaitable[None]]
"""Takes a picture of this name."""


async def show_admin_views(stage: Stage, page: Page, shot: Shot) -> None:
    """Show the rules, a report and what becomes of it, sums with their chart, and how the bot stands."""
    photos = stage.world.channel("photos")
    assert photos.guild is not None  # a server's channel
    owner = Member(stage.world, photos.guild.owner)
    reports = stage.world.add_channel(photos.guild, "reports", topic="For moderators")
    await _become(page, owner.user.name)
    await _rules(page, owner, photos, shot)
    form = await owner.select(await (await owner.command(photos, "server")).said(20), "Log")
    await owner.fill(form, reports_channel=[str(reports.id)])
    await _report(stage, page, owner, photos, reports, shot)
    await _at(page, "photos")
    for command, options in (("usage", {"what": "this server"}), ("operator", {})):
        await (await owner.command(photos, command, **options)).said(20)
        await page.get_by_test_id("ephemeral").last.wait_for()
        await page.evaluate("document.activeElement.blur()")
        await shot(command)
        await page.get_by_role("button", name="Dismiss message").last.click()


async def _become(page: Page, name: str) -> None:
    """Select another member, to see the page as they do."""
    drawer = page.get_by_role("button", name="Channels and threads", exact=True)
    if narrow := await drawer.is_visible():
        await drawer.click()
    await page.locator("#member").select_option(label=name)
    if narrow:
        await page.keyboard.press("Escape")


async def _at(page: Page, channel: str) -> None:
    """Open a channel."""
    drawer = page.get_by_role("button", name="Channels and threads", exact=True)
    if await drawer.is_visible():
        await drawer.click()
    await page.get_by_test_id("channel").filter(has_text=channel).first.click()


async def _rules(page: Page, owner: Member, photos: Channel, shot: Shot) -> None:
    """Set a rule, as a server's owner does."""
    await (await owner.command(photos, "server")).said(20)
    await page.get_by_text("This server’s rules").first.wait_for()
    await page.locator("button.select").last.click()
    await (
        page.get_by_role("menuitem", name="Quota of each member")
        .or_(page.get_by_role("menuitemradio", name="Quota of each member"))
        .click()
    )
    await page.get_by_label("Pictures in 24 hours").fill("20")
    await shot("quota")
    await page.keyboard.press("Enter")
    await page.get_by_text("changed “Pictures in 24 hours”").first.wait_for()
    await page.evaluate("document.activeElement.blur()")
    await shot("rules")


async def _report(stage: Stage, page: Page, owner: Member, photos: Channel, reports: Channel, shot: Shot) -> None:
    """Report a member's picture as another member, and delete it as somebody who may."""
    ana = Member(stage.world, "Ana")
    ben = Member(stage.world, "Ben")
    await ana.command(photos, "edit", image=upload(NAME, sample()), prompt="as a scary poster")
    await stage.world.until(lambda: bool(_painted(photos)), 30)
    result = _painted(photos)[0]
    form = await ben.press(result, "Report")
    await (await ben.fill(form, reason="It frightens my little brother")).said(20)
    await _at(page, "reports")
    await page.get_by_role("button", name="Dismiss", exact=True).wait_for()
    await shot("report")
    await owner.press(reports.seen[-1], "Delete")
    await page.get_by_text("Deleted", exact=False).last.wait_for()
    await page.evaluate("document.activeElement.blur()")
    await shot("report-deleted")


def _painted(photos: Channel) -> list[Message]:
    """Return the messages that brought painted pictures into the threads of a channel."""
    return [message for thread in photos.threads for message in thread.seen if "Report" in message.buttons]
