"""Talk: what addresses the bot is answered, and nothing else; hints come once."""

from __future__ import annotations

import re

import pytest

from playground.world import conversation
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.support.server import Server, first_reply, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def heard_all(server: Server, thread_of: Message) -> None:
    """Wait until the bot has received all earlier messages, by an order that it answers afterwards."""
    order = await server.ben.says(thread_of.channel, f"<@{server.world.bot.id}> in fog")
    card = await first_reply(server.world, order)
    await server.picture(job_in(card))


async def test_bots_webhooks_edits_and_talk_among_people_are_no_orders(server: Server) -> None:
    result = await server.result()
    thread = result.channel
    me = f"<@{server.world.bot.id}>"
    charges = len(server.painter.ledger)
    other = Member(server.world, server.world.add_user("Other Bot", bot=True))
    server.world.join(other.user, server.guild)
    chat = await server.ana.says(thread, "how lovely")
    await server.ben.says(thread, "I think so, too", reply_to=chat)
    await other.says(thread, f"{me} now at night", reply_to=result)
    conversation.post(server.world, thread, server.world.bot, f"{me} now at night")
    await server.ana.says(thread, f"@everyone look what {server.world.bot.name} made")
    conversation.edit(server.world, chat, {"content": f"{me} now at night"}, allowed={"parse": ["users"]})
    before = [message.id for message in thread.seen if message.author is server.world.bot]
    await heard_all(server, result)
    by_bot = [message for message in thread.seen if message.author is server.world.bot]
    new = [message for message in by_bot if message.id not in before]
    assert all("in fog" in message.text or "retouch" in str(message.attachments) for message in new), new
    assert len(server.painter.ledger) == charges + 1


async def test_a_reply_without_ping_gets_one_hint_for_each_who_needs_it(server: Server) -> None:
    result = await server.result()
    for member in (server.ana, server.ana, server.ben):
        await member.says(result.channel, "now at night", reply_to=result, ping=False)
    hint = sentence("hint-ping")
    await heard_all(server, result)
    assert len([message for message in result.channel.seen if hint.fullmatch(message.content)]) == 2


async def test_reply_to_a_card_without_mention_is_pointed_to_the_picture(server: Server) -> None:
    """Discord does not show a bot a reply to an interaction's response, with or without a ping."""
    await server.rule("How", delivery="channel")
    order = await server.order()
    result = await server.picture(job_in(order.message))
    await server.settled()
    assert order.message is not None
    unnamed = await server.ana.says(server.channel, "now at night", reply_to=order.message)
    answer = await first_reply(server.world, unnamed)
    assert sentence("hint-reply").fullmatch(answer.content)
    me = f"<@{server.world.bot.id}>"
    named = await server.ana.says(server.channel, f"{me} now at night", reply_to=order.message)
    card = await first_reply(server.world, named)
    await server.picture(job_in(card))
    assert server.painter.uploads[-1].data == result.attachments[0].data


async def test_mention_in_a_reply_to_anothers_picture_is_pointed_to_the_menu(server: Server) -> None:
    result = await server.result()
    charges = len(server.painter.ledger)
    shared = await server.ben.says(result.channel, "my cat")
    mention = await server.ana.says(result.channel, f"<@{server.world.bot.id}> in snow", reply_to=shared)
    hint = sentence("hint-menu")
    assert hint.fullmatch((await first_reply(server.world, mention)).content)
    assert len(server.painter.ledger) == charges


async def test_a_mention_outside_of_our_threads_is_pointed_to_the_commands(server: Server) -> None:
    mention = await server.ana.says(server.channel, f"<@{server.world.bot.id}> make it blue")
    hint = sentence("hint-command")
    assert hint.fullmatch((await first_reply(server.world, mention)).content)


async def test_a_prompt_in_a_reply_is_made_harmless_on_the_card(server: Server) -> None:
    result = await server.result()
    nasty = f"# Big @everyone @here <@{server.ben.user.id}> [click](https://evil.example) ||x|| `y` \u202egnp.exe\u202c"
    reply = await server.ana.says(result.channel, nasty, reply_to=result)
    card = await first_reply(server.world, reply)
    (quoted,) = [line for line in card.embeds[0]["description"].splitlines() if line.startswith("> ")]
    assert not re.search(r"[`*_~|<>\[\]()#@]", re.sub(r"\\.", "", quoted[2:]))
    assert "\u202e" not in quoted
    job = job_in(card)
    picture = await server.picture(job)
    assert card.pinged == []
    assert picture.pinged == [server.ana.user]
    (task,) = [task for task in server.painter.tasks.values() if task.request.business_id == job]
    assert task.request.prompt == nasty
