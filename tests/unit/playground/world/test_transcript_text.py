"""The transcript as a text that can be compared: with the words of people and without their ids and seconds."""

from __future__ import annotations

import io
from typing import Any

import discord
import pytest

from playground.world import conversation
from playground.world.members import Member
from playground.world.typed_command import CannotDo
from playground.world.world import studio
from tests.support.small_bot import Form, Talk, bot_online, png

EXPECTED = """\
#photos | Ana command | /edit image: [cat.png] prompt: as a lithograph
#photos | Retouch message | @Ana asked, job no. 1 <Again>
#photos | Retouch answered
#photos | Retouch thread | A lithograph
#photos > A lithograph | Retouch message | @Ana, painted in some s: (a link) [out.png] (pings Ana)
#photos | Retouch edited | Done: #photos > A lithograph (a moment) <Again>
#photos > A lithograph | Ana message | a bit darker (pings Retouch)
#photos | Ben press | Again
#photos | Retouch answered | the form Again
#photos | Ben submit | Again
#photos | Retouch message (only they see it) | You wrote in oil
#photos | Retouch answered (only they see it)
#photos > A lithograph | Chiyo archived"""


async def test_a_whole_scenario_is_compared_word_for_word() -> None:
    class Buttons(discord.ui.View):
        @discord.ui.button(label="Again")
        async def again(self, talk: discord.Interaction[Any], button: discord.ui.Button[Any]) -> None:
            await talk.response.send_modal(Form())

    async def answer(talk: Talk, event: dict[str, Any]) -> None:
        pings = discord.AllowedMentions.none()
        words = f"{talk.user.mention} asked, job 0123456789abcdef"
        card = (await talk.response.send_message(words, view=Buttons(), allowed_mentions=pings)).resource
        assert isinstance(card, discord.InteractionMessage)
        thread = await stage.place(stage.photos).get_partial_message(card.id).create_thread(name="A lithograph")
        file = discord.File(io.BytesIO(png()), "out.png")
        await thread.send(f"{talk.user.mention}, painted in 3 s: {stage.discord.url}/x", file=file)
        for words in ("Painting", f"Done: {thread.mention} <t:1:R>"):
            await card.edit(content=words)

    async with bot_online() as stage:
        stage.bot.answer = answer
        world = stage.world
        photos = stage.photos
        world.album["cat.png"] = png()
        ana = Member(world, "Ana", at=photos)
        ben = Member(world, "Ben")
        await ana.edit("cat.png", "as a lithograph")
        await world.until(lambda: photos.seen[0].text.startswith("Done"))
        await ana.reply(photos.threads[0].seen[-1], "a bit darker")
        form = await ben.press(photos.seen[0], "Again")
        await ben.fill(form, prompt="in oil")
        assert [message.text for message in ben.sees(photos)][-1] == "You wrote in oil"
        conversation.change_thread(world, photos.threads[0], by="Chiyo", archived=True)
        assert world.plain_transcript == EXPECTED
        assert world.offences == []


def test_a_person_edits_only_what_they_have_and_where_they_are() -> None:
    world = studio()
    lost = Member(world, "Ana")
    poor = Member(world, "Ana", at=world.channel("photos"))
    for member, word in ((lost, "no channel"), (poor, "no picture")):
        with pytest.raises(CannotDo, match=word):
            member.edit("cat.png", "in oil").send(None)
