"""Each kind of interaction and each kind of answer, between people and an unmodified discord.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from playground.world.interactions import CallbackType
from playground.world.messages import upload
from playground.world.places import Message
from playground.world.typed_command import CannotDo
from tests.support.small_bot import SmallBot, Stage, Talk, bot_online, png

CAT = upload("my cat.png", png())


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with bot_online() as stage:
        yield stage


async def _card(stage: Stage, view: discord.ui.View) -> Message:
    async def answer(talk: Talk, message: dict[str, Any]) -> None:
        await talk.response.send_message("Which?", view=view)

    stage.bot.answer = answer
    return await (await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")).said()


@pytest.mark.proves("answer-fits-question")
async def test_a_button_may_be_answered_later_and_its_message_changes_then(stage: Stage) -> None:
    class Buttons(discord.ui.View):
        @discord.ui.button(label="Later")
        async def later(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
            await talk.response.defer()
            await talk.edit_original_response(content="Changed")

    card = await _card(stage, Buttons())
    pressed = await stage.ana.press(card, "Later")
    assert pressed.answer is CallbackType.LATER
    await stage.world.until(lambda: card.content == "Changed")


@pytest.mark.proves("selects")
async def test_people_roles_and_channels_are_chosen_as_what_they_are(stage: Stage) -> None:
    chosen: list[Any] = []

    class Menus(discord.ui.View):
        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
        async def who(self, talk: discord.Interaction[Any], menu: discord.ui.UserSelect[Any]) -> None:
            chosen.extend(menu.values)
            await talk.response.defer()

        @discord.ui.select(cls=discord.ui.RoleSelect, custom_id="role")
        async def role(self, talk: discord.Interaction[Any], menu: discord.ui.RoleSelect[Any]) -> None:
            chosen.extend(menu.values)
            await talk.response.defer()

        @discord.ui.select(cls=discord.ui.ChannelSelect, custom_id="where")
        async def where(self, talk: discord.Interaction[Any], menu: discord.ui.ChannelSelect[Any]) -> None:
            chosen.extend(menu.values)
            await talk.response.defer()

    card = await _card(stage, Menus())
    ben = stage.world.user("Ben")
    moderators = next(role for role in stage.guild.roles.values() if role.name == "Moderators")
    for menu, thing in (("who", ben), ("role", moderators), ("where", stage.photos)):
        await stage.ana.select(card, str(thing.id), menu=menu)
    assert [(type(picked).__name__, picked.id) for picked in chosen] == [
        ("Member", ben.id), ("Role", moderators.id), ("AppCommandChannel", stage.photos.id),
    ]  # fmt: skip


@pytest.mark.proves("form-files")
async def test_a_form_takes_files_byte_for_byte(stage: Stage) -> None:
    got: list[tuple[str, bytes]] = []

    class Form(discord.ui.Modal, title="More pictures"):
        files: discord.ui.Label[Any] = discord.ui.Label(
            text="Pictures", component=discord.ui.FileUpload(custom_id="files", max_values=2)
        )

        async def on_submit(self, talk: discord.Interaction[Any]) -> None:
            assert isinstance(self.files.component, discord.ui.FileUpload)
            got.extend([(file.filename, await file.read()) for file in self.files.component.values])
            await talk.response.send_message("Thanks", ephemeral=True)

    async def answer(talk: Talk, message: dict[str, Any]) -> None:
        await talk.response.send_modal(Form())

    stage.bot.answer = answer
    form = await stage.ana.command(stage.photos, "edit", image=CAT, prompt="x")
    assert form.answer is CallbackType.MODAL
    with pytest.raises(CannotDo):
        await stage.ana.fill(form, files=(CAT, CAT, CAT))
    done = await stage.ana.fill(form, files=(CAT, upload("b.png", b"b")))
    assert done.ephemeral and got == [("my_cat.png", CAT.data), ("b.png", b"b")]


@pytest.mark.proves("context-menus")
async def test_a_persons_menu_carries_that_person() -> None:
    class Greeter(SmallBot):
        def add_commands(self) -> None:
            @self.tree.context_menu(name="Greet")
            async def greet(talk: Talk, member: discord.Member) -> None:
                await talk.response.send_message(f"Hello {member.display_name}")

    async with bot_online(kind=Greeter) as stage:
        done = await stage.ana.uses(stage.world.user("Ben"), "Greet", stage.photos)
        assert (await done.said()).content == "Hello Ben"
