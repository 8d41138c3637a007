"""Deleted pictures: they disappear from every message of the bot, and no further picture is made from them."""

from __future__ import annotations

import pytest

from playground.world import conversation
from playground.world.messages import upload
from tests.scenarios.support.button_table import delete, says, with_form
from tests.scenarios.support.entry_table import Place, answer_to
from tests.scenarios.support.moderation import ModeratedServer, archive, files
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import job_in, job_of, plain
from tests.scenarios.support.wording import sentence
from tests.scenarios.test_server_panel import owner

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.proves("picture-deleted-everywhere")
async def test_deleted_picture_disappears_from_later_threads_copies_and_comparisons(moderated: ModeratedServer) -> None:
    """Edit it together with another picture, edit that copy again, and the moderators' copy as well."""
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    collages = [await (await server.ben.press(result, "Compare")).said(timeout=15)]
    form = await server.ben.press(result, "Go on")
    menu = await server.ben.uses(result, "Edit this picture")
    answer = await server.ben.fill(form, prompt="with a hat", uploads=upload("hat.jpg", cat(9)))
    second = await server.picture(job_in(answer.message))
    collages.append(await (await server.ben.press(second, "Steps")).said(timeout=15))
    collages.append(await (await server.ben.press(second, "Compare")).said(timeout=15))
    both = archive(second)
    copied = await server.ben.uses(both, "Edit this picture")
    answer = await server.ben.fill(copied, prompt="in fog", uploads=upload("owl.jpg", cat(3)))
    third = await server.picture(job_in(answer.message))
    again = archive(third)
    form = await owner(server).uses(moderated.report, "Edit this picture")
    answer = await owner(server).fill(form, prompt="as a stamp", uploads=upload("owl.jpg", cat(3)))
    fourth = await server.picture(job_in(answer.message))
    assert fourth.channel.parent is moderated.reports
    copies = [both, again, archive(fourth)]
    assert [len(files(copy)) for copy in copies] == [2, 2, 2]
    untouched = await server.result(prompt="another")
    await server.settled()
    conversation.change_thread(server.world, fourth.channel, by="Discord", archived=True)
    await moderated.mod.press(moderated.report, "Delete")
    await moderated.until(moderated.report, "**Deleted**")
    assert result.deleted
    assert files(moderated.report) == []
    assert [collage.deleted for collage in collages] == [True, True, True]
    later_results = [second, third, fourth]
    names = [f"source-{job_of(later)}-2" for later in later_results]
    assert [plain(files(copy)[0]).split(".")[0] for copy in copies] == names
    remaining = [*copies, *later_results, untouched, archive(untouched)]
    assert [len(files(message)) for message in remaining] == [1] * 8
    assert "Painted in" in both.text
    # Pictures made from it stay, but no further one is made.
    before = moderated.counted()
    strip = await (await server.ben.press(second, "Steps")).said(timeout=15)
    assert strip.content.splitlines()[:2] == ["**1** the original", "**2** as a poster (deleted since)"]
    assert len(files(strip)) == 1
    says(await server.ben.press(second, "Again"), "refused-picture-deleted")
    says(await with_form("Change", "in rain")(server.ben, second), "refused-picture-deleted")
    says(await server.ben.fill(menu, prompt="with a scarf"), "refused-picture-deleted")
    assert moderated.counted() == before


async def test_deleted_step_is_shown_as_a_labelled_gap(moderated: ModeratedServer) -> None:
    server = moderated.server
    first = await server.result()
    answer = await with_form("Go on", "now at night")(server.ana, first)
    second = await server.picture(job_in(answer.message))
    await delete(server.ana, first)
    await server.world.until(lambda: first.deleted, timeout=15)
    strip = await (await server.ana.press(second, "Steps")).said(timeout=15)
    assert strip.content.splitlines() == [
        "**1** the original",
        "**2** as a poster (deleted since)",
        "**3** now at night",
        "-# Made by AI: all but **1**",
    ]


async def test_a_thread_whose_only_picture_was_deleted_is_not_gone_on_from(moderated: ModeratedServer) -> None:
    server = moderated.server
    result = await server.result()
    form = await server.ana.press(result, "Go on")
    components = list(result.components)
    await delete(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=15)
    before = moderated.counted()
    says(await server.ana.fill(form, prompt="now at night"), "refused-picture-deleted")
    source = next(message for message in server.thread.seen if message.attachments)
    source.components = components  # as in an app that has not received the deletion yet
    for label in ("Go on", "Compare", "Report"):
        says(await server.ana.press(source, label), "refused-picture-deleted")
    mention = await server.ana.says(server.thread, f"<@{server.world.bot.id}> now at night")
    reply = await answer_to(Place(server, server.thread), mention)
    assert sentence("refused-picture-deleted").fullmatch(reply.content), reply
    assert moderated.counted() == before


async def test_copy_in_a_locked_thread_is_reported_to_the_moderator(moderated: ModeratedServer) -> None:
    """Let the moderators edit their own copy, and lock the thread."""
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    form = await owner(server).uses(moderated.report, "Edit this picture")
    answer = await owner(server).fill(form, prompt="as a stamp", uploads=upload("owl.jpg", cat(3)))
    second = await server.picture(job_in(answer.message))
    conversation.change_thread(server.world, second.channel, by="Mod", locked=True, archived=True)
    deletion = await delete(moderated.mod, result)
    await server.world.until(
        lambda: "could not be changed" in str(deletion.source and deletion.source.content), timeout=15
    )
    assert deletion.source is not None
    assert deletion.source.content.startswith("Deleted.\nOne message with a copy of it could not be changed")
    assert result.deleted
    assert len(files(archive(second))) == 2
