"""Reports of pictures: what moderators read of them, decide about them, and what that changes."""

from __future__ import annotations

import asyncio

import pytest

from playground.world.permissions import Permission
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.button_table import delete, says
from tests.scenarios.support.moderation import ModeratedServer, archive, files
from tests.scenarios.support.server import DELETION, DOWNLOAD, MESSAGE, Server, job_in, job_of, once
from tests.scenarios.support.wording import sentence
from tests.scenarios.test_button_ids import button
from tests.scenarios.test_server_panel import changed, owner

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_report_card_has_all_a_moderator_needs_and_collects_further_reports(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result(prompt="as a *bold* poster")
    thanks = await moderated.reported(result)
    says(thanks, "report-thanks")
    report = moderated.report
    text = f"{report.embeds}"
    assert r"as a \\*bold\\* poster" in text
    assert r"It is \\*rude\\*" in text
    for who in (server.ana, server.ben):
        assert f"<@{who.user.id}>" in text
    assert f"{server.guild.id}/{result.channel.id}/{result.id})" in text
    source = archive(result)
    assert f"/{source.channel.id}/{source.id})" in text
    assert "Gemini" in text or "GPT" in text
    (copy,) = report.attachments
    assert copy.name.startswith("SPOILER_reported-")
    assert copy.description == "The reported picture, made by AI"
    assert copy.data == result.attachments[0].data
    assert report.pinged == []
    assert report.buttons == ["Delete", "Block…", "Dismiss"]
    says(await moderated.reported(result), "refused-report-twice")
    await moderated.reported(result, moderated.mod, reason="")
    await moderated.until(report, f"<@{moderated.mod.user.id}>")
    assert len(moderated.reports.seen) == 1
    assert files(report) == [copy.name]


async def test_picture_deleted_while_its_delivery_is_repeated_stays_deleted(moderated: ModeratedServer) -> None:
    server = moderated.server
    toapis_hooks = moderated.server.painter.hooks
    hooks = moderated.server.stage.discord.hooks
    died, fetching, fetch, deleted, go_on = (asyncio.Event() for _ in range(5))

    async def die() -> None:
        await server.stage.kill()
        died.set()

    async def hold_the_picture() -> None:
        fetching.set()
        await fetch.wait()

    async def hold_the_deletion() -> None:
        deleted.set()
        await go_on.wait()

    once(toapis_hooks, "after", DOWNLOAD, lambda: once(hooks, "after", MESSAGE, die))  # the message with the picture
    order = await server.order()
    await died.wait()
    result = await server.picture(job_in(order.message))
    once(toapis_hooks, "before", DOWNLOAD, hold_the_picture)
    once(hooks, "after", DELETION, hold_the_deletion)
    await server.stage.start()
    await fetching.wait()
    question = await moderated.mod.press(result, "Delete")
    assert question.message is not None
    await moderated.mod.press(question.message, "Yes, delete it")
    await deleted.wait()
    fetch.set()
    await asyncio.sleep(1)  # so that whatever would come again has come
    go_on.set()
    await server.settled()
    assert result.deleted
    assert len(server.pictures) == 1


@pytest.mark.proves("report-never-lost")
async def test_a_report_is_deleted_after_a_restart_between_all_its_steps(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    form = await server.ben.press(result, "Report")
    await moderated.restart()  # before the delivery is stored, or after
    answer = await server.ben.fill(form, reason="")
    await answer.said(timeout=15)
    says(answer, "report-thanks")
    report = moderated.report
    await moderated.restart()
    await moderated.mod.press(report, "Delete")
    await moderated.until(report, f"**Deleted** by <@{moderated.mod.user.id}>")
    assert result.deleted
    assert files(report) == []
    assert report.buttons == []
    await moderated.logged(f"<@{moderated.mod.user.id}> deleted a picture of <@{server.ana.user.id}>")
    by = f"Deleted by <@{moderated.mod.user.id}>"
    await server.world.until(lambda: by in "".join(message.text for message in server.channel.seen), timeout=15)
    await server.settled()
    assert by in "".join(message.text for message in server.channel.seen)
    assert len(server.pictures) == 1  # it did not come back


async def test_a_report_is_dismissed_and_the_picture_stays(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    report = moderated.report
    await moderated.restart()
    await moderated.mod.press(report, "Dismiss")
    await moderated.until(report, f"**Dismissed** by <@{moderated.mod.user.id}>")
    assert report.buttons == []
    assert not result.deleted
    assert len(files(report)) == 1
    says(await moderated.reported(result, moderated.mod), "refused-report-decided")
    await moderated.logged("dismissed the reports of a picture of")
    says(await moderated.mod.press(button(report, f"report1:delete:{job_of(result)}"), "Odd"), "refused-report-decided")
    assert not result.deleted


async def test_block_from_a_report_with_reason_and_days_survives_a_restart(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    report = moderated.report
    form = await moderated.mod.press(report, "Block…")
    await moderated.restart()
    says(await moderated.mod.fill(form, reason="*rude*", days="0"), "refused-block-days")
    says(await moderated.mod.fill(form, reason="\u200b", days=""), "refused-block-reason")
    await moderated.mod.fill(form, reason="*rude*", days="3")
    await moderated.until(report, f"**<@{moderated.mod.user.id}> blocked** who made it")
    assert report.buttons == []
    assert not result.deleted
    before = moderated.counted()
    reply = await (await server.order()).said()
    assert sentence("refused-blocked-here-until").fullmatch(reply.content), reply
    assert r"“\*rude\*”" in reply.content
    assert moderated.counted() == before
    await moderated.logged(f"blocked <@{server.ana.user.id}> until <t:")
    says(await moderated.mod.fill(form, reason="again", days=""), "refused-report-decided")


@pytest.mark.proves("moderator-each-time")
async def test_only_a_current_moderator_of_that_server_decides_on_a_report(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    report = moderated.report
    text = f"{report.embeds}"
    for label in ("Delete", "Block…", "Dismiss"):
        says(await server.ben.press(report, label), "refused-not-moderator")
    form = await moderated.mod.press(report, "Block…")
    assert form.modal is not None
    role = next(role for role in server.guild.roles.values() if role.name == "Chiyo")
    server.world.set_permissions(server.guild, role, 0)
    says(await moderated.mod.fill(form, reason="rude"), "refused-not-moderator")
    says(await moderated.mod.press(report, "Delete"), "refused-not-moderator")
    elsewhere = Server(server.stage)  # another server, whose owner forges the button
    foreign = await elsewhere.result()
    forged = button(foreign, f"report1:delete:{job_of(result)}")
    says(await owner(elsewhere).press(forged, "Odd"), "refused-report-gone")
    forged.components = forged.components[:-1]
    says(await owner(elsewhere).press(button(foreign, f"job1:report:{job_of(result)}"), "Odd"), "refused-job-gone")
    assert (result.deleted, f"{report.embeds}", len(files(report))) == (False, text, 1)
    assert f"blocked <@{server.ana.user.id}>" not in f"{[message.content for message in moderated.log.seen]}"
    says(await server.mallory.press(result, "Report"), "refused-blocked")


async def test_reports_go_to_the_log_channel_or_reporters_to_the_managers(server: Server, records: BotRecords) -> None:
    result = await server.result()
    says(await server.ben.press(result, "Report"), "refused-report-nowhere")
    log = server.world.add_channel(server.guild, "log")
    await changed(server, "Log", log_channel=[str(log.id)])
    moderated = ModeratedServer(server, records, log, log, owner(server))
    says(await moderated.reported(result), "report-thanks")
    report = log.seen[-1]
    assert files(report)[0].startswith("SPOILER_")
    assert "another one" not in report.content


@pytest.mark.proves("report-never-lost")
async def test_deleted_report_channel_loses_no_report_and_managers_are_told(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    server.world.remove_channel(moderated.reports)
    says(await moderated.reported(result), "report-thanks")
    report = moderated.log.seen[-1]
    assert sentence("report-astray").search(report.content), report
    assert report.buttons == ["Delete", "Block…", "Dismiss"]
    server.world.overwrite(moderated.log, server.world.bot, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
    other = await server.result(prompt="another one")
    before = len(server.world.dm(server.guild.owner).seen)
    for _ in range(2):  # it was not stored, so it can be sent again; the owner is told once a day
        says(await moderated.reported(other), "refused-report-unreachable")
        assert moderated.records.reporters(job_of(other)) == 0
    heard = server.world.dm(server.guild.owner).seen[before:]
    assert [sentence("report-owner").fullmatch(message.content) is not None for message in heard] == [True]
    server.world.overwrite(moderated.log, server.world.bot)
    says(await moderated.reported(other), "report-thanks")


async def test_too_many_reports_by_a_member_are_refused(moderated: ModeratedServer) -> None:
    server = moderated.server
    results = [await server.result(prompt=f"number {number}") for number in range(6)]
    for result in results[:5]:
        says(await moderated.reported(result), "report-thanks")
    says(await server.ben.press(results[5], "Report"), "refused-report-flood")
    assert len(moderated.reports.seen) == 5


async def test_report_of_a_picture_deleted_meanwhile_can_still_be_decided(
    moderated: ModeratedServer,
) -> None:
    server = moderated.server
    result = await server.result()
    form = await moderated.mod.press(result, "Report")
    await moderated.reported(result)
    report = moderated.report
    await delete(server.ana, result)  # by its requester
    await moderated.until(report, f"The picture was deleted by <@{server.ana.user.id}>")
    assert files(report) == []
    assert report.buttons == ["Block…", "Dismiss"]
    late = await moderated.mod.fill(form, reason="rude")
    await late.said(timeout=15)
    says(late, "refused-picture-deleted")
    await moderated.mod.press(report, "Dismiss")
    await moderated.until(report, "**Dismissed**")


async def test_a_moderator_who_deletes_by_the_pictures_own_button_ends_its_report(moderated: ModeratedServer) -> None:
    server = moderated.server
    mine = await server.result(prompt="mine")
    deletion = await delete(server.ana, mine)
    await server.world.until(lambda: deletion.source is not None and deletion.source.content == "Deleted.", timeout=15)
    result = await server.result()
    await moderated.reported(result)
    await delete(moderated.mod, result)
    await moderated.until(moderated.report, f"**Deleted** by <@{moderated.mod.user.id}>")
    assert moderated.report.buttons == []
    assert files(moderated.report) == []
    other = await server.result(prompt="unreported")
    await delete(moderated.mod, other)
    await server.world.until(lambda: len(deleted_lines(moderated)) == 2, timeout=15)
    mod = f"<@{moderated.mod.user.id}>"  # deleting one's own picture is not logged
    assert [line.startswith(mod) for line in deleted_lines(moderated)] == [True, True]


def deleted_lines(moderated: ModeratedServer) -> list[str]:
    return [message.content for message in moderated.log.seen if "deleted a picture of" in message.content]


async def test_a_picture_whose_words_are_forgotten_can_be_reported_and_deleted(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result(prompt="a secret shed")
    await moderated.records.until(lambda: moderated.records.money(job_of(result)), timeout=20)
    question = await server.ana.command(server.channel, "mydata delete")
    assert question.message is not None
    await server.ana.press(question.message, "Yes, forget me")
    await server.world.until(lambda: question.message and question.message.content.startswith("Done"), timeout=15)
    says(await moderated.reported(result), "report-thanks")
    assert "secret shed" not in f"{moderated.report.embeds}"
    assert "is forgotten, as promised" in f"{moderated.report.embeds}"
    await moderated.mod.press(moderated.report, "Delete")
    await moderated.until(moderated.report, "**Deleted**")
    assert result.deleted
    assert files(moderated.report) == []


async def test_report_in_direct_messages_is_refused(server: Server) -> None:
    order = await server.order(server.dm)
    result = await server.picture(job_in(order.message))
    assert "Report" not in result.buttons
    says(await server.ana.press(button(result, f"job1:report:{job_of(result)}"), "Odd"), "refused-report-direct")
