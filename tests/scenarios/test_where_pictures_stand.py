"""Every place where a picture can stand in Discord: it is found there, painted from, and belongs to whom it should."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.looks import STICKER_APNG, STICKER_GIF, STICKER_LOTTIE, STICKER_PNG
from playground.world.messages import upload
from playground.world.permissions import Permission
from playground.world.places import Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, appears, first_reply, job_in
from tests.scenarios.support.standing_pictures import (
    APNG,
    GIF,
    OWL,
    STANDS,
    Stand,
    first_colour,
    in_embed,
    in_embeds_thumbnail,
    only_video,
    sticker,
    untyped,
    without_type,
)
from tests.scenarios.support.wording import sentence

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def offered(form: Interaction) -> list[str]:
    """Return the pictures to choose from in an order form; none where there is only one."""
    fields = [row["component"] for row in (form.modal or {"components": ()})["components"]]
    menus = [field["options"] for field in fields if field.get("custom_id") == "picked"]
    return [option["value"] for options in menus for option in options]


async def painted_from(server: Server, form: Interaction, **fields: object) -> bytes:
    """Send the form, wait for the picture, and return the upload that it was painted from."""
    sent = await server.ana.fill(form, prompt="as a poster", **fields)
    await server.picture(job_in(await sent.said()))
    assert server.charged(job_in(sent.message)) == 1
    return server.painter.uploads[-1].data


@pytest.mark.parametrize("stand", STANDS, ids=[stand.name for stand in STANDS])
async def test_last_picture_of_each_place_is_painted_from(server: Server, stand: Stand) -> None:
    form = await server.ana.uses(await stand.post(server), "Edit this picture")
    choices = offered(form)
    assert len(choices) == (len(stand.pictures) if len(stand.pictures) > 1 else 0)
    fields = {"picked": choices[-1]} if choices else {}
    assert await painted_from(server, form, **fields) == stand.pictures[-1]


@pytest.mark.parametrize(("format_type", "data"), [(STICKER_APNG, APNG), (STICKER_GIF, GIF)], ids=["APNG", "GIF"])
async def test_moving_sticker_is_painted_from(server: Server, format_type: int, data: bytes) -> None:
    form = await server.ana.uses(await sticker(format_type, data)(server), "Edit this picture")
    assert first_colour(await painted_from(server, form))[0] > 200


REFUSED: Final = {
    "a Lottie sticker": (sticker(STICKER_LOTTIE, b'{"v": "5.5.2"}'), "picture-lottie"),
    "only a PDF": (lambda server: untyped(server, "notes.pdf", b"%PDF-1.7"), "picture-pdf"),
    "only a video in a gallery": (only_video, "picture-video"),
    "words": (lambda server: server.ben.says(server.channel, "no picture"), "refused-no-picture-there"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_message_without_usable_picture_is_refused_in_words(server: Server, name: str) -> None:
    post, key = REFUSED[name]
    refused = await server.ana.uses(await post(server), "Edit this picture")
    assert refused.modal is None
    assert sentence(key).fullmatch((await refused.said()).content)


# Whose it is


@pytest.mark.parametrize(
    "post", [in_embed, sticker(STICKER_PNG, cat()), without_type], ids=["embed", "sticker", "file"]
)
async def test_picture_in_each_place_belongs_to_the_messages_author(
    server: Server, post: Callable[[Server], Awaitable[Message]]
) -> None:
    await server.ben.command(server.channel, "mydata pictures", allow="no")
    refused = await server.ana.uses(await post(server), "Edit this picture")
    assert sentence("refused-consent-never").fullmatch((await refused.said()).content)


async def test_forwarded_sticker_never_belongs_to_the_forwarder(server: Server) -> None:
    await server.rule("Whose pictures", consent="own")
    hidden = server.world.add_channel(server.guild, "hidden")
    item = server.world.add_sticker("Wave", STICKER_PNG, cat())
    message = await server.ben.says(hidden, "look", stickers=(item,))
    server.world.overwrite(hidden, server.world.bot, deny=int(Permission.VIEW_CHANNEL))
    copy = await server.ana.forwards(message, server.channel)
    refused = await server.ana.uses(copy, "Edit this picture")
    assert sentence("refused-consent-unknown").fullmatch((await refused.said()).content)


# Embedded pictures that Discord does not show


@pytest.mark.parametrize("status", [400, 403, 404, 410, 415, 451])
async def test_final_refusal_by_the_proxy_ends_the_order_at_once(server: Server, status: int) -> None:
    form = await server.ana.uses(await in_embeds_thumbnail(server), "Edit this picture")
    server.stage.discord.deny(OWL, status)
    before = server.stage.discord.times_asked(OWL)
    sent = await server.ana.fill(form, prompt="as a poster")
    card = await sent.said()
    await server.world.until(lambda: sentence("picture-not-shown").search(card.text), timeout=10)
    assert server.stage.discord.times_asked(OWL) == before + 1
    assert not server.charged(job_in(card))


@pytest.mark.parametrize("status", [429, 503])
async def test_passing_refusal_by_the_proxy_is_tried_again(server: Server, status: int) -> None:
    form = await server.ana.uses(await in_embeds_thumbnail(server), "Edit this picture")
    discord = server.stage.discord
    discord.deny(OWL, status)
    before = discord.times_asked(OWL)
    sent = await server.ana.fill(form, prompt="as a poster")
    await server.world.until(lambda: discord.times_asked(OWL) > before, timeout=10)
    discord.deny(OWL, 200)
    await server.picture(job_in(await sent.said()))
    assert discord.times_asked(OWL) == before + 2


# Avatars


async def _avatar(server: Server) -> bytes:
    form = await server.ana.uses(server.ben.user, "Edit this avatar", server.channel)
    return await painted_from(server, form)


async def test_still_avatar_is_painted_from(server: Server) -> None:
    server.ben.user.avatar = cat(3)
    data = await _avatar(server)
    assert data.startswith(b"\x89PNG")


async def test_moving_avatar_is_painted_from_its_first_frame(server: Server) -> None:
    server.ben.user.avatar = GIF
    data = await _avatar(server)
    assert data.startswith(b"\x89PNG")
    assert first_colour(data) == (255, 0, 0)


async def test_avatar_of_the_server_goes_before_the_general_one(server: Server) -> None:
    server.ben.user.avatar = cat(3)
    server.guild.members[server.ben.user.id].avatar = GIF
    assert first_colour(await _avatar(server)) == (255, 0, 0)


async def test_replaced_avatar_ends_the_order_in_words(server: Server) -> None:
    server.ben.user.avatar = GIF
    form = await server.ana.uses(server.ben.user, "Edit this avatar", server.channel)
    server.ben.user.avatar = cat(3)
    card = await (await server.ana.fill(form, prompt="as a poster")).said()
    await server.world.until(lambda: sentence("picture-not-shown").search(card.text), timeout=10)
    assert not server.charged(job_in(card))


# In a conversation


async def _replied(server: Server, *, names: tuple[str, ...] = (), stickers: tuple[object, ...] = ()) -> Message:
    result = await server.result()
    files = tuple(upload(name, cat(7) if name.endswith("jpg") else b"%PDF-1.7") for name in names)
    return await server.ana.says(
        result.channel,
        "with this hat",
        reply_to=result,
        files=files,
        stickers=stickers,  # type: ignore[arg-type]  # of the world
    )


async def test_reply_skips_the_file_that_is_no_picture(server: Server) -> None:
    message = await _replied(server, names=("notes.pdf", "hat.jpg"))
    await server.picture(job_in(await first_reply(server.world, message)))
    assert [upload.data for upload in server.painter.uploads[-1:]] == [cat(7)]


async def test_reply_with_only_a_bad_file_is_refused_in_words(server: Server) -> None:
    message = await _replied(server, names=("notes.pdf",))
    answer = await first_reply(server.world, message)
    assert sentence("picture-pdf").fullmatch(answer.content)


async def test_reply_with_sticker_is_painted_from_both(server: Server) -> None:
    message = await _replied(server, stickers=(server.world.add_sticker("Wave", STICKER_PNG, cat(8)),))
    await server.picture(job_in(await first_reply(server.world, message)))
    assert server.painter.uploads[-1].data == cat(8)


async def test_deleted_messages_picture_is_still_told_as_gone(server: Server) -> None:
    message = await without_type(server)
    form = await server.ana.uses(message, "Edit this picture")
    conversation.delete(server.world, message, "Ben")
    sent = await server.ana.fill(form, prompt="as a poster")
    card = await appears(server.world, lambda: sent.message)
    await server.world.until(lambda: sentence("error-source-gone").search(card.text), timeout=10)
