"""The core scenarios of an order, in a Discord by other authors: what members see, and what was charged."""

from __future__ import annotations

import discord
import pytest
import simcord

from tests.witness.place import Place, answer, job_of, labels, painted, pinged, whispered, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_edit_opens_a_thread_and_brings_the_picture_there(place: Place) -> None:
    order = await place.order()
    assert not answer(order).ephemeral
    job = job_of(order)
    result = await place.picture(job)
    assert result.channel.id == place.thread.id == answer(order).id
    assert place.ana.mention in result.content
    assert labels(result)[:4] == ["Go on", "Change", "Again", "Sharper"]
    await place.done(order)
    assert place.charges(job) == 1


async def test_imagine_needs_no_picture(place: Place) -> None:
    order = await place.ana.slash(place.channel, "imagine", prompt="a lighthouse")
    result = await place.picture(job_of(order))
    assert "Compare" not in labels(result)
    assert place.charges(job_of(order)) == 1


async def test_several_pictures_come_in_one_message_for_one_charge(place: Place) -> None:
    order = await place.order(model="gpt-4o-image", count=2)
    result = await place.picture(job_of(order))
    assert len(painted(result)) == 2
    await place.done(order)
    assert place.charges(job_of(order)) == 1


async def test_the_source_is_kept_as_the_first_picture_of_the_thread(place: Place) -> None:
    order = await place.order()
    await place.picture(job_of(order))
    with_files = [message for message in place.thread.history(viewer=place.ben) if message.attachments]
    assert [file.filename for file in with_files[0].attachments] == [f"source-{job_of(order)}.jpg"]


async def test_a_bad_picture_turns_the_card_into_one_sentence_and_costs_nothing(place: Place) -> None:
    order = await place.order(image=("cat.png", b"%PDF-1.7 no picture"))
    await place.stage.until(lambda: "PDF" in words(answer(order)), "the sentence on the card")
    assert not answer(order).ephemeral
    assert place.charges(job_of(order)) == 0


async def test_order_where_the_bot_may_not_write_is_refused_ephemerally(place: Place) -> None:
    assert place.guild.me is not None
    silent = discord.PermissionOverwrite(
        send_messages=False, send_messages_in_threads=False, create_public_threads=False
    )
    channel = place.guild.create_text_channel("silent", overwrites={place.guild.me: silent})
    refused = await place.order(channel=channel)
    assert "I am not allowed to write here" in whispered(refused)
    assert channel.history() == []


async def test_without_the_right_to_open_threads_the_picture_comes_into_the_channel(place: Place) -> None:
    assert place.guild.me is not None
    channel = place.guild.create_text_channel(
        "no-threads", overwrites={place.guild.me: discord.PermissionOverwrite(create_public_threads=False)}
    )
    order = await place.order(channel=channel)
    result = await place.picture(job_of(order))
    assert result.channel.id == channel.id
    assert channel.threads == []
    assert result.reference is not None
    assert result.reference.message_id == answer(order).id
    await place.stage.until(lambda: "Create Public Threads" in words(answer(order)), "why there is no thread")


async def test_a_member_blocked_by_the_operator_gets_nothing(place: Place) -> None:
    mallory = place.guild.add_member(place.stage.mallory)
    refused = await place.order(by=mallory)
    assert "You can't use this bot here" in whispered(refused)


async def test_a_member_blocked_by_a_moderator_reads_why(place: Place) -> None:
    blocked = await place.mod.slash(place.channel, "block add", member=place.ben, reason="too loud")
    assert place.ben.mention in whispered(blocked)
    refused = await place.order(by=place.ben)
    assert "too loud" in whispered(refused)
    listed = await place.mod.slash(place.channel, "block list")
    assert "too loud" in whispered(listed)
    await place.mod.slash(place.channel, "block remove", member=place.ben)
    await place.result(by=place.ben)


async def test_a_used_up_quota_is_told_to_the_member_alone(place: Place) -> None:
    await place.rule("member", member_day="1")
    await place.result()
    refused = await place.order()
    assert "You can have one picture here in any 24 hours" in whispered(refused)
    await place.result(by=place.ben)


async def test_what_toapis_refuses_becomes_one_sentence_and_costs_nothing(place: Place) -> None:
    place.painter.fault("policy-422", times=1)
    order = await place.order()
    failure = await place.failed()
    assert "declined this picture" in failure.content
    assert pinged(place.stage, failure) == [place.ana.id]
    assert place.charges(job_of(order)) == 0
    assert all(not painted(message) for message in place.thread.history())


async def test_channel_deleted_while_painting_sends_a_direct_message(place: Place) -> None:
    async def delete() -> None:
        await place.stage.app.http.delete_channel(place.channel.id)

    place.while_painting(delete)
    await place.order()
    (result,) = await place.stage.until(lambda: place.ana.user.dm_channel.history(), "a direct message")
    assert painted(result)
    assert "I could not write in the channel where you asked" in result.content
    assert place.charges(job_of(result)) == 1


async def test_undeliverable_picture_is_reported_to_the_operator_with_its_link(place: Place) -> None:
    dm = place.ana.user.dm_channel
    refusal = "Cannot send messages to this user"
    path = f"/channels/{dm.id}/messages"
    place.env.inject_error("POST", path, status=403, code=50007, message=refusal, times=None)

    async def delete() -> None:
        await place.stage.app.http.delete_channel(place.channel.id)

    place.while_painting(delete)
    charges = len(place.painter.ledger)
    await place.order()
    direct = await place.stage.until(place.stage.operator.dm_channel.history, "word to the operator")
    assert f"{place.painter.url}/files/generated/" in words(direct[-1])
    assert dm.history() == []
    assert len(place.painter.ledger) == charges + 1


async def test_nothing_is_pinged_but_the_member_who_asked(place: Place) -> None:
    order = await place.order(prompt=f"@everyone {place.ben.mention} look")
    result = await place.picture(job_of(order))
    assert pinged(place.stage, result) == [place.ana.id]
    assert not result.mention_everyone


async def test_a_command_that_was_never_answered_in_time_is_no_order(place: Place) -> None:
    """An interaction whose token Discord no longer knows (10062) gets no card, so nothing is bought."""
    place.env.inject_error(
        "POST", "/interactions/*/callback", status=404, code=10062, message="Unknown interaction", times=1
    )
    order = await place.order()
    assert order.response is None
    await place.result(by=place.ben)
    assert len(place.channel.threads) == 1


async def test_autocomplete_offers_models_and_styles(place: Place) -> None:
    offered = await place.ana.autocomplete(place.channel, "edit", "model", "gpt")
    assert any(choice["value"] == "gpt-image-2" for choice in offered)


async def test_commands_that_need_rights_are_hidden_from_members(place: Place) -> None:
    seen = place.ana.available_commands(place.channel)
    assert {"edit", "imagine", "history", "mydata export", "about privacy"} <= set(seen)
    assert not {"server", "block add", "audit"} & set(seen)
    with pytest.raises(simcord.SetupError):
        await place.ana.slash(place.channel, "server")
