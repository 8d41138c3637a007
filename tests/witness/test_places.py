"""Unusual channels and messages, in a Discord by other authors."""

from __future__ import annotations

import discord
import pytest
import simcord
from simcord.enums import MessageType

from tests.witness.place import CAT, Place, job_of, painted, whispered

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_announcement_channel_gets_a_thread(place: Place) -> None:
    news = place.guild.create_news_channel("news")
    result = await place.result(channel=news)
    assert result.channel.id == news.threads[0].id


async def test_in_a_forum_post_the_picture_comes_there(place: Place) -> None:
    forum = place.guild.create_forum_channel("forum")
    channel = place.stage.app.get_channel(forum.id)
    assert isinstance(channel, discord.ForumChannel)
    await channel.create_thread(name="My cat", content="Look")
    (post,) = forum.threads
    order = await place.order(channel=post)
    result = await place.picture(job_of(order))
    assert result.channel.id == post.id
    await place.ana.send(post, "now at night", reply_to=result)
    await place.stage.until(
        lambda: len([message for message in post.history() if painted(message)]) == 2, "the next picture"
    )


async def test_in_a_thread_of_members_no_second_thread_is_made(place: Place) -> None:
    message = await place.ana.send(place.channel, "a thread about cats")
    await place.stage.app.http.start_thread_with_message(
        place.channel.id, message.id, name="cats", auto_archive_duration=1440
    )
    order = await place.order(channel=place.thread)
    result = await place.picture(job_of(order))
    assert result.channel.id == place.thread.id


async def test_the_picture_of_a_webhook_is_edited(place: Place) -> None:
    webhook = place.guild.create_webhook(place.channel, "News")
    await webhook.send("look", attachments=[CAT])
    message = place.channel.history()[-1]
    form = await place.ana.context_menu(place.channel, "Edit this picture", message)
    sent = await place.ana.submit_modal(form, {"prompt": "as a poster"})
    assert await place.picture(job_of(sent))


async def test_a_system_message_holds_no_picture(place: Place) -> None:
    welcome = place.guild.create_system_message(place.channel, MessageType.NEW_MEMBER, author=place.ben)
    refused = await place.ana.context_menu(place.channel, "Edit this picture", welcome)
    assert "I see no picture in that message" in whispered(refused)


async def test_a_member_who_left_while_painting_still_gets_the_picture(place: Place) -> None:
    async def leave() -> None:
        place.guild.remove_member(place.ana)

    place.while_painting(leave)
    order = await place.order()
    assert await place.picture(job_of(order))


async def test_a_bot_that_left_the_server_brings_the_picture_by_direct_message(place: Place) -> None:
    async def leave() -> None:
        await place.stage.app.http.leave_guild(place.guild.id)

    place.while_painting(leave)
    await place.order()
    (result,) = await place.stage.until(lambda: place.ana.user.dm_channel.history(), "a direct message")
    assert painted(result)


async def test_commands_in_direct_messages_are_those_of_a_person(place: Place) -> None:
    offered = set(place.ana.user.available_commands())
    assert {"edit", "imagine", "history"} <= offered
    assert not {"server", "block add"} & offered
    with pytest.raises(simcord.SetupError):
        await place.ana.user.slash("server")
