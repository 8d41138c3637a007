"""Where a picture is delivered: the thread first, then the channel, then a direct message, with a sentence about it."""

from __future__ import annotations

import pytest

from playground.world import conversation
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.places import ChannelType
from tests.scenarios.support.server import ANSWER, THREAD, Server, once, says_done, while_painting

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

GONE = "The thread is gone or locked, so the picture comes here."
DIRECT = "I could not write in the channel where you asked, so the picture comes here."


async def test_deleted_thread_sends_the_picture_to_the_channel(server: Server) -> None:
    while_painting(server.stage, lambda: server.world.remove_channel(server.thread))
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert result.reply_to is order.message
    assert GONE in result.content
    assert says_done(order, result)


async def test_locked_thread_sends_the_picture_to_the_channel(server: Server) -> None:
    def lock() -> None:
        conversation.change_thread(server.world, server.thread, by="Mod", locked=True)

    while_painting(server.stage, lock)
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert result.reply_to is order.message
    assert GONE in result.content
    assert says_done(order, result)


async def test_an_archived_thread_is_opened_again_by_the_picture(server: Server) -> None:
    def archive() -> None:
        conversation.change_thread(server.world, server.thread, by="Mod", archived=True)

    while_painting(server.stage, archive)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert not server.thread.archived
    assert GONE not in result.content
    assert says_done(order, result)


async def test_at_the_thread_limit_the_picture_goes_to_the_channel(
    server: Server,
) -> None:
    server.guild.active_thread_limit = 0
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert result.reply_to is order.message
    assert not server.channel.threads
    assert order.message is not None
    assert "as many open threads as Discord allows" in order.message.text
    assert says_done(order, result)


@pytest.mark.parametrize("kind", [ChannelType.VOICE, ChannelType.STAGE])
async def test_the_chat_of_a_voice_channel_has_no_threads(server: Server, kind: ChannelType) -> None:
    lounge = server.world.add_channel(server.guild, "lounge", kind)
    order = await server.order(lounge)
    result = await server.delivered_to(lounge)
    assert order.message is not None
    assert "this kind of channel has none" in order.message.text
    assert says_done(order, result)


async def test_an_announcement_channel_gets_a_thread(server: Server) -> None:
    news = server.world.add_channel(server.guild, "news", ChannelType.ANNOUNCEMENT)
    order = await server.order(news)
    result = await server.delivered_to(lambda: news.threads[0])
    assert says_done(order, result)


async def test_card_deleted_before_its_thread_sends_the_picture_to_the_channel(server: Server) -> None:
    once(server.stage.discord.hooks, "before", THREAD, server.delete_card)
    await server.order()
    result = await server.delivered_to(server.channel)
    assert "was deleted" in result.content


async def test_a_card_deleted_at_once_does_not_silence_a_failure(server: Server) -> None:
    once(server.stage.discord.hooks, "after", ANSWER, server.delete_card)
    await server.order(image=upload("cat.png", b"%PDF-1.7 this is no picture", content_type="image/png"))
    await server.world.until(lambda: any("PDF" in message.text for message in server.channel.seen), timeout=20)
    assert server.pings == ["Ana"]
    assert not server.channel.threads
    assert not server.charges


async def test_channel_deleted_while_painting_sends_a_direct_message(server: Server) -> None:
    while_painting(server.stage, lambda: server.world.remove_channel(server.channel))
    await server.order()
    result = await server.delivered_to(server.dm)
    assert DIRECT in result.content


@pytest.mark.parametrize(
    ("lost", "carded"),
    [
        (Permission.VIEW_CHANNEL, False),
        (Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS, False),
        (Permission.ATTACH_FILES, True),
    ],
)
async def test_permission_lost_while_painting_sends_a_direct_message(
    server: Server, lost: Permission, carded: bool
) -> None:
    while_painting(server.stage, lambda: server.world.overwrite(server.channel, server.world.bot, deny=lost))
    order = await server.order()
    result = await server.delivered_to(server.dm)
    assert DIRECT in result.content
    assert says_done(order, result) is carded


async def test_undeliverable_picture_is_not_rebought_and_the_operator_gets_its_link(
    server: Server,
) -> None:
    def close() -> None:
        server.ana.user.dms_open = False
        server.world.overwrite(server.channel, server.world.bot, deny=int(Permission.VIEW_CHANNEL))

    while_painting(server.stage, close)
    await server.order()
    operator = server.world.dm(server.world.application.owner)
    await server.world.until(lambda: operator.seen, timeout=30)
    await server.settled()
    assert f"{server.painter.url}/files/generated/" in operator.seen[-1].content
    assert not server.pictures
    assert server.creates == server.charges == 1


async def test_in_a_direct_message_the_picture_comes_there(server: Server) -> None:
    order = await server.order(server.dm)
    result = await server.delivered_to(server.dm)
    assert DIRECT not in result.content
    assert says_done(order, result)


async def test_order_in_a_thread_the_bot_may_not_write_in_is_refused(server: Server) -> None:
    thread = conversation.open_thread(server.world, server.channel, server.ben.user, "Cats")
    server.world.overwrite(server.channel, server.world.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    order = await server.order(thread)
    assert order.ephemeral
    assert order.message is not None
    assert "write in this thread" in order.message.text
    assert not server.charges


async def test_in_a_forum_post_the_picture_comes_there(server: Server) -> None:
    forum = server.world.add_channel(server.guild, "forum", ChannelType.FORUM)
    post = conversation.open_thread(server.world, forum, server.ben.user, "My cat")
    order = await server.order(post)
    result = await server.delivered_to(post)
    assert says_done(order, result)


LESS = {
    "threads": (Permission.CREATE_PUBLIC_THREADS, "channel", "Create Public Threads"),
    "words in threads": (Permission.SEND_MESSAGES_IN_THREADS, "channel", "Send Messages in Threads"),
    "history": (Permission.READ_MESSAGE_HISTORY, "thread", "Read Message History"),
    "history and threads": (
        Permission.READ_MESSAGE_HISTORY | Permission.CREATE_PUBLIC_THREADS,
        "channel",
        "Create Public Threads",
    ),
    "words in the channel": (Permission.SEND_MESSAGES, "thread", ""),
}
"""The denied permission, where the picture still goes, and what the card says about it."""


@pytest.mark.parametrize("missing", LESS)
async def test_missing_optional_permission_is_mentioned_on_the_card(server: Server, missing: str) -> None:
    denied, place, words = LESS[missing]
    server.world.overwrite(server.channel, server.world.bot, deny=int(denied))
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread if place == "thread" else server.channel)
    assert order.message is not None
    assert words in order.message.text
    assert ("I lack" in order.message.text) is bool(words)
    assert says_done(order, result) is (denied is not Permission.SEND_MESSAGES)  # without it the card can't be edited


MISSING = {
    "attach files": (Permission.ATTACH_FILES, "Attach Files"),
    "write anywhere": (Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS, "not allowed to write here"),
    "write, or open threads": (
        Permission.SEND_MESSAGES | Permission.CREATE_PUBLIC_THREADS,
        "not allowed to write here",
    ),
}


@pytest.mark.parametrize("missing", MISSING)
async def test_order_without_any_way_to_deliver_is_refused_ephemerally(server: Server, missing: str) -> None:
    denied, words = MISSING[missing]
    server.world.overwrite(server.channel, server.world.bot, deny=int(denied))
    order = await server.order()
    assert order.ephemeral
    assert order.message is not None
    assert words in order.message.text
    assert not server.jobs
    assert not server.channel.seen
