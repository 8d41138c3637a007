"""Talk: what addresses the bot is heard, and nothing else; hints come once."""

from __future__ import annotations

import re

import pytest

from playground.world import conversation
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.support.server import Server, appears, job_in
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def heard_all(server: Server, thread_of: Message) -> None:
    """Whatever was said before has been heard: what is said now, is answered."""
    asked = await server.ben.says(thread_of.channel, f"<@{server.world.bot.id}> in fog")
    card = await appears(
        server.world, lambda: next((one for one in thread_of.channel.seen if one.reply_to is asked), None)
    )
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
    before = [one.id for one in thread.seen if one.author is server.world.bot]
    await heard_all(server, result)
    new = [one for one in thread.seen if one.author is server.world.bot and one.id not in before]
    assert all("in fog" in one.text or "retouch" in str(one.attachments) for one in new), new
    assert len(server.painter.ledger) == charges + 1


async def test_a_reply_without_ping_gets_one_hint_for_each_who_needs_it(server: Server) -> None:
    result = await server.result()
    for member in (server.ana, server.ana, server.ben):
        await member.says(result.channel, "now at night", reply_to=result, ping=False)
    hint = sentence("hint-ping")
    await heard_all(server, result)
    assert len([one for one in result.channel.seen if hint.fullmatch(one.content)]) == 2


async def test_reply_to_a_card_without_mention_is_pointed_to_the_picture(server: Server) -> None:
    """Discord shows a bot no reply to an interaction's answer, with or without a ping."""
    await server.rule("How", delivery="channel")
    order = await server.order()
    result = await server.picture(job_in(order.message))
    await server.settled()
    assert order.message is not None
    asked = await server.ana.says(server.channel, "now at night", reply_to=order.message)
    told = await appears(
        server.world, lambda: next((one for one in server.channel.seen if one.reply_to is asked), None)
    )
    assert sentence("hint-reply").fullmatch(told.content)
    me = f"<@{server.world.bot.id}>"
    named = await server.ana.says(server.channel, f"{me} now at night", reply_to=order.message)
    card = await appears(
        server.world, lambda: next((one for one in server.channel.seen if one.reply_to is named), None)
    )
    await server.picture(job_in(card))
    assert server.painter.uploads[-1].data == result.attachments[0].data


async def test_mention_in_a_reply_to_anothers_picture_is_pointed_to_the_menu(server: Server) -> None:
    result = await server.result()
    charges = len(server.painter.ledger)
    shared = await server.ben.says(result.channel, "my cat")
    asked = await server.ana.says(result.channel, f"<@{server.world.bot.id}> in snow", reply_to=shared)
    hint = sentence("hint-menu")
    await server.world.until(
        lambda: any(hint.fullmatch(one.content) and one.reply_to is asked for one in result.channel.seen), timeout=20
    )
    assert len(server.painter.ledger) == charges


async def test_a_mention_outside_of_our_threads_is_pointed_to_the_commands(server: Server) -> None:
    asked = await server.ana.says(server.channel, f"<@{server.world.bot.id}> make it blue")
    hint = sentence("hint-command")
    await server.world.until(
        lambda: any(hint.fullmatch(one.content) and one.reply_to is asked for one in server.channel.seen), timeout=20
    )


async def test_a_prompt_in_a_reply_is_made_harmless_on_the_card(server: Server) -> None:
    result = await server.result()
    nasty = f"# Big @everyone @here <@{server.ben.user.id}> [click](https://evil.example) ||x|| `y` \u202egnp.exe\u202c"
    asked = await server.ana.says(result.channel, nasty, reply_to=result)
    card = await appears(
        server.world, lambda: next((one for one in result.channel.seen if one.reply_to is asked), None)
    )
    (quoted,) = [line for line in card.embeds[0]["description"].splitlines() if line.startswith("> ")]
    assert not re.search(r"[`*_~|<>\[\]()#@]", re.sub(r"\\.", "", quoted[2:]))
    assert "\u202e" not in quoted
    job = job_in(card)
    picture = await server.picture(job)
    assert card.pinged == []
    assert picture.pinged == [server.ana.user]
    (task,) = [one for one in server.painter.tasks.values() if one.commission.business_id == job]
    assert task.commission.prompt == nasty
