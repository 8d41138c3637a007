"""Events that reach the bot, by its intents and by what it may see."""

from __future__ import annotations

from functools import partial

import discord
import pytest

from playground.world.members import Member
from playground.world.messages import upload
from playground.world.people import User
from playground.world.permissions import Permission
from playground.world.world import studio
from tests.support.small_bot import SmallBot, bot_online, png


@pytest.mark.proves("message-content-intent")
async def test_what_others_say_is_hidden_unless_it_is_meant_for_the_bot() -> None:
    async with bot_online() as stage:
        bot = stage.bot
        ben = Member(stage.world, "Ben")
        own = await stage.place(stage.photos).send("Mine")
        mine = stage.photos.messages[own.id]
        picture = (upload("cat.png", png()),)
        contents: dict[str, tuple[str, int]] = {}
        for name, text, more in (
            ("plain", "to all", {}),
            ("mention", f"{stage.world.bot.mention} you", {}),
            ("reply", "to you", {"reply_to": mine}),
            ("quiet reply", "to you", {"reply_to": mine, "ping": False}),
        ):
            message = await ben.says(stage.photos, text, files=picture, **more)
            await stage.world.until(partial(_heard, bot, message.id))
            contents[name] = (bot.heard[-1].content, len(bot.heard[-1].attachments))
        assert contents["plain"] == ("", 0) and contents["quiet reply"] == ("", 0)
        assert contents["mention"] == (f"{stage.world.bot.mention} you", 1) and contents["reply"] == ("to you", 1)
        assert bot.heard[0].content == "Mine"
        await ben.says(stage.world.dm(ben.user), "in private", files=picture)
        await stage.world.until(lambda: len(bot.heard) == 6)
        assert (bot.heard[-1].content, len(bot.heard[-1].attachments)) == ("in private", 1)


@pytest.mark.proves("message-content-intent")
async def test_a_mention_in_a_reply_does_not_carry_somebody_elses_picture() -> None:
    async with bot_online() as stage:
        photo = await Member(stage.world, "Ben").says(stage.photos, "my cat", files=(upload("cat.png", png()),))
        await stage.ana.says(stage.photos, f"{stage.world.bot.mention} this one", reply_to=photo)
        await stage.world.until(lambda: len(stage.bot.heard) == 2)
        heard = stage.bot.heard[1]
        assert heard.content.endswith("this one") and heard.reference is not None
        carried = heard.reference.resolved
        assert isinstance(carried, discord.Message) and (carried.content, carried.attachments) == ("", [])


@pytest.mark.proves("gateway-visibility")
async def test_what_the_bot_may_not_see_it_does_not_hear() -> None:
    async with bot_online() as stage:
        stage.world.overwrite(stage.photos, stage.world.bot, deny=Permission.VIEW_CHANNEL)
        await stage.ana.says(stage.photos, "behind closed doors")
        await stage.ana.says(stage.guild.channel("general"), "in public")
        await stage.world.until(lambda: stage.bot.heard)
        assert [message.channel.id for message in stage.bot.heard] == [stage.guild.channel("general").id]


@pytest.mark.proves("member-list")
async def test_members_are_listed_for_those_who_may_ask() -> None:
    world = studio()
    world.application.members_intent = True
    intents = discord.Intents.default()
    intents.members = True
    async with bot_online(world, intents=intents) as stage:
        guild = stage.bot.get_guild(stage.guild.id)
        assert guild is not None  # logged in
        assert {member.name for member in guild.members} >= {"ana", "ben", "chiyo"}
        newcomer: User = world.add_user("Emil")
        world.join(newcomer, stage.guild)
        await world.until(lambda: guild.get_member(newcomer.id) is not None)
        assert [member.id for member in await guild.query_members("em")] == [newcomer.id]


def _heard(bot: SmallBot, snowflake: int) -> bool:
    return any(message.id == snowflake for message in bot.heard)
