"""Permissions are checked when a button is pressed, in the channel or server that the action concerns."""

from __future__ import annotations

import pytest

from playground.world.members import Member
from playground.world.people import Role
from playground.world.permissions import EVERYONE, Permission
from playground.world.places import Message
from tests.scenarios.support.button_table import reportable, reports, says
from tests.scenarios.support.forgetting import days_ago, forgets, paid
from tests.scenarios.support.server import Server, appears, first_reply, job_in, while_painting
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def moderator(server: Server, may: Permission = Permission.MANAGE_MESSAGES) -> tuple[Member, Role]:
    member = Member(server.world, server.world.add_user("Chiyo"))
    role = server.world.add_role(server.guild, "Chiyo", int(EVERYONE | may))
    server.world.join(member.user, server.guild, role)
    return member, role


async def reported(server: Server) -> Message:
    """Let Ben report Ana's picture, and return the moderators' report."""
    result = await reportable(server)
    answer = await server.ben.fill(await server.ben.press(result, "Report"), reason="rude")
    await answer.said(timeout=15)
    return await appears(server.world, lambda: next(iter(reports(server)), None))


async def test_confirming_deletion_after_losing_the_permission_deletes_nothing(server: Server) -> None:
    result = await server.result()
    other = await server.result()
    await paid(server, result, other)
    chiyo, role = moderator(server)
    question = (await chiyo.press(other, "Delete")).message
    assert question is not None
    days_ago(server, 31, result, other)
    await forgets(server)
    forgotten = (await chiyo.press(result, "Delete")).message
    assert forgotten is not None
    server.world.set_permissions(server.guild, role, EVERYONE)
    says(await chiyo.press(forgotten, "Yes, delete it"), "refused-not-yours")
    assert not result.deleted
    await chiyo.press(question, "Yes, delete it")
    assert not other.deleted


async def test_forged_confirmation_deletes_no_other_message(server: Server) -> None:
    result = await server.result()
    other = await server.picture(job_in((await server.ben.press(result, "Again")).message))
    assert other.channel is result.channel
    await paid(server, result, other)
    days_ago(server, 31, result)
    await forgets(server)
    question = (await server.ana.press(result, "Delete")).message
    assert question is not None
    button = question.components[0]["components"][0]
    button["custom_id"] = button["custom_id"].rpartition(":")[0] + f":{other.id}"
    says(await server.ana.press(question, "Yes, delete it"), "refused-job-gone")
    assert not other.deleted


async def test_manage_messages_in_a_channel_does_not_allow_server_blocks(server: Server) -> None:
    report = await reported(server)
    chiyo, role = moderator(server, Permission.VIEW_CHANNEL)
    server.world.overwrite(report.channel, role, allow=Permission.MANAGE_MESSAGES)
    says(await chiyo.press(report, "Block…"), "refused-not-moderator-server")
    blocks = await chiyo.command(report.channel, "block add", member=server.ana, reason="rude")
    says(blocks, "refused-not-moderator-server")
    says(await chiyo.press(report, "Dismiss"), "refused-not-moderator-there")
    says(await chiyo.press(report, "Delete"), "refused-not-moderator-there")
    order = await server.order()
    assert order.message is not None
    assert not order.ephemeral


async def test_manage_messages_is_checked_where_the_picture_is(server: Server) -> None:
    report = await reported(server)
    chiyo, role = moderator(server, Permission.VIEW_CHANNEL)
    for channel in (report.channel, server.channel):
        server.world.overwrite(channel, role, allow=Permission.MANAGE_MESSAGES)
    await chiyo.press(report, "Dismiss")
    await server.world.until(lambda: "Dismissed" in str(report.embeds) or not report.buttons, timeout=10)


async def test_result_sent_by_direct_message_belongs_to_its_requester_only(server: Server) -> None:
    silent = Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS
    while_painting(server.stage, lambda: server.world.overwrite(server.channel, server.world.bot, deny=silent))
    result = await server.result()
    assert result.channel is server.dm
    await paid(server, result)
    server.world.overwrite(server.channel, server.world.bot)
    bens_page = await (await server.ben.command(server.channel, "history", what="here")).said()
    assert len(bens_page.embeds) == 1
    assert "thumbnail" not in bens_page.embeds[0]
    anas_page = await (await server.ana.command(server.channel, "history", what="here")).said()
    assert "thumbnail" in anas_page.embeds[0]
    charges = len(server.painter.ledger)
    mention = await server.ben.says(server.thread, f"{server.world.bot.mention} now at night")
    answer = await first_reply(server.world, mention)
    assert sentence("refused-picture-direct").fullmatch(answer.content)
    assert len(server.painter.ledger) == charges
    form = await server.ana.press(result, "Go on")  # its requester can still do everything
    await server.picture(job_in((await server.ana.fill(form, prompt="now at night")).message))
