"""People in front of a real discord.py bot: what they type and press arrives, and what it answers comes back."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio

from playground.world.interactions import CallbackType
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.typed_command import CannotDo
from tests.support.small_bot import Form, Stage, Talk, bot_online, png

CAT = upload("my cat.png", png())


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with bot_online() as stage:
        yield stage


@pytest.mark.proves("command-attachment")
async def test_a_command_brings_the_attachment_byte_for_byte(stage: Stage) -> None:
    seen: dict[str, Any] = {}

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        seen.update(event, data=await event["image"].read(), talk=talk)
        await talk.response.send_message(
            "Here you are", file=discord.File(io.BytesIO(b"#"), "source.py", description="Code")
        )

    stage.bot.answer = answer
    done = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="as a lithograph")
    image = seen["image"]
    talk = seen["talk"]
    assert (seen["data"], seen["prompt"], seen["model"]) == (CAT.data, "as a lithograph", None)
    assert (image.filename, image.content_type, image.ephemeral) == ("my_cat.png", "image/png", True)
    assert (image.width, image.height) == (12, 8)
    assert (talk.locale.value, talk.guild_locale.value, talk.user.display_name) == ("en-US", "en-US", "Ana")
    assert talk.permissions.attach_files and not talk.permissions.manage_messages and talk.app_permissions.send_messages
    assert talk.filesize_limit == 10 * 1024 * 1024 and talk.is_guild_integration()
    assert done.answered and not done.failed and not done.ephemeral
    assert done.message is not None and done.message.content == "Here you are"
    assert [(file.name, file.description) for file in done.message.attachments] == [("source.py", "Code")]


@pytest.mark.proves("command-attachment")
async def test_a_declared_type_may_lie_and_travels_as_declared(stage: Stage) -> None:
    seen: list[Any] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        seen.append(event["image"])
        await talk.response.send_message("?")

    stage.bot.answer = answer
    await stage.ana.command(stage.photos, "edit", image=upload("a.png", b"no picture", "image/jpeg"), prompt="x")
    assert (seen[0].content_type, seen[0].width, seen[0].size) == ("image/jpeg", None, 10)


@pytest.mark.proves("ephemeral-answers")
async def test_an_ephemeral_answer_is_seen_by_nobody_else(stage: Stage) -> None:
    done = await stage.ana.command(stage.photos, "server settings", who=stage.world.user("Chiyo"))
    assert done.ephemeral and done.message is not None and done.message.content == "Chiyo True"
    assert stage.ana.sees(stage.photos) == [done.message] and Member(stage.world, "Ben").sees(stage.photos) == []
    with pytest.raises(discord.NotFound) as no:
        await stage.place(stage.photos).fetch_message(done.message.id)
    assert no.value.code == 10008
    with pytest.raises(CannotDo):
        await Member(stage.world, "Ben").press(done.message, "anything")


@pytest.mark.proves("answer-within-three-seconds")
async def test_a_late_answer_is_refused_and_the_member_was_told(stage: Stage) -> None:
    codes: list[int] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        stage.world.clock.advance(3.5)
        try:
            await talk.response.send_message("Too late")
        except discord.HTTPException as no:
            codes.append(no.code)
            stage.world.changed()

    stage.bot.answer = answer
    done = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    await stage.world.until(lambda: codes, 3)
    assert codes == [10062] and done.failed and not done.answered
    assert "The application did not respond" in str(stage.world.transcript)
    assert stage.photos.messages == {}


@pytest.mark.proves("answer-once")
async def test_a_second_answer_is_refused(stage: Stage) -> None:
    codes: list[int] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.send_message("One")
        talk.response._response_type = None  # discord.py would not even ask
        try:
            await talk.response.send_message("Two")
        except discord.HTTPException as no:
            codes.append(no.code)
            stage.world.changed()

    stage.bot.answer = answer
    await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    await stage.world.until(lambda: codes, 3)
    assert codes == [40060] and [message.content for message in stage.photos.seen] == ["One"]


@pytest.mark.proves("token-lifetime")
async def test_the_token_dies_after_fifteen_minutes(stage: Stage) -> None:
    talks: list[Talk] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        talks.append(talk)
        await talk.response.defer(ephemeral=True)

    stage.bot.answer = answer
    done = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    assert done.answer is CallbackType.THINKING and not done.settled
    stage.world.clock.advance(14 * 60)
    await talks[0].edit_original_response(content="Still in time")
    assert (await done.said()).content == "Still in time" and done.ephemeral
    await talks[0].followup.send("And one more", ephemeral=True)
    stage.world.clock.advance(61)
    for late in (talks[0].edit_original_response(content="x"), talks[0].followup.send("y")):
        with pytest.raises(discord.HTTPException) as no:
            await late
        assert (no.value.status, no.value.code) == (401, 50027)


@pytest.mark.proves("ephemeral-answers")
async def test_after_thinking_the_first_follow_up_takes_its_place(stage: Stage) -> None:
    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.defer(thinking=True)
        await talk.followup.send("Instead", ephemeral=True)

    stage.bot.answer = answer
    done = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    assert (await done.said()).content == "Instead" and not done.ephemeral
    assert done.followups == [] and len(stage.photos.messages) == 1


@pytest.mark.proves("autocomplete-limits")
async def test_suggestions_follow_what_is_typed(stage: Stage) -> None:
    assert await stage.ana.autocomplete(stage.photos, "edit", "model", "gem", prompt="x") == [
        {"name": "Gemini flash", "value": "gemini flash"},
        {"name": "Gemini pro", "value": "gemini pro"},
    ]
    with pytest.raises(CannotDo):
        await stage.ana.autocomplete(stage.photos, "edit", "prompt", "gem")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"prompt": "x"}, "required"),
        ({"image": CAT, "prompt": "x", "colour": "red"}, "no option"),
        ({"image": CAT, "prompt": "x" * 41}, "41 characters"),
        ({"image": CAT, "prompt": ""}, "0 characters"),
        ({"image": "cat.png", "prompt": "x"}, "type 11"),
    ],
)
@pytest.mark.proves("command-sent-by-app")
async def test_what_the_app_would_not_send_can_not_be_typed(stage: Stage, options: dict[str, Any], word: str) -> None:
    with pytest.raises(CannotDo, match=word):
        await stage.ana.command(stage.photos, "edit", **options)
    assert not stage.world.interactions


@pytest.mark.proves("command-sent-by-app")
async def test_who_may_not_use_commands_does_not_see_them(stage: Stage) -> None:
    stage.world.overwrite(stage.photos, stage.guild.everyone, deny=Permission.USE_APPLICATION_COMMANDS)
    with pytest.raises(CannotDo, match="may not use commands"):
        await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    with pytest.raises(CannotDo, match="subcommand"):
        await stage.ana.command(stage.photos, "server")
    with pytest.raises(CannotDo, match="not offered"):
        await stage.ana.command(stage.world.dm(stage.ana.user), "server settings", who=stage.ana.user)


@pytest.mark.proves("buttons-and-forms")
async def test_a_button_and_a_form(stage: Stage) -> None:
    class Buttons(discord.ui.View):
        @discord.ui.button(label="Again")
        async def again(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
            await talk.response.send_modal(Form())

        @discord.ui.button(label="Remove", custom_id="remove")
        async def remove(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
            await talk.response.edit_message(content="Removed", view=None)

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.send_message("Painted", view=Buttons())

    stage.bot.answer = answer
    done = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    card = await done.said()
    assert card.buttons == ["Again", "Remove"]
    pressed = await stage.ana.press(card, "Again")
    with pytest.raises(CannotDo):
        await stage.ana.fill(pressed, prompt="x" * 51)
    filled = await stage.ana.fill(pressed, Prompt="in oil")
    assert filled.ephemeral and (await filled.said()).content == "You wrote in oil"
    await stage.ana.press(card, "remove")
    assert card.content == "Removed" and card.buttons == []
    with pytest.raises(CannotDo):
        await stage.ana.press(card, "Again")


@pytest.mark.proves("selects")
async def test_a_menu_offers_what_it_shows(stage: Stage) -> None:
    class Menu(discord.ui.View):
        @discord.ui.select(placeholder="Style", options=[discord.SelectOption(label="Oil", value="o")])
        async def style(self, talk: discord.Interaction[Any], menu: discord.ui.Select[Any]) -> None:
            await talk.response.send_message(f"Chose {menu.values}")

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        await talk.response.send_message("Which?", view=Menu())

    stage.bot.answer = answer
    card = await (await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")).said()
    assert (await (await stage.ana.select(card, "Oil")).said()).content == "Chose ['o']"
    with pytest.raises(CannotDo):
        await stage.ana.select(card, "Chalk")


@pytest.mark.proves("context-menus")
async def test_a_message_menu_carries_somebody_elses_picture(stage: Stage) -> None:
    seen: list[discord.Message] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        seen.append(event["message"])
        await talk.response.send_message("Taken", ephemeral=True)

    stage.bot.answer = answer
    photo = await Member(stage.world, "Ben").says(stage.photos, "look", files=(CAT,))
    done = await stage.ana.uses(photo, "Edit this picture")
    assert done.ephemeral and seen[0].content == "look" and await seen[0].attachments[0].read() == CAT.data


@pytest.mark.proves("user-installed-app")
async def test_an_app_that_a_member_brought_along_has_only_its_token(stage: Stage) -> None:
    for command in stage.world.commands:
        command["integration_types"] = [0, 1]
    away = stage.world.add_guild("Elsewhere", stage.ana.user, with_bot=False)
    street = stage.world.add_channel(away, "street")
    talks: list[Talk] = []

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        talks.append(talk)
        await talk.response.send_message("Here too")

    stage.bot.answer = answer
    done = await stage.ana.command(street, "edit", image=CAT, prompt="x")
    assert done.by_user_install and (await done.said()).content == "Here too" and talks[0].is_user_integration()
    for n in range(5):
        await talks[0].followup.send(f"{n}")
    with pytest.raises(discord.HTTPException) as no:
        await talks[0].followup.send("one too many")
    assert no.value.code == 40094
    assert (await stage.sends(street, {"content": "x"}))[1]["code"] == 50001
    stage.world.set_permissions(away, away.everyone, away.everyone.permissions & ~Permission.USE_EXTERNAL_APPS)
    ben = stage.world.join(stage.world.user("Ben"), away)
    assert (await Member(stage.world, ben.user).command(street, "edit", image=CAT, prompt="x")).ephemeral
