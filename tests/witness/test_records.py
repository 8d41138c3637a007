"""What members and managers look up and set, in a Discord by other authors."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.support.server import CREATE
from tests.witness.place import CAT, Place, answer, job_of, painted, whispered, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_history_shows_my_pictures_to_me_alone(place: Place) -> None:
    result = await place.result(prompt="a blue door")
    await place.result(by=place.ben, prompt="a red door")
    own = await place.ana.slash(place.channel, "history", what="mine")
    assert "a blue door" in whispered(own)
    assert "a red door" not in whispered(own)
    assert str(result.id) in whispered(own) + str(answer(own).components)
    everybody = await place.ana.slash(place.channel, "history", what="here")
    assert "a red door" in whispered(everybody)


async def test_an_export_is_one_file_for_its_member_alone(place: Place) -> None:
    result = await place.result(prompt="a blue door")
    await place.result(by=place.ben, prompt="a red door")
    for answered in (
        await place.ana.slash(place.channel, "mydata export"),
        await place.ana.user.slash("mydata export"),
    ):
        assert "all that I keep about you" in whispered(answered)
        (file,) = [
            file for message in (answered.response, *answered.followups) if message for file in message.attachments
        ]
        export = (await file.read()).decode()
        assert [job["id"] for job in json.loads(export)["jobs"]] == [job_of(result)]
        assert "a red door" not in export


async def test_forgotten_data_is_in_no_further_export(place: Place) -> None:
    order = await place.order(prompt="a blue door")
    await place.picture(job_of(order))
    await place.done(order)
    await place.settled(job_of(order))
    question = await place.ana.slash(place.channel, "mydata delete")
    assert "Shall I forget what I keep about you?" in whispered(question)
    await place.ana.click(answer(question), label="Yes, forget me")
    answered = await place.ana.slash(place.channel, "mydata export")
    (file,) = [file for message in (answered.response, *answered.followups) if message for file in message.attachments]
    assert "a blue door" not in (await file.read()).decode()


async def test_member_who_refuses_consent_protects_their_pictures(place: Place) -> None:
    await place.ben.slash(place.channel, "mydata pictures", allow="no")
    message = await place.ben.send(place.channel, "my cat", attachments=[CAT])
    refused = await place.ana.context_menu(place.channel, "Edit this picture", message)
    assert "doesn’t want their pictures changed by others" in whispered(refused)
    own = await place.ben.context_menu(place.channel, "Edit this picture", message)
    assert own.modal is not None
    await place.ben.slash(place.channel, "mydata pictures", allow="yes")


async def test_the_panel_keeps_a_rule_and_shows_who_set_it(place: Place) -> None:
    await place.rule("words", words="gun")
    panel = await place.boss.slash(place.channel, "server")
    assert place.boss.mention in whispered(panel)
    refused = await place.order(prompt="a gun")
    assert "This server doesn’t want pictures of “gun”" in whispered(refused)
    await place.result(prompt="a flower")


async def test_covered_pictures_are_covered(place: Place) -> None:
    await place.rule("how", spoiler=["yes"])
    result = await place.result()
    assert all(file.is_spoiler() for file in result.attachments)


async def test_pictures_come_into_the_channel_where_the_server_wants_that(place: Place) -> None:
    await place.rule("how", delivery=["channel"])
    order = await place.order()
    result = await place.picture(job_of(order))
    assert result.channel.id == place.channel.id
    assert place.channel.threads == []
    assert result.reference is not None
    assert result.reference.message_id == answer(order).id


async def test_only_listed_channels_take_orders(place: Place) -> None:
    studio = place.guild.create_text_channel("studio")
    await place.rule("where", channels=[studio])
    refused = await place.order()
    assert f"Please order in one of these: <#{studio.id}>" in whispered(refused)
    assert painted(await place.result(channel=studio))


async def test_only_members_with_a_listed_role_order(place: Place) -> None:
    painters = place.guild.create_role("Painters")
    await place.rule("who", roles=[painters])
    refused = await place.order()
    assert "only members with one of these roles" in whispered(refused)
    assert f"<@&{painters.id}>" in whispered(refused)
    artist = place.guild.add_member(place.env.create_user("artist"), roles=[painters])
    assert painted(await place.result(by=artist))


async def test_a_manager_sees_the_servers_sums_and_a_member_does_not(place: Place) -> None:
    result = await place.result()
    await place.stage.until(lambda: place.charges(job_of(result)), "the charge")
    usage = await place.boss.slash(place.channel, "usage", what="server", period=1)
    assert "$0.04" in whispered(usage)
    refused = await place.ana.slash(place.channel, "usage", what="server", period=1)
    assert "may manage it" in whispered(refused)


async def test_a_servers_own_style_turns_a_prompt_into_a_longer_one(place: Place) -> None:
    await place.boss.slash(
        place.channel, "style add", name="Our linocut", words="a woodcut of {prompt}, in two colours"
    )
    offered = await place.ana.autocomplete(place.channel, "edit", "style", "linocut", prompt="a cat", image=CAT)
    (choice,) = [choice for choice in offered if choice["name"] == "Our linocut"]
    await place.result(prompt="a cat", style=choice["value"])
    create = [call for call in place.painter.requests if call.route == CREATE][-1]
    assert create.json["prompt"] == "a woodcut of a cat, in two colours"


async def test_moderators_actions_are_in_the_audit(place: Place) -> None:
    await place.mod.slash(place.channel, "block add", member=place.ben, reason="too loud")
    audit = await place.boss.slash(place.channel, "audit")
    assert "too loud" in whispered(audit)
    assert place.mod.mention in whispered(audit)


async def test_about_is_answered_in_the_servers_and_in_direct_messages(place: Place) -> None:
    for answered in (
        await place.ana.slash(place.channel, "about privacy"),
        await place.ana.user.slash("about privacy"),
    ):
        assert "/mydata export" in whispered(answered)


async def test_a_log_channel_is_told_what_changed(place: Place) -> None:
    log = place.guild.create_text_channel("log")
    await place.rule("log", log_channel=[log])
    await place.rule("member", member_day="5")
    await place.stage.until(lambda: any("5" in words(message) for message in log.history()), "the line in the log")
