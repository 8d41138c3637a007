"""/server: a manager changes rules in forms, they hold at once, and invalid ones change nothing."""

from __future__ import annotations

import pytest

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.places import ChannelType, Message
from playground.world.typed_command import CannotDo
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def owner(server: Server) -> Member:
    return Member(server.world, server.guild.owner)


async def panel(server: Server, member: Member | None = None) -> Message:
    return await (await (member or owner(server)).command(server.channel, "server")).said()


async def changed(server: Server, section: str, **fields: object) -> Interaction:
    """Let the owner open a section on a fresh panel and send its form."""
    boss = owner(server)
    message = await panel(server)
    form = await boss.select(message, section)
    return await boss.fill(form, **fields)


def models_in(form: Interaction) -> list[str]:
    """Return the models that an open form offers."""
    assert form.modal is not None
    fields = [part["component"] for part in form.modal["components"]]
    return [option["value"] for field in fields if field["custom_id"] == "model" for option in field["options"]]


def lines(message: Message) -> str:
    return "\n".join(field["value"] for field in message.embeds[0].get("fields", []))


async def test_panel_changes_a_rule_and_shows_who_changed_it(server: Server) -> None:
    boss = owner(server)
    message = await panel(server)
    assert message.seen_only_by is boss.user
    assert "Pictures in 24 hours" not in lines(message)
    assert "Nothing is limited so far" in message.text
    form = await boss.select(message, "Quota of each member")
    assert form.modal is not None
    await boss.fill(form, member_day="1", member_money_day="2.50")
    await server.world.until(lambda: "Pictures in 24 hours: **1**" in lines(message), timeout=10)
    assert "Dollars in 24 hours: **$2.50**" in lines(message)
    assert f"<@{boss.user.id}> changed “Pictures in 24 hours” from no limit to 1" in lines(message)
    await server.picture(job_in((await server.order()).message))
    refused = await server.order()
    assert refused.ephemeral
    reply = await refused.said()
    assert reply.content.startswith("You can have one picture here in any 24 hours, and none is left. More is free <t:")
    again = await boss.select(message, "Quota of each member")
    assert again.modal is not None  # a form with the stored values
    await boss.fill(again, member_day="", member_money_day="")
    await server.world.until(lambda: "Pictures in 24 hours: **" not in lines(message), timeout=10)
    await server.picture(job_in((await server.order()).message))


async def test_chosen_channels_roles_models_and_words_take_effect(server: Server) -> None:
    lounge = server.world.add_channel(server.guild, "lounge")
    painters = server.world.add_role(server.guild, "Painters")
    await changed(server, "Where", channels=[str(lounge.id)])
    refused = await (await server.order()).said()
    assert refused.content == f"Pictures are not made in this channel. Please order in one of these: <#{lounge.id}>."
    await changed(server, "Who", roles=[str(painters.id)])
    assert sentence("refused-rule-role").fullmatch((await (await server.order(lounge)).said()).content)
    server.world.give(server.ana.user, painters, server.guild)
    await changed(server, "Blocked words", words="Gun\nbig knife")
    refused = await (await server.order(lounge, "a ＧÜN, please")).said()
    assert "pictures of “Gun”" in refused.content
    await changed(server, "What", count="1", models=["gpt-image-2"])
    order = await server.order(lounge, "a poster")  # with the only allowed model
    result = await server.picture(job_in(order.message))
    assert models_in(await server.ana.press(result, "Change")) == ["gpt-image-2"]
    assert order.message is not None
    assert "GPT" in order.message.text
    refused = await (await server.order(lounge, model="gemini-3-pro-image-preview")).said()
    assert sentence("refused-rule-model").fullmatch(refused.content)
    offered = await server.ana.autocomplete(lounge, "edit", "model", "", image=upload("cat.jpg", cat()))
    assert [choice["value"] for choice in offered] == ["gpt-image-2"]
    assert lounge.threads


async def test_blocked_words_match_variants_and_the_form_explains_how(server: Server) -> None:
    form = await owner(server).select(await panel(server), "Blocked words")
    assert form.modal is not None
    assert "plurals" in str(form.modal["components"])
    assert "word*" in str(form.modal["components"])
    await changed(server, "Blocked words", words="nude\nweapon*")
    for prompt in ("two nudes", "a n\u200dud\u0435", "n.u.d.3", "WEAPONRY", "weap0ns"):
        assert sentence("refused-rule-word").fullmatch((await (await server.order(prompt=prompt)).said()).content)
    order = await server.order(prompt="a nuance of denuded hills")
    assert await server.picture(job_in(order.message))


async def test_invalid_rules_change_nothing(server: Server) -> None:
    before = lines(await panel(server))
    for section, key, fields in (
        ("Quota of each member", "refused-rule-number", {"member_hour": "3", "member_day": "lots"}),
        ("Quota of the whole server", "refused-rule-money", {"server_day": "3", "server_money_day": "-5"}),
        ("What", "refused-rule-ratio", {"default_ratio": "wide"}),
    ):
        refused = await (await changed(server, section, **fields)).said()
        assert sentence(key).fullmatch(refused.content), key
    assert lines(await panel(server)) == before


async def test_only_a_manager_sees_the_panel_and_a_former_changes_nothing(server: Server) -> None:
    with pytest.raises(CannotDo):
        await panel(server, server.ana)
    managers = server.world.add_role(server.guild, "Managers", Permission.MANAGE_GUILD | Permission.VIEW_CHANNEL)
    server.world.give(server.ben.user, managers, server.guild)
    message = await panel(server, server.ben)
    form = await server.ben.select(message, "Pace")
    server.world.set_permissions(server.guild, managers, 0)
    refused = await (await server.ben.fill(form, cooldown="60")).said()
    assert sentence("refused-not-manager").fullmatch(refused.content)
    refused = await (await server.ben.select(message, "Pace")).said()
    assert sentence("refused-not-manager").fullmatch(refused.content)
    assert "Seconds between two orders" not in lines(await panel(server))


async def test_changes_are_posted_in_the_log_channel_or_it_is_named(server: Server) -> None:
    log = server.world.add_channel(server.guild, "log")
    await changed(server, "Log", log_channel=[str(log.id)])
    await changed(server, "Pace", cooldown="5")
    await server.world.until(lambda: len(log.seen) == 2, timeout=10)
    assert "changed “Seconds between two orders of a member” from no limit to 5" in log.seen[1].content
    server.world.overwrite(log, server.world.bot, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
    answer = await changed(server, "Pace", cooldown="")
    hint = sentence("refused-log-channel")
    await server.world.until(
        lambda: any(hint.fullmatch(message.content) for message in owner(server).sees(server.channel)), timeout=10
    )
    assert not answer.failed
    assert len(log.seen) == 2


async def test_an_age_restricted_place_and_a_restart_between_panel_and_form(server: Server) -> None:
    boss = owner(server)
    message = await panel(server)
    await server.stage.kill()
    await server.stage.start()
    form = await boss.select(message, "Where")
    await server.stage.kill()
    await server.stage.start()
    await boss.fill(form, age_restricted_only=["yes"])
    refused = await (await server.order()).said()
    assert sentence("refused-rule-age-restricted").fullmatch(refused.content)
    adults = server.world.add_channel(server.guild, "adults", ChannelType.TEXT, nsfw=True)
    await server.picture(job_in((await server.order(adults)).message))
