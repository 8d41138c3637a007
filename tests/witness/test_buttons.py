"""The buttons under a picture, in a Discord by other authors."""

from __future__ import annotations

import discord
import pytest

from tests.witness.place import Place, answer, job_of, painted, pinged, whispered, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_go_on_paints_from_the_result(place: Place) -> None:
    result = await place.result()
    form = await place.ana.click(result, label="Go on")
    assert form.modal is not None
    await place.ana.submit_modal(form, {"prompt": "now at night"})
    following = await place.newest([result.id])
    assert place.painter.uploads[-1].data == await result.attachments[0].read()
    assert place.charges(job_of(result), job_of(following)) == 2


async def test_change_opens_a_form_with_what_was_asked_and_paints_that(place: Place) -> None:
    result = await place.result(prompt="as a poster")
    form = await place.ana.click(result, label="Change")
    assert "as a poster" in str(form.modal)
    source = place.painter.uploads[-1].data
    await place.ana.submit_modal(form, {"prompt": "as a stamp", "model": ["gpt-image-2"]})
    following = await place.newest([result.id])
    assert place.painter.uploads[-1].data == source
    assert "GPT" in following.content


async def test_again_and_sharper_are_new_orders(place: Place) -> None:
    result = await place.result()
    await place.ana.click(result, label="Again")
    second = await place.newest([result.id])
    await place.ben.click(second, label="Sharper")
    third = await place.newest([result.id, second.id])
    assert "2K" in third.content
    assert pinged(place.stage, third) == [place.ben.id]
    assert place.charges(job_of(result), job_of(second), job_of(third)) == 3


async def test_compare_and_steps_are_shown_to_whoever_pressed(place: Place) -> None:
    result = await place.result()
    form = await place.ana.click(result, label="Go on")
    await place.ana.submit_modal(form, {"prompt": "now at night"})
    following = await place.newest([result.id])
    await shows(place, following, "Compare")
    await shows(place, following, "Steps")
    assert place.charges(job_of(result), job_of(following)) == 2


async def shows(place: Place, message: discord.Message, label: str) -> None:
    """Press a button that answers with a picture. Raises AssertionError if others than the presser see it."""
    pressed = await place.ben.click(message, label=label)
    await place.stage.until(lambda: pressed.response and pressed.response.attachments, f"what {label} shows")
    assert answer(pressed).ephemeral
    assert answer(pressed).attachments[0].description
    assert answer(pressed).id not in {seen.id for seen in place.thread.history(viewer=place.ana)}


async def test_cancel_while_painting_says_what_it_costs(place: Place) -> None:
    place.painter.fault("slow", times=1)
    order = await place.order()
    job = job_of(order)
    card = answer(order)
    await place.stage.until(lambda: place.charges(job), "the purchase")
    await place.stage.until(lambda: "Painting in" in words(card), "a card that says it is being painted")
    reply = await place.ana.click(card, label="Cancel")
    assert "no cancel" in whispered(reply)
    await place.stage.until(lambda: "Called off" in words(card), "the card that says so")


async def test_only_requester_and_moderators_delete(place: Place) -> None:
    result = await place.result()
    refused = await place.ben.click(result, label="Delete")
    assert "Only the person who asked" in whispered(refused)
    question = await place.mod.click(result, label="Delete")
    assert answer(question).ephemeral
    await place.mod.click(answer(question), label="Yes, delete it")
    await place.stage.until(
        lambda: result.id not in {message.id for message in place.thread.history()}, "the picture to go"
    )


async def test_confirmation_after_losing_the_permission_deletes_nothing(place: Place) -> None:
    result = await place.result()
    question = await place.mod.click(result, label="Delete")
    await place.stage.app.http.remove_role(place.guild.id, place.mod.id, place.guild.roles["Mods"].id)
    refused = await place.mod.click(answer(question), label="Yes, delete it")
    assert "Only the person who asked" in whispered(refused)
    assert result.id in {message.id for message in place.thread.history()}


async def test_a_double_press_is_one_order(place: Place) -> None:
    result = await place.result()
    await place.ana.click(result, label="Again")
    twice = await place.ana.click(result, label="Again")
    assert "You just asked for exactly that" in whispered(twice)
    second = await place.newest([result.id])
    assert place.charges(job_of(result), job_of(second)) == 2


async def test_try_again_after_a_failure(place: Place) -> None:
    place.painter.fault("failed:generation_failed", times=1)
    await place.order()
    await place.ana.click(await place.failed(), label="Try again")
    result = await place.newest()
    assert place.charges(job_of(result)) == 1


async def test_a_button_in_an_archived_thread_works(place: Place) -> None:
    result = await place.result()
    await place.stage.app.http.edit_channel(place.thread.id, archived=True)
    await place.ana.click(result, label="Again")
    second = await place.newest([result.id])
    assert painted(second)


async def test_a_report_reaches_the_moderators_who_delete_the_picture(place: Place) -> None:
    reports = place.guild.create_text_channel("reports")
    await place.rule("log", reports_channel=[reports])
    result = await place.result()
    form = await place.ben.click(result, label="Report")
    thanks = await place.ben.submit_modal(form, {"reason": "it is rude"})
    assert "The moderators of this server have your report" in whispered(thanks)
    (report,) = reports.history()
    assert "it is rude" in words(report)
    assert report.attachments[0].filename.startswith("SPOILER_reported-")
    await place.mod.click(report, label="Delete")
    await place.stage.until(lambda: "Deleted" in words(reports.history()[0]), "the report to be decided")
    assert result.id not in {message.id for message in place.thread.history()}
