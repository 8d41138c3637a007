"""Moderation: reports and their decisions, blocked members, and pictures that are deleted everywhere."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from playground.stage import Stage
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.places import Channel, Message
from playground.world.typed_command import CannotDo
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.button_table import delete, one_press, says, with_form
from tests.scenarios.support.entry_table import ATTACHMENT, MENTION, REPLY, Place, Way, answer_to
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import DELETION, DOWNLOAD, MESSAGE, Server, job_in, once
from tests.scenarios.support.wording import sentence
from tests.scenarios.test_button_ids import button
from tests.scenarios.test_server_panel import changed, owner

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Court:
    """A server with channels for reports and for the log, and a moderator with no other permission."""

    server: Server
    records: BotRecords
    reports: Channel
    log: Channel
    mod: Member

    @property
    def report(self) -> Message:
        (card,) = [message for message in self.reports.seen if message.content.startswith("A picture was reported")]
        return card

    async def reported(self, message: Message, by: Member | None = None, reason: str = "It is *rude*") -> Interaction:
        """Let a member report a picture."""
        form = await (by or self.server.ben).press(message, "Report")
        if form.modal is None:
            return form
        answer = await (by or self.server.ben).fill(form, reason=reason)
        await answer.said(timeout=15)
        return answer

    async def restart(self) -> None:
        await self.server.stage.kill()
        await self.server.stage.start()

    def counted(self) -> tuple[int, int, int, int]:
        """Count the rows, charges, creates and uploads so far."""
        painter = self.server.painter
        creates = [call for call in painter.requests if call.route == "POST /v1/images/generations"]
        return self.records.jobs(), len(painter.ledger), len(creates), len(painter.uploads)

    async def until(self, message: Message, words: str) -> None:
        await self.server.world.until(lambda: words in f"{message.embeds}", timeout=15)

    async def logged(self, words: str) -> None:
        await self.server.world.until(lambda: any(words in message.content for message in self.log.seen), timeout=15)


@pytest.fixture
def records(shared_stage: Stage) -> Iterator[BotRecords]:
    opened = BotRecords(shared_stage.settings["DATABASE_URL"])
    yield opened
    opened.close()


def moderator(server: Server, name: str = "Chiyo", bits: int = 0) -> Member:
    member = Member(server.world, server.world.add_user(name))
    server.world.join(member.user, server.guild)
    may = Permission.MANAGE_MESSAGES | Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS | bits
    server.world.give(member.user, server.world.add_role(server.guild, name, int(may)), server.guild)
    return member


@pytest_asyncio.fixture(loop_scope="module")
async def court(server: Server, records: BotRecords) -> AsyncIterator[Court]:
    place, log = (server.world.add_channel(server.guild, name) for name in ("reports", "log"))
    mod = moderator(server)
    await changed(server, "Log", reports_channel=[str(place.id)], log_channel=[str(log.id)])
    yield Court(server, records, place, log, mod)


def files(message: Message) -> list[str]:
    return [file.name for file in message.attachments]


def job_of(result: Message) -> str:
    return result.attachments[0].name.removeprefix("retouch-")[:16]


# Reports


async def test_report_card_has_all_a_moderator_needs_and_collects_further_reports(court: Court) -> None:
    server = court.server
    result = await server.result(prompt="as a *bold* poster")
    thanks = await court.reported(result)
    says(thanks, "report-thanks")
    report = court.report
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
    assert copy.description == "The reported picture"
    assert copy.data == result.attachments[0].data
    assert report.pinged == []
    assert report.buttons == ["Delete", "Block…", "Dismiss"]
    says(await court.reported(result), "refused-report-twice")
    await court.reported(result, court.mod, reason="")
    await court.until(report, f"<@{court.mod.user.id}>")
    assert len(court.reports.seen) == 1
    assert files(report) == [copy.name]


async def test_picture_deleted_while_its_delivery_is_repeated_stays_deleted(court: Court) -> None:
    server = court.server
    toapis_hooks = court.server.painter.hooks
    hooks = court.server.stage.discord.hooks
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
    question = await court.mod.press(result, "Delete")
    assert question.message is not None
    await court.mod.press(question.message, "Yes, delete it")
    await deleted.wait()
    fetch.set()
    await asyncio.sleep(1)  # so that whatever would come again has come
    go_on.set()
    await server.settled()
    assert result.deleted
    assert len(server.pictures) == 1


@pytest.mark.proves("report-never-lost")
async def test_a_report_is_deleted_after_a_restart_between_all_its_steps(court: Court) -> None:
    server = court.server
    result = await server.result()
    form = await server.ben.press(result, "Report")
    await court.restart()  # before the delivery is stored, or after
    answer = await server.ben.fill(form, reason="")
    await answer.said(timeout=15)
    says(answer, "report-thanks")
    report = court.report
    await court.restart()
    await court.mod.press(report, "Delete")
    await court.until(report, f"**Deleted** by <@{court.mod.user.id}>")
    assert result.deleted
    assert files(report) == []
    assert report.buttons == []
    await court.logged(f"<@{court.mod.user.id}> deleted a picture of <@{server.ana.user.id}>")
    by = f"Deleted by <@{court.mod.user.id}>"
    await server.world.until(lambda: by in "".join(message.text for message in server.channel.seen), timeout=15)
    await server.settled()
    assert by in "".join(message.text for message in server.channel.seen)
    assert len(server.pictures) == 1  # it did not come back


async def test_a_report_is_dismissed_and_the_picture_stays(court: Court) -> None:
    server = court.server
    result = await server.result()
    await court.reported(result)
    report = court.report
    await court.restart()
    await court.mod.press(report, "Dismiss")
    await court.until(report, f"**Dismissed** by <@{court.mod.user.id}>")
    assert report.buttons == []
    assert not result.deleted
    assert len(files(report)) == 1
    says(await court.reported(result, court.mod), "refused-report-decided")
    await court.logged("dismissed the reports of a picture of")
    says(await court.mod.press(button(report, f"report1:delete:{job_of(result)}"), "Odd"), "refused-report-decided")
    assert not result.deleted


async def test_block_from_a_report_with_reason_and_days_survives_a_restart(court: Court) -> None:
    server = court.server
    result = await server.result()
    await court.reported(result)
    report = court.report
    form = await court.mod.press(report, "Block…")
    await court.restart()
    says(await court.mod.fill(form, reason="*rude*", days="0"), "refused-block-days")
    says(await court.mod.fill(form, reason="\u200b", days=""), "refused-block-reason")
    await court.mod.fill(form, reason="*rude*", days="3")
    await court.until(report, f"**<@{court.mod.user.id}> blocked** who made it")
    assert report.buttons == []
    assert not result.deleted
    before = court.counted()
    said = await (await server.order()).said()
    assert sentence("refused-blocked-here-until").fullmatch(said.content), said
    assert r"“\*rude\*”" in said.content
    assert court.counted() == before
    await court.logged(f"blocked <@{server.ana.user.id}> until <t:")
    says(await court.mod.fill(form, reason="again", days=""), "refused-report-decided")


@pytest.mark.proves("moderator-each-time")
async def test_only_a_current_moderator_of_that_server_decides_on_a_report(court: Court) -> None:
    server = court.server
    result = await server.result()
    await court.reported(result)
    report = court.report
    text = f"{report.embeds}"
    for label in ("Delete", "Block…", "Dismiss"):
        says(await server.ben.press(report, label), "refused-not-moderator")
    form = await court.mod.press(report, "Block…")
    assert form.modal is not None
    role = next(role for role in server.guild.roles.values() if role.name == "Chiyo")
    server.world.set_permissions(server.guild, role, 0)
    says(await court.mod.fill(form, reason="rude"), "refused-not-moderator")
    says(await court.mod.press(report, "Delete"), "refused-not-moderator")
    elsewhere = Server(server.stage)  # another server, whose owner forges the button
    foreign = await elsewhere.result()
    forged = button(foreign, f"report1:delete:{job_of(result)}")
    says(await owner(elsewhere).press(forged, "Odd"), "refused-report-gone")
    forged.components = forged.components[:-1]
    says(await owner(elsewhere).press(button(foreign, f"job1:report:{job_of(result)}"), "Odd"), "refused-job-gone")
    assert (result.deleted, f"{report.embeds}", len(files(report))) == (False, text, 1)
    assert f"blocked <@{server.ana.user.id}>" not in f"{[message.content for message in court.log.seen]}"
    says(await server.mallory.press(result, "Report"), "refused-blocked")


async def test_reports_go_to_the_log_channel_or_reporters_to_the_managers(server: Server, records: BotRecords) -> None:
    result = await server.result()
    says(await server.ben.press(result, "Report"), "refused-report-nowhere")
    log = server.world.add_channel(server.guild, "log")
    await changed(server, "Log", log_channel=[str(log.id)])
    court = Court(server, records, log, log, owner(server))
    says(await court.reported(result), "report-thanks")
    report = log.seen[-1]
    assert files(report)[0].startswith("SPOILER_")
    assert "another one" not in report.content


@pytest.mark.proves("report-never-lost")
async def test_deleted_report_channel_loses_no_report_and_managers_are_told(court: Court) -> None:
    server = court.server
    result = await server.result()
    server.world.remove_channel(court.reports)
    says(await court.reported(result), "report-thanks")
    report = court.log.seen[-1]
    assert sentence("report-astray").search(report.content), report
    assert report.buttons == ["Delete", "Block…", "Dismiss"]
    server.world.overwrite(court.log, server.world.bot, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
    other = await server.result(prompt="another one")
    before = len(server.world.dm(server.guild.owner).seen)
    for _ in range(2):  # it was not stored, so it can be sent again; the owner is told once a day
        says(await court.reported(other), "refused-report-unreachable")
        assert court.records.reporters(job_of(other)) == 0
    heard = server.world.dm(server.guild.owner).seen[before:]
    assert [sentence("report-owner").fullmatch(message.content) is not None for message in heard] == [True]
    server.world.overwrite(court.log, server.world.bot)
    says(await court.reported(other), "report-thanks")


async def test_too_many_reports_by_a_member_are_refused(court: Court) -> None:
    server = court.server
    results = [await server.result(prompt=f"number {number}") for number in range(6)]
    for result in results[:5]:
        says(await court.reported(result), "report-thanks")
    says(await server.ben.press(results[5], "Report"), "refused-report-flood")
    assert len(court.reports.seen) == 5


async def test_report_of_a_picture_deleted_meanwhile_can_still_be_decided(
    court: Court,
) -> None:
    server = court.server
    result = await server.result()
    form = await court.mod.press(result, "Report")
    await court.reported(result)
    report = court.report
    await delete(server.ana, result)  # by its requester
    await court.until(report, f"The picture was deleted by <@{server.ana.user.id}>")
    assert files(report) == []
    assert report.buttons == ["Block…", "Dismiss"]
    late = await court.mod.fill(form, reason="rude")
    await late.said(timeout=15)
    says(late, "refused-picture-deleted")
    await court.mod.press(report, "Dismiss")
    await court.until(report, "**Dismissed**")


async def test_a_moderator_who_deletes_by_the_pictures_own_button_ends_its_report(court: Court) -> None:
    server = court.server
    mine = await server.result(prompt="mine")
    deletion = await delete(server.ana, mine)
    await server.world.until(lambda: deletion.source is not None and deletion.source.content == "Deleted.", timeout=15)
    result = await server.result()
    await court.reported(result)
    await delete(court.mod, result)
    await court.until(court.report, f"**Deleted** by <@{court.mod.user.id}>")
    assert court.report.buttons == []
    assert files(court.report) == []
    other = await server.result(prompt="unreported")
    await delete(court.mod, other)
    await server.world.until(lambda: len(deleted_lines(court)) == 2, timeout=15)
    mod = f"<@{court.mod.user.id}>"  # deleting one's own picture is not logged
    assert [line.startswith(mod) for line in deleted_lines(court)] == [True, True]


def deleted_lines(court: Court) -> list[str]:
    return [message.content for message in court.log.seen if "deleted a picture of" in message.content]


async def test_a_picture_whose_words_are_forgotten_can_be_reported_and_deleted(court: Court) -> None:
    server = court.server
    result = await server.result(prompt="a secret shed")
    await court.records.until(lambda: court.records.money(job_of(result)), timeout=20)
    question = await server.ana.command(server.channel, "mydata delete")
    assert question.message is not None
    await server.ana.press(question.message, "Yes, forget me")
    await server.world.until(lambda: question.message and question.message.content.startswith("Done"), timeout=15)
    says(await court.reported(result), "report-thanks")
    assert "secret shed" not in f"{court.report.embeds}"
    assert "is forgotten, as promised" in f"{court.report.embeds}"
    await court.mod.press(court.report, "Delete")
    await court.until(court.report, "**Deleted**")
    assert result.deleted
    assert files(court.report) == []


async def test_report_in_direct_messages_is_refused(server: Server) -> None:
    order = await server.order(server.dm)
    result = await server.picture(job_in(order.message))
    assert "Report" not in result.buttons
    says(await server.ana.press(button(result, f"job1:report:{job_of(result)}"), "Odd"), "refused-report-direct")


# Blocked members

WAYS = {
    "command": Way("/edit", lambda place, member: place.server.order(place.channel, by=member), sources=1),
    "menu": ATTACHMENT,
    "reply": REPLY,
    "mention": MENTION,
}


async def _pressed(place: Place, member: Member, label: str) -> Interaction:
    use = with_form(label, "in the snow") if label in ("Go on", "Change") else one_press(label)
    return await use(member, place.message)


@pytest.mark.parametrize("way", [*WAYS, "Go on", "Change", "Again", "Sharper"])
@pytest.mark.proves("blocked-member")
async def test_blocked_member_orders_and_pays_nothing_by_every_way(court: Court, way: str) -> None:
    server = court.server
    place = await WAYS.get(way, REPLY).prepare(server)
    await blocks(court, "add", member=server.ben, reason="rude <@1>")
    before = court.counted()
    if way in WAYS:
        request = await WAYS[way].go(place, server.ben)
    else:
        request = await _pressed(place, server.ben, way)
    said = await answer_to(place, request)
    assert sentence("refused-blocked-here").fullmatch(said.content), said
    assert r"“rude \<\@1\>”" in said.content
    assert said.pinged == []
    assert court.counted() == before
    await blocks(court, "remove", member=server.ben)
    request = await WAYS[way].go(place, server.ben) if way in WAYS else await _pressed(place, server.ben, way)
    card = await answer_to(place, request)
    await server.picture(job_in(card))


async def blocks(court: Court, verb: str, by: Member | None = None, **options: object) -> str:
    interaction = await (by or court.mod).command(court.server.channel, f"block {verb}", **options)
    said = await interaction.said()
    assert said.ephemeral
    return said.content


async def test_blocks_are_listed_announced_and_ended_and_allow_deleting_own_pictures(court: Court) -> None:
    server = court.server
    result = await server.result()
    assert await blocks(court, "list") == "Nobody is blocked here."
    said = await blocks(court, "add", member=server.ana, reason="too *many*", days=2)
    assert sentence("blocked-for").fullmatch(said), said
    await court.logged(f"blocked <@{server.ana.user.id}> until")
    assert sentence("blocked-for-ever").fullmatch(await blocks(court, "add", member=server.ben, reason="spam"))
    listed = await blocks(court, "list")
    assert f"- <@{server.ben.user.id}> for ever, by <@{court.mod.user.id}>: spam" in listed
    assert r"too \*many\*" in listed
    await delete(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=15)
    assert sentence("unblocked").fullmatch(await blocks(court, "remove", member=server.ana))
    assert sentence("refused-not-blocked").fullmatch(await blocks(court, "remove", member=server.ana))
    assert f"<@{server.ana.user.id}>" not in await blocks(court, "list")
    with pytest.raises(CannotDo):
        await blocks(court, "list", by=server.ben)
    elsewhere = Server(server.stage)
    elsewhere.world.join(server.ben.user, elsewhere.guild)
    order = await elsewhere.order(by=server.ben)  # blocked in the other server only
    await elsewhere.picture(job_in(order.message))


@pytest.mark.proves("block-survives-deletion")
async def test_block_survives_deletion_of_the_members_data(court: Court) -> None:
    server = court.server
    await blocks(court, "add", member=server.ana, reason="rude")
    question = await server.ana.command(server.channel, "mydata delete")
    assert question.message is not None
    await server.ana.press(question.message, "Yes, forget me")
    await server.world.until(lambda: "Done" in str(question.message and question.message.content), timeout=15)
    assert sentence("refused-blocked-here").fullmatch((await (await server.order()).said()).content)


# Deleted everywhere


@pytest.mark.proves("picture-deleted-everywhere")
async def test_deleted_picture_disappears_from_later_threads_copies_and_comparisons(court: Court) -> None:
    """It is edited together with another picture, that copy is edited again, and so is the moderators' copy."""
    server = court.server
    result = await server.result()
    await court.reported(result)
    collages = [await (await server.ben.press(result, "Compare")).said(timeout=15)]
    form = await server.ben.press(result, "Go on")
    menu = await server.ben.uses(result, "Edit this picture")
    answer = await server.ben.fill(form, prompt="with a hat", uploads=upload("hat.jpg", cat(9)))
    second = await server.picture(job_in(answer.message))
    collages.append(await (await server.ben.press(second, "Steps")).said(timeout=15))
    collages.append(await (await server.ben.press(second, "Compare")).said(timeout=15))
    both = archive(second)
    copied = await server.ben.uses(both, "Edit this picture")
    answer = await server.ben.fill(copied, prompt="in fog", uploads=upload("owl.jpg", cat(3)))
    third = await server.picture(job_in(answer.message))
    again = archive(third)
    form = await owner(server).uses(court.report, "Edit this picture")
    answer = await owner(server).fill(form, prompt="as a stamp", uploads=upload("owl.jpg", cat(3)))
    fourth = await server.picture(job_in(answer.message))
    assert fourth.channel.parent is court.reports
    copies = [both, again, archive(fourth)]
    assert [len(files(copy)) for copy in copies] == [2, 2, 2]
    untouched = await server.result(prompt="another")
    await server.settled()
    conversation.change_thread(server.world, fourth.channel, by="Discord", archived=True)
    await court.mod.press(court.report, "Delete")
    await court.until(court.report, "**Deleted**")
    assert result.deleted
    assert files(court.report) == []
    assert [collage.deleted for collage in collages] == [True, True, True]
    later_results = [second, third, fourth]
    names = [f"source-{job_of(later)}-2" for later in later_results]
    assert [files(copy)[0].split(".")[0] for copy in copies] == names
    remaining = [*copies, *later_results, untouched, archive(untouched)]
    assert [len(files(message)) for message in remaining] == [1] * 8
    assert "Painted in" in both.text
    # Pictures made from it stay, but no further one is made.
    before = court.counted()
    strip = await (await server.ben.press(second, "Steps")).said(timeout=15)
    assert strip.content.splitlines()[:2] == ["**1** the original", "**2** as a poster (deleted since)"]
    assert len(files(strip)) == 1
    says(await server.ben.press(second, "Again"), "refused-picture-deleted")
    says(await with_form("Change", "in rain")(server.ben, second), "refused-picture-deleted")
    says(await server.ben.fill(menu, prompt="with a scarf"), "refused-picture-deleted")
    assert court.counted() == before


def archive(result: Message) -> Message:
    """Return the message with the sources of a picture."""
    prefix = f"source-{job_of(result)}"
    messages = result.channel.seen
    return next(message for message in messages if files(message)[:1] and files(message)[0].startswith(prefix))


async def test_deleted_step_is_shown_as_a_labelled_gap(court: Court) -> None:
    server = court.server
    first = await server.result()
    answer = await with_form("Go on", "now at night")(server.ana, first)
    second = await server.picture(job_in(answer.message))
    await delete(server.ana, first)
    await server.world.until(lambda: first.deleted, timeout=15)
    strip = await (await server.ana.press(second, "Steps")).said(timeout=15)
    assert strip.content.splitlines() == [
        "**1** the original",
        "**2** as a poster (deleted since)",
        "**3** now at night",
    ]


async def test_a_thread_whose_only_picture_was_deleted_is_not_gone_on_from(court: Court) -> None:
    server = court.server
    result = await server.result()
    form = await server.ana.press(result, "Go on")
    components = list(result.components)
    await delete(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=15)
    before = court.counted()
    says(await server.ana.fill(form, prompt="now at night"), "refused-picture-deleted")
    source = next(message for message in server.thread.seen if message.attachments)
    source.components = components  # as in an app that has not received the deletion yet
    for label in ("Go on", "Compare", "Report"):
        says(await server.ana.press(source, label), "refused-picture-deleted")
    mention = await server.ana.says(server.thread, f"<@{server.world.bot.id}> now at night")
    said = await answer_to(Place(server, server.thread), mention)
    assert sentence("refused-picture-deleted").fullmatch(said.content), said
    assert court.counted() == before


async def test_copy_in_a_locked_thread_is_reported_to_the_moderator(court: Court) -> None:
    """The moderators edited their own copy, and locked the thread."""
    server = court.server
    result = await server.result()
    await court.reported(result)
    form = await owner(server).uses(court.report, "Edit this picture")
    answer = await owner(server).fill(form, prompt="as a stamp", uploads=upload("owl.jpg", cat(3)))
    second = await server.picture(job_in(answer.message))
    conversation.change_thread(server.world, second.channel, by="Mod", locked=True, archived=True)
    deletion = await delete(court.mod, result)
    await server.world.until(
        lambda: "could not be changed" in str(deletion.source and deletion.source.content), timeout=15
    )
    assert deletion.source is not None
    assert deletion.source.content.startswith("Deleted.\nOne message with a copy of it could not be changed")
    assert result.deleted
    assert len(files(archive(second))) == 2


# The audit


async def test_audit_lists_all_actions_and_exports_them_without_spreadsheet_formulas(court: Court) -> None:
    server = court.server
    result = await server.result()
    await court.reported(result)
    await court.mod.press(court.report, "Dismiss")
    await court.until(court.report, "**Dismissed**")
    await blocks(court, "add", member=server.ben, reason='=HYPERLINK("http://evil")', days=1)
    await blocks(court, "remove", member=server.ben)
    await delete(court.mod, result)
    await court.logged("deleted a picture of")
    await changed(server, "Pace", cooldown="5")
    with pytest.raises(CannotDo):
        await court.mod.command(server.channel, "audit")
    said = await (await owner(server).command(server.channel, "audit")).said(timeout=15)
    assert said.ephemeral
    lines = said.content.splitlines()[1:]
    assert "changed “Seconds between two orders of a member” from no limit to 5" in lines[0]
    mod = f"<@{court.mod.user.id}>"
    ana, ben = (f"<@{member.user.id}>" for member in (server.ana, server.ben))
    assert [line.split(" <t:")[0] for line in lines[1:5]] == [
        f"- {mod} deleted a picture of {ana}",
        f"- {mod} lifted the block of {ben}",
        f"- {mod} blocked {ben} until",
        f"- {mod} dismissed the reports of a picture of {ana}",
    ]
    (file,) = said.attachments
    rows = list(csv.DictReader(io.StringIO(file.data.decode())))
    assert [row["action"] for row in rows][:5] == [
        "rule-changed", "picture-deleted", "member-unblocked", "member-blocked", "report-dismissed"
    ]  # fmt: skip
    assert rows[3]["reason"] == '\'=HYPERLINK("http://evil")'
    assert (rows[0]["rule"], rows[0]["old"], rows[0]["new"]) == ("cooldown", "0", "5")
    assert rows[4]["member_id"] == str(server.ana.user.id)
    assert rows[4]["link"].endswith(f"/{result.channel.id}/{result.id}")
    assert {row["rule"] for row in rows[5:]} == {"log_channel", "reports_channel"}
