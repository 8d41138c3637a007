"""Threads and permissions in the stand-in Discord: as strict as the real one."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio

from playground.world import conversation
from playground.world.permissions import Permission
from playground.world.places import ChannelType
from tests.support.small_bot import Stage, bot_online, png, serving

Json = dict[str, Any]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    """Start a logged-in discord.py."""
    async with bot_online() as stage:
        yield stage


@pytest_asyncio.fixture
async def raw() -> AsyncIterator[Stage]:
    """Start the stand-in alone."""
    async with serving() as stage:
        yield stage


def file(data: bytes = b"x", name: str = "out.png", description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(data), name, description=description)


@pytest.mark.proves("thread-id")
async def test_a_thread_has_its_messages_id_and_a_second_is_refused(stage: Stage) -> None:
    message = await stage.place(stage.photos).send("Card")
    thread = await message.create_thread(name="A lithograph", auto_archive_duration=60)
    sent = await thread.send("Painted", file=file(png(), description="A cat"))
    assert thread.id == message.id and await sent.attachments[0].read() == png()
    assert sent.attachments[0].description == "A cat"
    with pytest.raises(discord.HTTPException) as no:
        await message.create_thread(name="Again")
    assert no.value.code == 160004
    thread_by_id = await stage.bot.fetch_channel(message.id)
    assert isinstance(thread_by_id, discord.Thread) and thread_by_id.auto_archive_duration == 60
    assert thread_by_id.owner_id == stage.world.bot.id
    first = await anext(thread.history(oldest_first=True))
    assert first.type is discord.MessageType.thread_starter_message


@pytest.mark.proves("thread-active-limit")
async def test_the_limit_of_active_threads(stage: Stage) -> None:
    stage.guild.active_thread_limit = 1
    channel = stage.place(stage.photos)
    thread = await (await channel.send("One")).create_thread(name="One")
    message = await channel.send("Two")
    with pytest.raises(discord.HTTPException) as no:
        await message.create_thread(name="Two")
    assert no.value.code == 160006
    await thread.edit(archived=True)
    await message.create_thread(name="Two")
    with pytest.raises(discord.HTTPException) as no:
        await thread.send("Opens it again, and there is no room")
    assert no.value.code == 160006


@pytest.mark.proves("thread-archived")
async def test_a_message_opens_an_archived_thread_unless_it_is_locked(stage: Stage) -> None:
    thread = await (await stage.place(stage.photos).send("One")).create_thread(name="One")
    message = await thread.send("Before")
    await thread.edit(archived=True)
    with pytest.raises(discord.HTTPException) as no:
        await message.edit(content="An edit does not open it")
    assert no.value.code == 50083
    await thread.send("Hello again")
    place = stage.world.channels[thread.id]
    assert not place.archived
    conversation.change_thread(stage.world, place, by="Chiyo", archived=True, locked=True)
    with pytest.raises(discord.HTTPException) as no:
        await thread.send("Too late")
    assert no.value.code == 50083
    with pytest.raises(discord.HTTPException) as no:
        await thread.edit(archived=False)
    assert no.value.code == 50083


@pytest.mark.proves("thread-archived")
async def test_a_locked_thread_that_is_open_takes_moderators_only(raw: Stage) -> None:
    _, answer = await raw.call(f"POST /channels/{raw.photos.id}/threads", {"name": "x", "type": 11})
    thread = raw.world.channels[int(answer["id"])]
    conversation.change_thread(raw.world, thread, by="Chiyo", locked=True)
    assert (await raw.sends(thread, {"content": "x"}))[1]["code"] == 160005
    role = raw.world.add_role(raw.guild, "Keepers", int(Permission.MANAGE_THREADS))
    raw.world.give(raw.world.bot, role, raw.guild)
    assert (await raw.sends(thread, {"content": "x"}))[0] == 200


@pytest.mark.proves("thread-quiet")
async def test_a_quiet_thread_is_archived_when_its_time_has_come(stage: Stage) -> None:
    thread = await (await stage.place(stage.photos).send("One")).create_thread(name="One", auto_archive_duration=60)
    stage.world.clock.advance(59 * 60)
    assert not stage.world.channels[thread.id].archived
    stage.world.clock.advance(2 * 60)
    assert stage.world.channels[thread.id].archived
    assert [entry.kind for entry in stage.world.transcript][-1] == "archived"


@pytest.mark.proves("thread-without-message")
async def test_threads_without_a_message_and_in_a_forum(stage: Stage) -> None:
    alone = await stage.place(stage.photos).create_thread(name="Alone", type=discord.ChannelType.public_thread)
    assert stage.photos.seen[-1].kind == 18 and alone.id != stage.photos.seen[-1].id
    forum = stage.world.add_channel(stage.guild, "gallery", ChannelType.FORUM)
    await stage.world.until(lambda: stage.bot.get_channel(forum.id) is not None)
    created = await stage.place(forum).create_thread(name="Post", content="First")
    assert created.message.content == "First" and created.thread.parent_id == forum.id
    assert (await stage.sends(forum, {"content": "x"}))[1]["code"] == 50008


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        (Permission.VIEW_CHANNEL, 50001),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.ATTACH_FILES, 50013),
    ],
)
@pytest.mark.proves("permissions-codes")
async def test_sending_a_picture_needs_permissions(stage: Stage, lost: Permission, code: int) -> None:
    channel = stage.place(stage.photos)
    stage.world.overwrite(stage.photos, stage.world.bot, deny=lost)
    with pytest.raises(discord.Forbidden) as no:
        await channel.send(file=file())
    assert no.value.code == code and stage.photos.messages == {}


@pytest.mark.proves("permissions-codes")
async def test_threads_have_permissions_of_their_own(stage: Stage) -> None:
    message = await stage.place(stage.photos).send("Card")
    stage.world.overwrite(stage.photos, stage.world.bot, deny=Permission.CREATE_PUBLIC_THREADS)
    with pytest.raises(discord.Forbidden) as no:
        await message.create_thread(name="x")
    assert no.value.code == 50013
    stage.world.overwrite(stage.photos, stage.world.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    thread = await message.create_thread(name="x")
    with pytest.raises(discord.Forbidden) as no:
        await thread.send("x")
    assert no.value.code == 50013
    assert (await stage.place(stage.photos).send("Here it may")).content == "Here it may"


@pytest.mark.proves("permissions-silent")
async def test_embeds_vanish_silently_without_permission(stage: Stage) -> None:
    stage.world.overwrite(stage.photos, stage.world.bot, deny=Permission.EMBED_LINKS)
    sent = await stage.place(stage.photos).send("Text", embed=discord.Embed(title="Card"))
    assert sent.embeds == [] and sent.content == "Text"


@pytest.mark.proves("permissions-silent")
async def test_history_is_empty_and_a_single_message_refused_without_permission(raw: Stage) -> None:
    _, sent = await raw.sends(raw.photos, {"content": "One"})
    raw.world.overwrite(raw.photos, raw.world.bot, deny=Permission.READ_MESSAGE_HISTORY)
    assert await raw.call(f"GET /channels/{raw.photos.id}/messages") == (200, [])
    status, no = await raw.call(f"GET /channels/{raw.photos.id}/messages/{sent['id']}")
    assert (status, no["code"]) == (403, 50013)
    reply = {"content": "x", "message_reference": {"message_id": sent["id"]}}
    assert (await raw.sends(raw.photos, reply))[1]["code"] == 160002


@pytest.mark.proves("message-edit-own")
async def test_only_own_messages_are_edited_and_strangers_need_a_moderator(raw: Stage) -> None:
    theirs = await raw.ana.says(raw.photos, "Mine")
    route = f"/channels/{raw.photos.id}/messages/{theirs.id}"
    assert (await raw.call(f"PATCH {route}", {"content": "x"}))[1]["code"] == 50005
    assert (await raw.call(f"DELETE {route}"))[1]["code"] == 50013
    raw.world.give(
        raw.world.bot, next(role for role in raw.guild.roles.values() if role.name == "Moderators"), raw.guild
    )
    assert (await raw.call(f"DELETE {route}"))[0] == 204 and theirs.deleted
    assert (await raw.call(f"DELETE {route}"))[1]["code"] == 10008
