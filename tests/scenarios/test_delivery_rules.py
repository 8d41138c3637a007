"""Where and how pictures are delivered, by the server's rules: in a thread or the channel, as spoilers or not."""

from __future__ import annotations

import pytest

from playground.world.permissions import Permission
from playground.world.places import Message
from tests.scenarios.support.server import Server, first_reply, job_in, plain, says_done, while_painting
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def by_message(server: Server, order: Message) -> Message:
    """Return the picture ordered by a reply or a mention."""
    card = await first_reply(server.world, order)
    return await server.picture(job_in(card))


# In the channel


async def test_delivery_in_the_channel_replies_to_the_card_without_a_thread(server: Server) -> None:
    await server.rule("How", delivery="in the channel itself")
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert result.reply_to is order.message
    assert not server.channel.threads
    assert order.message is not None
    assert "No thread" not in order.message.text + result.content  # the rule, not a failure
    assert says_done(order, result)


async def test_in_the_channel_the_conversation_goes_on(server: Server) -> None:
    await server.rule("How", delivery="in the channel itself")
    first = await server.result()
    second = await by_message(server, await server.ana.says(server.channel, "now at night", reply_to=first))
    assert server.painter.uploads[-1].data == first.attachments[0].data
    answer = await server.ben.fill(await server.ben.press(second, "Go on"), prompt="in snow")
    third = await server.picture(job_in(answer.message))
    assert server.painter.uploads[-1].data == second.attachments[0].data
    strip = await (await server.ana.press(third, "Steps")).said(timeout=15)
    assert len(strip.content.splitlines()) == 5
    assert {picture.channel for picture in (first, second, third)} == {server.channel}
    assert not server.channel.threads


async def test_what_is_ordered_in_a_thread_stays_there(server: Server) -> None:
    result = await server.result()
    await server.rule("How", delivery="in the channel itself")
    again = await by_message(server, await server.ana.says(result.channel, "now at night", reply_to=result))
    assert again.channel is result.channel


async def test_a_rule_that_changes_meanwhile_is_for_the_next_order(server: Server) -> None:
    await server.rule("How", delivery="in the channel itself", spoiler="yes")
    changed = []

    async def change() -> None:
        changed.append(await server.rule("How", delivery="in a thread", spoiler="no"))

    while_painting(server.stage, change)
    result = await server.result()
    assert changed
    assert result.channel is server.channel
    assert result.attachments[0].name.startswith("SPOILER_")
    assert (await server.result()).channel.is_thread


async def test_delivery_in_the_channel_needs_send_messages_but_no_thread_permission(server: Server) -> None:
    await server.rule("How", delivery="in the channel itself")
    deny = Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS
    server.world.overwrite(server.channel, server.world.bot, deny=deny)
    order = await server.order()
    result = await server.delivered_to(server.channel)
    assert order.message is not None
    assert "permission" not in order.message.text + result.content
    server.world.overwrite(server.channel, server.world.bot, deny=Permission.SEND_MESSAGES)
    charges = server.charges
    refused = await server.order()
    assert sentence("refused-channel-silent").fullmatch((await refused.said()).content)
    assert refused.ephemeral
    assert server.charges == charges


# Spoilers


async def test_covered_pictures_come_as_spoilers_with_their_words(server: Server) -> None:
    await server.rule("How", spoiler="yes")
    result = await server.result(prompt="as a poster")
    (painted,) = result.attachments
    (source,) = next(
        message for message in result.channel.seen if message.attachments and message is not result
    ).attachments
    assert painted.name.startswith("SPOILER_retouch-")
    assert source.name.startswith("SPOILER_source-")
    model = "Nano Banana Pro (Gemini 3 Pro Image)"
    assert painted.description == f"Made by AI. Picture painted with {model} from the prompt: as a poster"
    assert source.description == "The picture that was given, to be changed to: as a poster"
    uncovered = await server.rule("How", spoiler="no")
    assert uncovered.answered
    assert (await server.result()).attachments[0].name.startswith("retouch-")


async def test_link_to_a_spoiler_picture_is_a_spoiler_too(server: Server) -> None:
    """Discord shows the picture that a link leads to."""
    await server.rule("How", spoiler="yes")
    server.painter.fault("result-gone")
    await server.order()
    await server.settled()
    linked = next(message for message in server.thread.seen if "painted" in message.content)
    line = next(line for line in linked.content.splitlines() if f"{server.painter.url}/files/" in line)
    assert line.startswith("||")
    assert line.endswith("||")


async def test_a_conversation_of_six_steps_on_covered_pictures(server: Server) -> None:
    await server.rule("How", spoiler="yes")
    uploads = server.painter.uploads
    first = await server.result()
    original = uploads[-1].data

    second = await by_message(server, await server.ana.says(first.channel, "at night", reply_to=first))
    assert uploads[-1].data == first.attachments[0].data
    third = await by_message(server, await server.ana.says(first.channel, f"<@{server.world.bot.id}> in snow"))
    assert uploads[-1].data == second.attachments[0].data
    answer = await server.ana.fill(await server.ana.press(third, "Go on"), prompt="in rain")
    fourth = await server.picture(job_in(answer.message))
    assert uploads[-1].data == third.attachments[0].data
    form = await server.ana.uses(fourth, "Edit this picture")
    answer = await server.ana.fill(form, prompt="in fog")
    fifth = await server.picture(job_in(answer.message))
    assert uploads[-1].data == fourth.attachments[0].data
    answer = await server.ben.press(first, "Again")
    sixth = await server.picture(job_in(answer.message))
    assert uploads[-1].data == original

    pictures = [first, second, third, fourth, fifth, sixth]
    assert all(picture.attachments[0].name.startswith("SPOILER_retouch-") for picture in pictures)
    strip = await (await server.ana.press(fourth, "Steps")).said(timeout=15)
    assert len(strip.content.splitlines()) == 6  # the original, four, and the small print
    before = await (await server.ana.press(fourth, "Compare")).said(timeout=15)
    assert len(before.attachments) == 1
    history = await (await server.ana.command(first.channel, "history", what="here")).said(timeout=10)
    assert len(history.embeds) == history.text.count("Covered as a spoiler") == 5
    assert not [embed for embed in history.embeds if "thumbnail" in embed]  # an embed can't cover a picture
    question = await (await server.ana.press(fourth, "Delete")).said()
    await server.ana.press(question, "Yes, delete it")
    await server.world.until(lambda: fourth.deleted, timeout=10)
    strip = await (await server.ana.press(third, "Steps")).said(timeout=15)
    assert len(strip.content.splitlines()) == 5


async def test_a_source_that_is_covered_is_read_again_after_a_restart(server: Server) -> None:
    await server.rule("How", spoiler="yes")
    result = await server.result()
    original = server.painter.uploads[-1].data
    await server.settled()
    await server.stage.kill()
    await server.stage.start()
    server.world.clock.advance(2 * 24 * 3600)  # every earlier address has expired
    answer = await server.ana.press(result, "Again")
    await server.picture(job_in(answer.message))
    assert server.painter.uploads[-1].data == original


async def test_form_names_spoiler_pictures_without_their_prefix(server: Server) -> None:
    await server.rule("How", spoiler="yes")
    order = await server.order(model="gpt-4o-image", count=2)
    result = await server.picture(job_in(order.message))
    assert len(result.attachments) == 2
    form = await server.ana.uses(result, "Edit this picture")
    assert form.modal is not None
    assert "SPOILER" not in str(form.modal)
    assert all(plain(file.name) in str(form.modal) for file in result.attachments)
