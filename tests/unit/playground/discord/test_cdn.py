"""Files in the stand-in Discord: limits, addresses that expire, and what a bot may not read."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio
from PIL import Image

from playground.world.looks import STICKER_GIF, STICKER_PNG, hash_of
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import MIB
from tests.support.small_bot import Stage, Talk, bot_online, png

Json = dict[str, Any]


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    """Start a logged-in discord.py."""
    async with bot_online() as stage:
        yield stage


def file(data: bytes = b"x", name: str = "out.png", description: str | None = None) -> discord.File:
    return discord.File(io.BytesIO(data), name, description=description)


@pytest.mark.parametrize(("boost", "limit"), [(0, 10 * MIB), (2, 50 * MIB)])
@pytest.mark.proves("file-upload-limit")
async def test_a_file_above_the_servers_limit_is_refused(stage: Stage, boost: int, limit: int) -> None:
    stage.guild.boost = boost
    channel = stage.place(stage.photos)
    with pytest.raises(discord.HTTPException) as no:
        await channel.send(file=file(b"\0" * (limit + 1)))
    assert (no.value.status, no.value.code) == (413, 40005)
    sent = await channel.send(file=file(b"\0" * limit))
    assert sent.attachments[0].size == limit


@pytest.mark.proves("file-addresses-expire")
async def test_an_attachments_address_expires(stage: Stage) -> None:
    sent = await stage.place(stage.photos).send(file=file(png()))
    old = sent.attachments[0]
    async with stage.web.get(old.proxy_url) as answer:
        assert await answer.read() == png() and answer.content_type == "image/png"
    async with stage.web.get(old.url.split("?")[0]) as answer:
        assert answer.status == 404
    stage.world.clock.advance(24 * 3600 + 1)
    async with stage.web.get(old.url) as answer:
        assert (answer.status, await answer.text()) == (404, "This content is no longer available.")
    with pytest.raises(discord.NotFound):
        await old.read()
    fresh = (await stage.place(stage.photos).fetch_message(sent.id)).attachments[0]
    assert await fresh.read() == png()


@pytest.mark.proves("file-kept-by-edit")
async def test_an_edit_keeps_and_removes_attachments(stage: Stage) -> None:
    sent = await stage.place(stage.photos).send(files=[file(b"a", "a.png"), file(b"b", "b.png")])
    edited = await sent.edit(attachments=[sent.attachments[1], file(b"c", "c.png")])
    assert [file.filename for file in edited.attachments] == ["b.png", "c.png"]
    same = await edited.edit(content="Words")
    assert [file.filename for file in same.attachments] == ["b.png", "c.png"]
    assert (await same.edit(attachments=[])).attachments == []


@pytest.mark.proves("file-in-embed")
async def test_a_file_that_an_embed_shows_is_not_listed(stage: Stage) -> None:
    embed = discord.Embed().set_image(url="attachment://out.png")
    sent = await stage.place(stage.photos).send(file=file(png()), embed=embed)
    assert sent.attachments == [] and sent.embeds[0].image.width == 12
    async with stage.web.get(str(sent.embeds[0].image.url)) as answer:
        assert await answer.read() == png()


@pytest.mark.proves("message-content-intent")
async def test_rest_hides_what_others_wrote_without_the_content_intent(stage: Stage) -> None:
    ben = Member(stage.world, "Ben")
    plain = await ben.says(stage.photos, "secret", files=(upload("a.png", png()),))
    mentioning = await ben.says(stage.photos, f"{stage.world.bot.mention} look", files=(upload("b.png", png()),))
    channel = stage.place(stage.photos)
    hidden = await channel.fetch_message(plain.id)
    readable = await channel.fetch_message(mentioning.id)
    assert (hidden.content, hidden.attachments) == ("", [])
    assert readable.content.endswith("look") and len(readable.attachments) == 1
    stage.world.application.message_content = True
    assert (await channel.fetch_message(plain.id)).content == "secret"


@pytest.mark.proves("file-proxy")
async def test_pictures_elsewhere_are_reached_through_discord(stage: Stage) -> None:
    stage.world.external["https://example.org/cat.png"] = (png(), "image/png")
    embed = {"type": "image", "image": {"url": "https://example.org/cat.png"}}
    seen: list[discord.Message] = []

    async def answer(talk: Talk, message: dict[str, Any]) -> None:
        seen.append(message["message"])
        await talk.response.send_message("ok")

    stage.bot.answer = answer
    photo = await Member(stage.world, "Ben").says(stage.photos, "https://example.org/cat.png", embeds=(embed,))
    await stage.ana.uses(photo, "Edit this picture")
    async with stage.web.get(str(seen[0].embeds[0].image.proxy_url)) as got:
        assert await got.read() == png()


@pytest.mark.proves("file-sticker")
async def test_a_sticker_is_served_under_its_own_ending_only(stage: Stage) -> None:
    sticker = stage.world.add_sticker("Wave", STICKER_PNG, png())
    gif = stage.world.add_sticker("Bow", STICKER_GIF, b"GIF89a")
    base = stage.discord.url
    statuses = {
        f"{base}/stickers/{sticker.id}.png": 200,
        f"{base}/stickers/{sticker.id}.gif": 404,
        f"{base}/stickers/{gif.id}.gif": 404,
        f"{base}/media/stickers/{gif.id}.gif": 200,
    }
    for address, status in statuses.items():
        async with stage.web.get(address) as answer:
            assert answer.status == status, address


@pytest.mark.proves("file-avatar")
async def test_an_avatar_moves_only_as_gif(stage: Stage) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    canvas = io.BytesIO()
    frames[0].save(canvas, "GIF", save_all=True, append_images=frames[1:])
    user = stage.ana.user
    user.avatar = canvas.getvalue()
    name = hash_of(user.avatar)
    assert name is not None and name.startswith("a_")
    for extension, count in (("png", 1), ("gif", 2)):
        async with stage.web.get(f"{stage.discord.url}/avatars/{user.id}/{name}.{extension}") as answer:
            assert getattr(Image.open(io.BytesIO(await answer.read())), "n_frames", 1) == count
    user.avatar = png()
    async with stage.web.get(f"{stage.discord.url}/avatars/{user.id}/{hash_of(user.avatar)}.gif") as answer:
        assert answer.status == 415
    async with stage.web.get(f"{stage.discord.url}/avatars/{user.id}/{name}.png") as answer:
        assert answer.status == 404


@pytest.mark.proves("file-proxy")
async def test_the_proxy_answers_the_status_that_it_was_told(stage: Stage) -> None:
    address = "https://example.org/cat.png"
    stage.world.external[address] = (png(), "image/png")
    message = await stage.ana.says(stage.photos, address, embeds=({"image": {"url": address}},))
    stage.world.application.message_content = True
    _, shape = await stage.call(f"GET /channels/{stage.photos.id}/messages/{message.id}")
    proxied = shape["embeds"][0]["image"]["proxy_url"]
    stage.discord.deny(address, 415)
    async with stage.web.get(proxied) as answer:
        assert answer.status == 415
    stage.discord.deny(address, 200)
    async with stage.web.get(proxied) as answer:
        assert await answer.read() == png()
    assert stage.discord.times_asked(address) == 2
