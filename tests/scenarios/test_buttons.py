"""Each button in each case: none ever says "interaction failed", and none costs what was not ordered."""

from __future__ import annotations

import asyncio

import pytest

from playground.world import conversation
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.button_table import (
    BUTTONS,
    CANCEL,
    COMPARE,
    DELETE,
    GO_ON,
    REPORT,
    STEPS,
    Button,
    reports,
    says,
)
from tests.scenarios.support.server import Server, job_in, while_painting_next
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

all_buttons = pytest.mark.parametrize("button", BUTTONS, ids=[button.label for button in BUTTONS])


@all_buttons
async def test_fresh(server: Server, button: Button) -> None:
    message = await button.scene(server)
    answer = await button.use(server.ana, message)
    await button.came(server, message, answer, server.ana)


async def test_after_a_restart(server: Server) -> None:
    """Press all buttons after one restart."""
    scenes = [(button, await button.scene(server)) for button in BUTTONS if button is not CANCEL]
    scenes.append((CANCEL, await CANCEL.scene(server)))
    await server.stage.kill()
    await server.stage.start()
    for button, message in scenes:
        try:
            answer = await button.use(server.ana, message)
            await button.came(server, message, answer, server.ana)
        except Exception as error:
            error.add_note(f"{button.label}, after a restart")
            raise


@all_buttons
async def test_twenty_minutes_after_the_interaction(server: Server, button: Button) -> None:
    message = await button.scene(server)
    server.world.clock.advance(20 * 60)
    if button.paints:  # and again until the picture is there: by then the token of the press has expired too
        while_painting_next(server, lambda: server.world.clock.advance(20 * 60))
    answer = await button.use(server.ana, message)
    await button.came(server, message, answer, server.ana)


@all_buttons
async def test_pressed_by_somebody_else(server: Server, button: Button) -> None:
    message = await button.scene(server)
    if button.for_all:
        answer = await button.use(server.ben, message)
        await button.came(server, message, answer, server.ben)
    else:
        before = message.text
        says(await button.use(server.ben, message), "refused-not-yours")
        assert not message.deleted
        assert message.text == before


@all_buttons
async def test_pressed_twice_at_once(server: Server, button: Button) -> None:
    message = await button.scene(server)
    before = len(server.painter.ledger)
    answers = await asyncio.gather(*(button.use(server.ana, message) for _ in range(2)))
    assert not any(answer.failed for answer in answers)
    if button.paints:
        accepted, refused = sorted(answers, key=lambda answer: answer.ephemeral)
        says(refused, "refused-twice")
        await button.came(server, message, accepted, server.ana)
        assert len(server.painter.ledger) == before + 1
    elif button is CANCEL:
        accepted, refused = sorted(answers, key=lambda answer: "late" in str(answer.message and answer.message.content))
        says(refused, "refused-too-late-to-cancel")
        await button.came(server, message, accepted, server.ana)
    elif button is REPORT:
        replies = sorted([(await answer.said(timeout=15)).content for answer in answers], key=len)
        assert sentence("report-thanks").fullmatch(replies[0]), replies
        assert sentence("refused-report-twice").fullmatch(replies[1]), replies
        assert len(reports(server)) == 1
    elif button in (COMPARE, STEPS):  # one at a time; if the first ends soon enough, both are shown
        messages = [await answer.said(timeout=15) for answer in answers]
        assert any(message.attachments for message in messages), messages
        assert all(
            message.attachments or sentence("refused-at-it").fullmatch(message.content) for message in messages
        ), messages
    else:
        for answer in answers:
            await button.came(server, message, answer, server.ana)
        assert len(server.painter.ledger) == before


def archive_of(server: Server) -> Message:
    """Return the message that holds the first source."""
    with_files = (message for message in server.thread.seen if message.attachments)
    return next(message for message in with_files if message.attachments[0].name.startswith("source-"))


@all_buttons
async def test_on_a_deleted_source(server: Server, button: Button) -> None:
    message = await button.scene(server)
    before = len(server.painter.ledger)
    if button is GO_ON:  # the source is the picture with the button, so it is deleted only after the press
        form = await server.ana.press(message, "Go on")
        conversation.delete(server.world, message, "Mod")
        answer = await server.ana.fill(form, prompt="now at night")
    else:
        conversation.delete(server.world, archive_of(server), "Mod")
        answer = await button.use(server.ana, message)
    if button.paints:
        card = answer.message
        assert card is not None, answer
        await server.world.until(lambda: sentence("error-source-gone").search(card.text), timeout=20)
        assert not server.charged(job_in(card))
    elif button is COMPARE:
        await answer.said(timeout=15)
        says(answer, "error-source-gone")
    else:  # the rest is shown, or deleted
        await button.came(server, message, answer, server.ana)
    assert len(server.painter.ledger) == before


@all_buttons
async def test_pressed_by_a_blocked_member(server: Server, button: Button, records: BotRecords) -> None:
    message = await button.scene(server)
    text = message.text
    rows = records.jobs()
    charges = len(server.painter.ledger)
    first = await server.mallory.press(message, button.label)
    await first.said()
    says(first, "refused-blocked")
    assert (message.text, message.deleted) == (text, False)
    assert (records.jobs(), len(server.painter.ledger)) == (rows, charges)


@all_buttons
async def test_in_an_archived_thread(server: Server, button: Button) -> None:
    message = await button.scene(server)
    conversation.change_thread(server.world, server.thread, by="Discord", archived=True)
    answer = await button.use(server.ana, message)
    await button.came(server, message, answer, server.ana)
    await server.world.until(lambda: not server.thread.archived, timeout=10)


@pytest.mark.parametrize("archived", [False, True], ids=["open", "archived"])
@all_buttons
async def test_in_a_locked_thread(server: Server, button: Button, archived: bool, records: BotRecords) -> None:
    message = await button.scene(server)
    rows = records.jobs()
    charges = len(server.painter.ledger)
    conversation.change_thread(server.world, server.thread, by="Mod", locked=True, archived=archived)
    if button.paints:
        answer = await button.use(server.ana, message)
        says(answer, "refused-thread-locked")
        assert (records.jobs(), len(server.painter.ledger)) == (rows, charges)
    elif button is DELETE and archived:
        question = await server.ana.press(message, "Delete")
        assert question.message is not None, question
        conversation.change_thread(server.world, server.thread, by="Mod", archived=True)
        answer = await server.ana.press(question.message, "Yes, delete it")
        refused = sentence("refused-thread-locked")
        await server.world.until(lambda: any(refused.fullmatch(sent.content) for sent in answer.followups), timeout=10)
        assert not message.deleted
    else:
        answer = await button.use(server.ana, message)
        await button.came(server, message, answer, server.ana)


async def test_deleting_opens_an_archived_thread_for_as_long_as_it_takes(server: Server) -> None:
    """Archive the thread between the two presses: in an archived thread nothing can be deleted."""
    message = await DELETE.scene(server)
    question = await server.ana.press(message, "Delete")
    assert question.message is not None
    conversation.change_thread(server.world, server.thread, by="Discord", archived=True)
    answer = await server.ana.press(question.message, "Yes, delete it")
    await DELETE.came(server, message, answer, server.ana)


async def test_each_step_has_a_frame_with_its_prompt_but_repeats_do_not(server: Server) -> None:
    second = await STEPS.scene(server)
    again = await server.ana.press(second, "Again")
    third = await server.picture(job_in(again.message))
    for message in (second, third):
        reply = await (await server.ana.press(message, "Steps")).said(timeout=15)
        assert [line.split(" ", 1)[1] for line in reply.content.splitlines()] == [
            "the original",
            "as a poster",
            "now at night",
            "Made by AI: all but **1**",
        ]
