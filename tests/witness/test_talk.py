"""Menus, replies, mentions, forwards and direct messages, in a Discord by other authors."""

from __future__ import annotations

import discord
import pytest

from tests.witness.place import CAT, Place, answer, job_of, painted, pinged, whispered, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_context_menu_edits_anybodys_picture(place: Place) -> None:
    message = await place.ben.send(place.channel, "my cat", attachments=[CAT])
    form = await place.ana.context_menu(place.channel, "Edit this picture", message)
    sent = await place.ana.submit_modal(form, {"prompt": "as a poster"})
    result = await place.picture(job_of(sent))
    assert pinged(place.stage, result) == [place.ana.id]
    assert place.painter.uploads[-1].data == CAT[1]


async def test_the_menu_offers_which_of_several_pictures(place: Place) -> None:
    message = await place.ben.send(place.channel, "", attachments=[CAT, ("dog.jpg", CAT[1])])
    form = await place.ana.context_menu(place.channel, "Edit this picture", message)
    assert "cat.jpg" in str(form.modal)
    sent = await place.ana.submit_modal(form, {"prompt": "as a poster", "picked": ["1"]})
    assert await place.picture(job_of(sent))


async def test_the_menu_on_a_message_without_a_picture_says_so(place: Place) -> None:
    message = await place.ben.send(place.channel, "no picture")
    refused = await place.ana.context_menu(place.channel, "Edit this picture", message)
    assert "I see no picture in that message" in whispered(refused)


async def test_the_menu_edits_a_forwarded_picture(place: Place) -> None:
    elsewhere = place.guild.create_text_channel("elsewhere")
    message = await place.ben.send(elsewhere, "my cat", attachments=[CAT])
    forwarded = await place.ana.forward(message, place.channel)
    form = await place.ana.context_menu(place.channel, "Edit this picture", forwarded)
    sent = await place.ana.submit_modal(form, {"prompt": "as a poster"})
    assert place.ben.mention in words(answer(sent))  # the author of the picture, not who forwarded it
    assert await place.picture(job_of(sent))
    assert place.painter.uploads[-1].data == CAT[1]


async def test_a_forwarded_result_is_edited_in_the_channel_it_was_forwarded_to(place: Place) -> None:
    result = await place.result()
    elsewhere = place.guild.create_text_channel("elsewhere")
    forwarded = await place.ben.forward(result, elsewhere)
    form = await place.ben.context_menu(elsewhere, "Edit this picture", forwarded)
    sent = await place.ben.submit_modal(form, {"prompt": "now at night"})
    following = await place.picture(job_of(sent))
    assert following.channel.id == answer(sent).id
    assert place.painter.uploads[-1].data == await result.attachments[0].read()


async def test_forwarding_does_not_bypass_refused_consent(place: Place) -> None:
    await place.ben.slash(place.channel, "mydata pictures", allow="no")
    elsewhere = place.guild.create_text_channel("elsewhere")
    message = await place.ben.send(elsewhere, "my cat", attachments=[CAT])
    forwarded = await place.ana.forward(message, place.channel)
    refused = await place.ana.context_menu(place.channel, "Edit this picture", forwarded)
    assert f"{place.ben.mention} doesn’t want their pictures changed by others" in whispered(refused)


async def test_forward_from_an_unreadable_channel_has_no_known_owner(place: Place) -> None:
    await place.rule("consent", consent=["own"])
    assert place.guild.me is not None
    hidden = place.guild.create_text_channel(
        "hidden", overwrites={place.guild.me: discord.PermissionOverwrite(view_channel=False)}
    )
    message = await place.ana.send(hidden, "my cat", attachments=[CAT])
    forwarded = await place.ana.forward(message, place.channel)
    refused = await place.ana.context_menu(place.channel, "Edit this picture", forwarded)
    assert "I no longer know whose this one is" in whispered(refused)


async def test_the_menu_edits_a_members_avatar(place: Place) -> None:
    form = await place.ana.context_menu(place.channel, "Edit this avatar", place.ben)
    assert form.modal is not None
    assert "What should change?" in str(form.modal)


async def test_a_reply_to_a_result_is_the_next_order(place: Place) -> None:
    result = await place.result()
    await place.ana.send(place.thread, "now at night", reply_to=result)
    following = await place.newest([result.id])
    assert place.painter.uploads[-1].data == await result.attachments[0].read()
    assert place.charges(job_of(result), job_of(following)) == 2


async def test_a_mention_in_the_thread_goes_on_from_the_newest_picture(place: Place) -> None:
    result = await place.result()
    await place.ben.send(place.thread, f"<@{place.bot_id}> now in winter")
    following = await place.newest([result.id])
    assert pinged(place.stage, following) == [place.ben.id]
    assert place.painter.uploads[-1].data == await result.attachments[0].read()


async def test_a_mention_with_a_picture_paints_from_that_too(place: Place) -> None:
    result = await place.result()
    await place.ana.send(place.thread, f"<@{place.bot_id}> put this in", attachments=[CAT])
    await place.newest([result.id])
    assert CAT[1] in [upload.data for upload in place.painter.uploads[-2:]]


async def test_a_mention_in_a_channel_points_to_the_commands(place: Place) -> None:
    await place.ana.send(place.channel, f"<@{place.bot_id}> hello")
    assert "Use /edit with a picture" in words(place.channel.history()[-1])


async def test_a_reply_to_somebody_elses_picture_is_pointed_to_the_menu(place: Place) -> None:
    await place.result()
    message = await place.ben.send(place.thread, "my cat", attachments=[CAT])
    await place.ana.send(place.thread, f"<@{place.bot_id}> at night", reply_to=message)
    assert "I can't see pictures in other people's messages" in words(place.thread.history()[-1])


async def test_talk_among_people_and_bots_is_no_order(place: Place) -> None:
    result = await place.result()
    webhook = place.guild.create_webhook(place.channel, "News")
    await webhook.send(f"<@{place.bot_id}> paint")
    await place.ben.send(place.thread, "how nice")
    seen = len(place.thread.history())
    await place.ana.send(place.thread, "thanks")
    assert len(place.thread.history()) == seen + 1
    assert place.charges(job_of(result)) == 1


async def test_in_a_direct_message_the_picture_comes_there(place: Place) -> None:
    order = await place.ana.user.slash("edit", prompt="as a poster", image=CAT)
    result = await place.picture(job_of(order))
    assert result.channel.id == place.ana.user.dm_channel.id
    assert result.reference is not None
    assert place.charges(job_of(order)) == 1


async def test_in_a_direct_message_buttons_and_replies_go_on(place: Place) -> None:
    user = place.ana.user
    result = await place.picture(job_of(await user.slash("edit", prompt="as a poster", image=CAT)))
    form = await user.click(result, label="Go on")
    sent = await user.submit_modal(form, {"prompt": "now at night"})
    second = await place.picture(job_of(sent))
    reference = {"channel_id": str(user.dm_channel.id), "message_id": str(second.id)}
    await user.send_dm("in winter", reference=reference)

    def third() -> bool:
        return len([message for message in user.dm_channel.history() if painted(message)]) == 3

    await place.stage.until(third, "the third picture")
    assert place.painter.uploads[-1].data == await second.attachments[0].read()


async def test_unreadable_reply_to_a_card_is_answered_with_what_to_do(place: Place) -> None:
    """Discord shows a bot replies to its messages, but not to its response to an interaction.

    https://discord.com/developers/docs/gateway/you-might-not-need-a-privileged-intent
    """
    await place.rule("how", delivery=["channel"])
    order = await place.order()
    result = await place.picture(job_of(order))
    await place.ana.send(place.channel, "now at night", reply_to=answer(order))
    hint = words(place.channel.history()[-1])
    assert "Reply to the picture" in hint
    await place.ana.send(place.channel, "now at night", reply_to=result)
    await place.stage.until(
        lambda: len([message for message in place.channel.history() if painted(message)]) == 2, "the next picture"
    )
