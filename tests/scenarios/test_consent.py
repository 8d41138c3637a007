"""Consent: each rule at each way to order. A refusal leaves no row, no upload and no create."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from playground.hooks import Call, Phase
from playground.world.members import Member
from playground.world.messages import upload
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.consent_ways import (
    AGAIN,
    GO_ON,
    MENU,
    REPLY,
    WAYS,
    Way,
    avatar,
    by_way,
    counted,
    fill,
    menu,
    painted,
    refused,
    result,
    role_of_no,
    said,
    shared,
)
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")

MEMBER = "GET /guilds/{guild}/members/{user}"
OWN: Final = {"consent": "own"}


# Each rule, at each way in


@by_way()
async def test_without_a_rule_everybodys_pictures_may_be_used(server: Server, way: Way) -> None:
    await painted(server, await way.ask(server, await way.scene(server), server.ana))


@by_way()
@pytest.mark.proves("consent-every-way-in")
async def test_rule_own_pictures_refuses_other_members_pictures(server: Server, records: BotRecords, way: Way) -> None:
    scene = await way.scene(server)
    await server.rule("Whose pictures", **OWN)
    refusal = await refused(server, records, "refused-consent-own", way, scene, server.ana)
    assert f"<@{server.ben.user.id}>" in refusal.content
    await painted(server, await way.ask(server, scene, server.ben))


@by_way()
@pytest.mark.proves("consent-every-way-in")
async def test_rule_with_role_refuses_only_pictures_of_its_members(
    server: Server, records: BotRecords, way: Way
) -> None:
    scene = await way.scene(server)
    rule = await role_of_no(server)
    await server.rule("Whose pictures", **rule)
    await painted(server, await way.ask(server, scene, server.ana))
    server.world.give(server.ben.user, list(server.guild.roles.values())[-1], server.guild)
    again = await way.scene(server)
    await server.settled()
    refusal = await refused(server, records, "refused-consent-role", way, again, server.ana)
    assert f"<@{server.ben.user.id}>" in refusal.content
    await painted(server, await way.ask(server, again, server.ben))


@by_way()
@pytest.mark.proves("consent-every-way-in")
async def test_members_own_refusal_holds_where_all_pictures_may_be_used(
    server: Server, records: BotRecords, way: Way
) -> None:
    scene = await way.scene(server)
    answer = await server.ben.command(server.channel, "mydata pictures", allow="no")
    assert sentence("mydata-pictures-no").fullmatch((await answer.said()).content)
    assert answer.ephemeral
    refusal = await refused(server, records, "refused-consent-never", way, scene, server.ana)
    assert f"<@{server.ben.user.id}>" in refusal.content
    await painted(server, await way.ask(server, scene, server.ben))
    await server.ben.command(server.channel, "mydata pictures", allow="yes")
    await painted(server, await way.ask(server, scene, server.ana))


async def test_upload_counts_as_own_picture_under_every_rule(server: Server) -> None:
    await server.ana.command(server.channel, "mydata pictures", allow="no")
    for rule in (OWN, await role_of_no(server, server.ana, server.ben)):
        await server.rule("Whose pictures", **rule)
        picture = await server.result()
        answer = await server.ana.fill(await server.ana.press(picture, "Go on"), prompt="in snow")
        await painted(server, answer)
        message = await server.ana.says(
            picture.channel, f"<@{server.world.bot.id}> and a hat", files=(upload("hat.jpg", cat(3)),)
        )
        await painted(server, message)
        mine = await server.ana.says(server.channel, "my cat", files=(upload("cat.jpg", cat()),))
        await painted(server, await menu(server, mine, server.ana))


# Edits, forgetting, direct messages and restarts


@pytest.mark.proves("consent-inherited")
async def test_edit_of_an_edit_still_belongs_to_the_first_pictures_owner(server: Server, records: BotRecords) -> None:
    """Ana edits Ben's cat twice while she may; afterwards the result still counts as Ben's."""
    cats = await shared(server)
    first = await painted(server, await menu(server, cats, server.ana))
    second = await painted(server, await fill("Go on")(server, first, server.ana))
    await server.settled()
    await server.rule("Whose pictures", **OWN)
    for way in (GO_ON, MENU, REPLY, AGAIN):
        await refused(server, records, "refused-consent-own", way, second, server.ana)
    await server.rule("Whose pictures", consent="anyone")
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    for way in (GO_ON, WAYS[-1]):
        await refused(server, records, "refused-consent-never", way, second, server.ana)
    with_files = (message for message in first.channel.seen if message.attachments)
    source = next(message for message in with_files if message.attachments[0].name.startswith("source"))
    await refused(server, records, "refused-consent-never", MENU, source, server.ana)
    compared = await (await server.ana.press(second, "Compare")).said(timeout=15)
    await refused(server, records, "refused-consent-never", MENU, compared, server.ana)


@pytest.mark.proves("consent-inherited")
async def test_forgetting_jobs_does_not_bypass_consent(server: Server, records: BotRecords) -> None:
    """Ana has her orders forgotten, so that nothing says any more what her picture was made from."""
    picture = await painted(server, await menu(server, await shared(server), server.ana))
    job = server.jobs.copy().pop()
    await records.until(lambda: records.money(job) is not None, timeout=20)
    question = await (await server.ana.command(server.channel, "mydata delete")).said()
    await server.ana.press(question, "Yes, forget me")
    await records.until(lambda: records.prompt(job) == "", timeout=20)
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    await refused(server, records, "refused-consent-never", GO_ON, picture, server.ana)
    await refused(server, records, "refused-consent-never", MENU, picture, server.ana)


async def test_refused_consent_holds_in_direct_messages(server: Server, records: BotRecords) -> None:
    order = await server.ana.command(server.dm, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await server.picture(job_in(order.message))
    form = await server.ana.uses(server.ben.user, "Edit this avatar", server.dm)
    assert form.modal is not None
    await server.settled()
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    before = counted(server, records)
    sent = await server.ana.fill(form, prompt="as a fox")  # opened before his refusal
    assert sentence("refused-consent-never").fullmatch((await sent.said()).content)
    assert counted(server, records) == before


async def test_form_opened_before_a_restart_still_knows_the_pictures_owner(server: Server, records: BotRecords) -> None:
    cats = await shared(server)
    picture = await result(server)
    forms = [
        await server.ana.uses(cats, "Edit this picture"),
        await server.ana.uses(server.ben.user, "Edit this avatar", server.channel),
        await server.ana.press(picture, "Go on"),
        await server.ana.press(picture, "Change"),
    ]
    await server.settled()
    await server.stage.kill()
    await server.stage.start()
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    before = counted(server, records)
    for form in forms:
        sent = await server.ana.fill(form, prompt="now at night")
        assert sentence("refused-consent-never").fullmatch((await sent.said()).content), form
    assert counted(server, records) == before


async def test_consent_command_without_a_choice_shows_the_current_one(server: Server) -> None:
    for allow in ("yes", "no"):
        await server.ana.command(server.channel, "mydata pictures", allow=allow)
        answer = await (await server.ana.command(server.channel, "mydata pictures")).said()
        assert sentence(f"mydata-pictures-{allow}").fullmatch(answer.content)
        assert answer.seen_only_by is server.ana.user
    mallory = await (await server.mallory.command(server.channel, "mydata pictures", allow="no")).said()
    assert sentence("mydata-pictures-no").fullmatch(mallory.content)  # their own choice, blocked or not
    await server.mallory.command(server.channel, "mydata pictures", allow="yes")


# Roles that can't be read


@pytest.mark.proves("consent-roles-unread")
async def test_roles_not_read_in_time_are_no_consent(server: Server, records: BotRecords) -> None:
    cats = await shared(server)
    picture = await result(server)
    await server.settled()
    await server.rule("Whose pictures", **await role_of_no(server))
    ended = asyncio.Event()

    async def hang(phase: Phase, call: Call) -> None:
        if (phase, call.route) == ("before", MEMBER):
            await ended.wait()

    server.stage.discord.hooks.append(hang)
    try:
        for way, scene in ((MENU, cats), (AGAIN, picture), (REPLY, picture)):
            await refused(server, records, "refused-consent-unread", way, scene, server.ana)
    finally:
        ended.set()
        server.stage.discord.hooks.remove(hang)
    await painted(server, await menu(server, cats, server.ana))


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_roles_that_can_not_be_read_are_no_consent(server: Server, records: BotRecords, status: int) -> None:
    cats = await shared(server)
    await server.rule("Whose pictures", **await role_of_no(server))
    server.stage.discord.fault(MEMBER, status=status, code=50001 if status == 403 else 0, times=9)
    await refused(server, records, "refused-consent-unread", MENU, cats, server.ana)


async def test_owner_who_left_has_no_roles_but_their_own_choice_holds(server: Server, records: BotRecords) -> None:
    cats = await shared(server)
    await server.rule("Whose pictures", **await role_of_no(server, server.ben))
    await refused(server, records, "refused-consent-role", MENU, cats, server.ana)
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    server.world.leave(server.ben.user, server.guild)
    await refused(server, records, "refused-consent-never", MENU, cats, server.ana)
    server.world.join(server.ben.user, server.guild)
    await server.ben.command(server.channel, "mydata pictures", allow="yes")
    server.world.leave(server.ben.user, server.guild)
    await painted(server, await menu(server, cats, server.ana))


# Credits


@pytest.mark.proves("credit-without-ping")
async def test_author_of_the_used_message_is_credited_without_a_ping(server: Server) -> None:
    cats = await shared(server)
    answer = await menu(server, cats, server.ana)
    picture = await painted(server, answer)
    link = f"https://discord.com/channels/{server.guild.id}/{server.channel.id}/{cats.id}"
    line = f"From a picture by <@{server.ben.user.id}>: {link}"
    assert line in (await said(server, answer)).text
    assert line in picture.content
    assert picture.pinged == [server.ana.user]
    own = await painted(server, await menu(server, cats, server.ben))
    assert "From a picture by" not in own.content


async def test_owner_of_the_used_avatar_is_credited(server: Server) -> None:
    answer = await avatar(server, await shared(server), server.ana)
    picture = await painted(server, answer)
    line = f"From the avatar of <@{server.ben.user.id}>"
    assert line in (await said(server, answer)).text
    assert line in picture.content
    assert picture.pinged == [server.ana.user]


# The rule itself


async def test_the_panel_shows_the_rule_and_its_role(server: Server) -> None:
    sent = await server.rule("Whose pictures", **await role_of_no(server))
    panel = sent.source
    role = list(server.guild.roles)[-1]
    assert panel is not None
    await server.world.until(lambda: f"Role of those who say no: **<@&{role}>**" in str(panel.embeds))
    assert "Whose pictures may be changed: **of all without the role below**" in str(panel.embeds)


async def test_a_choice_that_the_form_did_not_offer_changes_nothing(server: Server, records: BotRecords) -> None:
    await server.rule("Whose pictures", **OWN)
    boss = Member(server.world, server.guild.owner)
    for section, field, forged in (("Whose pictures", "consent", "nobody_asked"), ("How", "language", "../en")):
        panel = await (await boss.command(server.channel, "server")).said()
        form = await boss.select(panel, section)
        assert form.modal is not None
        for part in (row["component"] for row in form.modal["components"]):
            if part["custom_id"] == field:
                part["options"].append({"label": forged, "value": forged})
        answer = await boss.fill(form, **{field: forged})
        assert sentence("refused-rule-choice").fullmatch((await answer.said()).content)
    half = await server.rule("Whose pictures", consent="of all without the role below")
    assert sentence("refused-rule-consent-role").fullmatch((await half.said()).content)
    await refused(server, records, "refused-consent-own", MENU, await shared(server), server.ana)
