"""The picture as a conversation: buttons, forms, replies and mentions, on one running bot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from playground.hooks import Call, Drop, Phase
from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel, Message
from tests.scenarios.support.pictures import cat, results


async def first_picture(stage: Stage, name: str = "Ana") -> tuple[Member, Channel, Message]:
    """Let a member order a picture; return the member, the thread, and the message with the result."""
    ana = Member(stage.world, name)
    photos = stage.world.channel("photos")
    await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: len(results(stage)) == 1, timeout=30)
    return ana, photos.threads[0], newest(photos.threads[0])


def newest(thread: Channel) -> Message:
    """Return the newest message with a painted picture."""
    with_files = [message for message in thread.seen if message.attachments]
    return [message for message in with_files if message.attachments[0].name.startswith("retouch-")][-1]


async def another(stage: Stage, count: int = 2) -> None:
    """Wait until there are so many pictures."""
    await stage.world.until(lambda: len(results(stage)) == count, timeout=30)


async def test_go_on_makes_the_result_the_next_source(stage: Stage) -> None:
    ana, _, result = await first_picture(stage)
    form = await ana.press(result, "Go on")
    assert form.modal is not None
    answer = await ana.fill(form, prompt="now at night")
    assert answer.answered
    await another(stage)
    assert stage.painter.uploads[-1].data == result.attachments[0].data
    assert len(stage.painter.ledger) == 2
    assert len(stage.world.channel("photos").threads) == 1


@pytest.mark.parametrize("ping", [True, False])
async def test_reply_to_a_picture_is_an_order_if_its_content_is_visible(stage: Stage, ping: bool) -> None:
    ana, thread, result = await first_picture(stage)
    await ana.says(thread, "now at night", reply_to=result, ping=ping)
    if ping:
        await another(stage)
        assert stage.painter.uploads[-1].data == result.attachments[0].data
    else:
        await stage.world.until(lambda: "leave the @ switched on" in thread.seen[-1].content, timeout=10)
        await ana.says(thread, "now at night", reply_to=result, ping=False)
        await ana.says(thread, f"<@{stage.world.bot.id}> in snow")
        await another(stage)
        assert sum("leave the @ switched on" in message.content for message in thread.seen) == 1


async def test_again_and_sharper_use_the_first_source_once_more(stage: Stage) -> None:
    ana, _, result = await first_picture(stage)
    source = stage.painter.uploads[0].data
    await ana.press(result, "Again")
    await another(stage)
    ben = Member(stage.world, "Ben")
    await ben.press(result, "Sharper")
    await another(stage, 3)
    assert [uploaded.data for uploaded in stage.painter.uploads] == [source] * 3
    create = [call for call in stage.painter.requests if call.route == "POST /v1/images/generations"][-1]
    assert create.json["metadata"]["resolution"] == "2K"
    assert "Ben" in str(stage.world.transcript[-1]) or stage.world.transcript.of("message")
    assert len(stage.painter.ledger) == 3


async def test_compare_and_steps_show_pictures_to_whoever_pressed(stage: Stage) -> None:
    ana, thread, result = await first_picture(stage)
    form = await ana.press(result, "Go on")
    await ana.fill(form, prompt="now at night")
    await another(stage)
    for button in ("Compare", "Steps"):
        answer = await (await ana.press(newest(thread), button)).said(timeout=15)
        assert answer.ephemeral
        assert answer.attachments[0].description
    assert len(stage.painter.ledger) == 2


async def test_only_requester_and_moderators_delete_and_only_after_a_second_press(stage: Stage) -> None:
    _, _, result = await first_picture(stage)
    refused = await Member(stage.world, "Ben").press(result, "Delete")
    assert refused.ephemeral
    assert refused.message is not None
    assert "moderator" in refused.message.content
    question = await Member(stage.world, "Chiyo").press(result, "Delete")  # a moderator
    assert question.message is not None
    await Member(stage.world, "Chiyo").press(question.message, "Yes, delete it")
    await stage.world.until(lambda: result.deleted, timeout=10)


async def test_a_double_press_is_one_job(stage: Stage) -> None:
    ana, _, result = await first_picture(stage)
    first = ana.presses(result, "Again")
    second = ana.presses(result, "Again")
    await first.outcome()
    await second.outcome()
    assert sum(answer.ephemeral for answer in (first, second)) == 1
    await another(stage)
    assert len(stage.painter.ledger) == 2


async def test_cancelling_a_running_job_tells_what_it_costs(stage: Stage) -> None:
    stage.painter.fault("slow", times=1)
    ana = Member(stage.world, "Ana")
    photos = stage.world.channel("photos")
    order = await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt="as a poster")
    await stage.world.until(lambda: len(stage.painter.ledger) == 1, timeout=20)
    assert order.message is not None
    card = order.message
    await stage.world.until(lambda: "Painting in" in str(card.embeds), timeout=20)
    reply = await ana.press(card, "Cancel")
    assert reply.message is not None
    assert "no cancel" in reply.message.content
    await stage.world.until(lambda: "Called off" in str(card.embeds), timeout=10)


async def test_imagine_needs_no_picture(stage: Stage) -> None:
    ana = Member(stage.world, "Ana")
    photos = stage.world.channel("photos")
    await ana.command(photos, "imagine", prompt="a fox in the snow")
    await another(stage, 1)
    assert not stage.painter.uploads


async def test_context_menu_edits_anybodys_picture(stage: Stage) -> None:
    ben = Member(stage.world, "Ben")
    photos = stage.world.channel("photos")
    message = await ben.says(photos, "my cat", files=(upload("cat.jpg", cat()), upload("dog.jpg", cat())))
    ana = Member(stage.world, "Ana")
    form = await ana.uses(message, "Edit this picture")
    await ana.fill(form, prompt="as a poster", picked="1")
    await another(stage, 1)
    history = await (await ana.command(photos, "history")).said(timeout=10)
    assert history.ephemeral
    assert "as a poster" in str(history.embeds)


async def test_six_turns_with_a_kill_between_each(stage: Stage) -> None:
    ana, thread, _ = await first_picture(stage)
    turns = ["reply", "mention", "go", "again", "reply"]
    for number, turn in enumerate(turns, 2):
        await stage.kill()
        await stage.start()
        before = newest(thread)
        if turn == "reply":
            await ana.says(thread, f"turn {number}", reply_to=before)
        elif turn == "mention":
            await ana.says(thread, f"<@{stage.world.bot.id}> turn {number}")
        elif turn == "go":
            await ana.fill(await ana.press(before, "Go on"), prompt=f"turn {number}")
        else:
            await ana.press(before, "Again")
        await another(stage, number)
        assert stage.painter.uploads[-1].data == (
            stage.painter.uploads[-2].data if turn == "again" else before.attachments[0].data
        )
    assert len(stage.painter.ledger) == 6
    strip = await (await ana.press(newest(thread), "Steps")).said(timeout=15)
    assert len(strip.content.splitlines()) == 7


async def test_a_form_that_was_opened_before_a_restart_is_sent_after_it(stage: Stage) -> None:
    ana, _, result = await first_picture(stage)
    ben = Member(stage.world, "Ben")
    message = await ben.says(stage.world.channel("photos"), "my cat", files=(upload("cat.jpg", cat()),))
    go = await ana.press(result, "Go on")
    menu = await ben.uses(message, "Edit this picture")
    await stage.kill()
    await stage.start()
    assert (await ana.fill(go, prompt="now at night")).answered
    assert (await ben.fill(menu, prompt="in snow")).answered
    await another(stage, 3)
    assert len(stage.painter.ledger) == 3


async def test_a_button_of_a_year_ago_works(stage: Stage) -> None:
    ana, _, result = await first_picture(stage)
    stage.world.clock.advance(365 * 24 * 3600)
    await ana.fill(await ana.press(result, "Go on"), prompt="now at night")
    await ana.press(result, "Again")
    await another(stage, 3)
    assert [uploaded.data for uploaded in stage.painter.uploads][:1] == [stage.painter.uploads[0].data]
    assert len(stage.painter.ledger) == 3


async def test_card_whose_response_was_lost_is_found_and_its_picture_delivered(stage: Stage) -> None:
    ana, thread, result = await first_picture(stage)
    dropped: list[str] = []

    async def drop(phase: Phase, call: Call) -> None:
        if phase == "after" and call.route == "POST /channels/{channel}/messages" and not dropped:
            dropped.append(call.path)
            raise Drop

    stage.discord.hooks.append(drop)
    await ana.says(thread, "now at night", reply_to=result)
    await stage.world.until(lambda: dropped, timeout=20)
    await ana.command(stage.world.channel("general"), "imagine", prompt="a fox")  # by then the reply is stored
    await stage.world.until(lambda: len(stage.painter.ledger) == 2, timeout=20)
    await stage.kill()
    await stage.start()
    await another(stage)
    assert len(stage.painter.ledger) == 3
    assert not any("went wrong" in message.text for message in thread.seen)


async def test_message_while_the_database_is_down_is_answered(stage: Stage) -> None:
    ana, thread, result = await first_picture(stage)
    away = sa.create_engine(stage.settings["DATABASE_URL"])
    with away.begin() as connection:
        connection.execute(sa.text("ALTER TABLE jobs RENAME TO jobs_away"))
    away.dispose()
    await ana.says(thread, "now at night", reply_to=result)
    await stage.world.until(lambda: "went wrong on my side" in thread.seen[-1].text, timeout=20)
    assert len(stage.painter.ledger) == 1
