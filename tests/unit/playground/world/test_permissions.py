"""Permissions and mentions of the world, as Discord adds them up."""

from __future__ import annotations

from typing import Any

import pytest

from playground.world import conversation
from playground.world.mentions import permissions_of
from playground.world.permissions import EVERYTHING, Permission
from playground.world.world import World, studio


@pytest.fixture
def world() -> World:
    return studio()


@pytest.mark.proves("permissions-add-up")
def test_overwrites_add_up_as_at_discord(world: World) -> None:
    photos = world.channel("photos")
    ana = world.user("Ana")
    guild = photos.guild
    assert guild is not None  # a channel of the studio
    loud = world.add_role(guild, "Loud")
    quiet = world.add_role(guild, "Quiet")

    def may() -> bool:
        return bool(permissions_of(ana, photos, world.clock()) & Permission.SEND_MESSAGES)

    assert may()
    world.overwrite(photos, guild.everyone, deny=Permission.SEND_MESSAGES)
    assert not may()
    world.give(ana, loud, guild)
    world.give(ana, quiet, guild)
    world.overwrite(photos, loud, allow=Permission.SEND_MESSAGES)
    world.overwrite(photos, quiet, deny=Permission.SEND_MESSAGES)
    assert may()  # among roles an allow wins over a deny
    world.overwrite(photos, ana, deny=Permission.SEND_MESSAGES)
    assert not may()  # the member's own overwrite comes last
    assert not permissions_of(ana, photos, world.clock()) & Permission.ATTACH_FILES  # not without sending
    world.set_permissions(guild, loud, Permission.ADMINISTRATOR)
    assert permissions_of(ana, photos, world.clock()) == EVERYTHING == permissions_of(guild.owner, photos, 0)


@pytest.mark.proves("permissions-add-up")
def test_a_hidden_channel_permits_nothing_in_it_or_its_threads(world: World) -> None:
    photos = world.channel("photos")
    ana = world.user("Ana")
    thread = conversation.open_thread(world, photos, ana, "Mine")
    assert permissions_of(ana, thread, 0) & Permission.SEND_MESSAGES_IN_THREADS
    world.overwrite(photos, ana, deny=Permission.VIEW_CHANNEL)
    assert permissions_of(ana, photos, 0) == permissions_of(ana, thread, 0) == 0
    assert permissions_of(world.add_user("Stranger"), photos, 0) == 0


@pytest.mark.proves("permissions-add-up")
def test_who_is_timed_out_reads_only(world: World) -> None:
    photos = world.channel("photos")
    ana = world.user("Ana")
    assert photos.guild is not None  # a channel of the studio
    photos.guild.members[ana.id].timed_out_until = 100.0
    assert permissions_of(ana, photos, 99.0) == Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
    assert permissions_of(ana, photos, 101.0) & Permission.SEND_MESSAGES


@pytest.mark.parametrize(
    ("text", "allowed", "pinged"),
    [
        ("<@{ana}> <@!{ben}>", None, ["Ana", "Ben"]),
        ("<@{ana}> <@{ben}>", {"parse": []}, []),
        ("<@{ana}> <@{ben}>", {"parse": [], "users": ["{ben}"]}, ["Ben"]),
        ("<@{ana}>", {"parse": ["roles"]}, []),
        ("<@&{team}>", None, ["Chiyo"]),
        ("<@&{team}>", {"parse": ["users"]}, []),
        ("<@&{moderators}>", None, []),  # not mentionable, and the bot may not mention everyone
        ("@everyone", None, []),
    ],
)
@pytest.mark.proves("message-pings")
def test_a_message_pings_whom_it_may(world: World, text: str, allowed: Any, pinged: list[str]) -> None:
    photos = world.channel("photos")
    guild = photos.guild
    assert guild is not None  # a channel of the studio
    team = world.add_role(guild, "Team", mentionable=True)
    world.give(world.user("Chiyo"), team, guild)
    names = {user.name.lower(): user.id for user in world.users.values()} | {"team": team.id}
    names["moderators"] = next(role.id for role in guild.roles.values() if role.name == "Moderators")
    if allowed and "users" in allowed:
        allowed = allowed | {"users": [name.format(**names) for name in allowed["users"]]}
    message = conversation.post(world, photos, world.bot, text.format(**names), allowed=allowed)
    assert [user.name for user in message.pinged] == pinged


@pytest.mark.proves("message-pings")
def test_everyone_is_pinged_by_who_may_and_only_where_they_see_it(world: World) -> None:
    photos = world.channel("photos")
    guild = photos.guild
    assert guild is not None  # a channel of the studio
    world.overwrite(photos, world.user("Ben"), deny=Permission.VIEW_CHANNEL)
    message = conversation.post(world, photos, guild.owner, "@everyone <@{}>".format(world.user("Ben").id))
    assert {user.name for user in message.pinged} == {"Retouch", "Ana", "Chiyo"} and message.mention_everyone


@pytest.mark.proves("message-pings")
def test_a_reply_pings_unless_switched_off_and_an_edit_never(world: World) -> None:
    photos = world.channel("photos")
    ana = world.user("Ana")
    first = conversation.post(world, photos, ana, "hello")
    assert conversation.post(world, photos, world.bot, "hi", reply_to=first).pinged == [ana]
    quiet = conversation.post(world, photos, world.bot, "hi", reply_to=first, allowed={"parse": ["users"]})
    assert quiet.pinged == [] and quiet.mentions == []
    conversation.edit(world, quiet, {"content": ana.mention})
    assert quiet.mentions == [ana] and quiet.pinged == []
    assert conversation.post(world, photos, world.bot, ana.mention, flags=1 << 12).pinged == []


def test_a_private_message_always_rings(world: World) -> None:
    ana = world.user("Ana")
    assert conversation.post(world, world.dm(ana), world.bot, "hello", allowed={"parse": []}).pinged == [ana]
