"""Pictures in every place of a message where Discord shows them, posted by Ben or by an app of his."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from playground.world import conversation
from playground.world.looks import STICKER_PNG
from playground.world.messages import COMPONENTS_V2, Attachment, Upload, received, upload
from playground.world.places import Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server

Json = dict[str, Any]

FOX: Final = "https://pictures.example/fox.png"
OWL: Final = "https://pictures.example/owl.jpg"
CLIP: Final = "https://pictures.example/clip.mp4"


def moving(format_name: str) -> bytes:
    """Return an animation of two frames, as GIF or PNG; its first frame is red."""
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, format_name, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


def first_colour(data: bytes) -> tuple[int, int, int]:
    """Return the colour in the corner of the first frame."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").getpixel((0, 0))  # type: ignore[return-value]  # three numbers in RGB


def shown_by_app(server: Server, *components: Json, files: tuple[Upload, ...] = ()) -> Message:
    """Let another app post components that show files and pictures elsewhere.

    Discord then leaves the files out of the message's list.
    """
    world = server.world
    world.external |= {
        FOX: (cat(1), "image/png"), OWL: (cat(2), "image/jpeg"), CLIP: (b"\0\0\0\x18ftypmp42", "video/mp4")
    }  # fmt: skip
    app = world.add_user("Gallery", bot=True)
    world.join(app, server.guild)
    attachments = [received(file, world.clock.snowflake()) for file in files]
    for file in attachments:
        file.placed = True
    return conversation.post(
        world, server.channel, app, components=list(components), attachments=attachments, flags=COMPONENTS_V2
    )


def gallery(*addresses: str) -> Json:
    return {"type": 12, "id": 1, "items": [{"media": {"url": address}} for address in addresses]}


def section(address: str) -> Json:
    text = {"type": 10, "id": 3, "content": "A section"}
    return {
        "type": 9, "id": 2, "components": [text], "accessory": {"type": 11, "id": 4, "media": {"url": address}}
    }  # fmt: skip


def file_component(name: str) -> Json:
    return {"type": 13, "id": 5, "file": {"url": f"attachment://{name}"}}


def container(*components: Json) -> Json:
    return {"type": 17, "id": 6, "components": list(components)}


async def untyped(server: Server, name: str = "cat.jpg", data: bytes | None = None) -> Message:
    """Let Ben post a file of which Discord states no content type."""
    message = await server.ben.says(server.channel, "look", files=(upload(name, cat() if data is None else data),))
    file: Attachment = message.attachments[0]
    file.content_type = file.width = file.height = None
    return message


@dataclass(frozen=True, slots=True)
class Stand:
    """A message with pictures: how it is posted, and the pictures in it that can be used."""

    name: str
    post: Callable[[Server], Awaitable[Message]]
    pictures: tuple[bytes, ...]


async def in_gallery(server: Server) -> Message:
    items = gallery("attachment://cat.jpg", FOX, CLIP, OWL)
    return shown_by_app(server, items, files=(upload("cat.jpg", cat()),))


async def only_video(server: Server) -> Message:
    return shown_by_app(server, gallery(CLIP))


async def in_thumbnail(server: Server) -> Message:
    return shown_by_app(server, section(FOX))


async def in_file_component(server: Server) -> Message:
    files = (upload("notes.pdf", b"%PDF-1.7"), upload("cat.jpg", cat()))
    return shown_by_app(server, file_component("notes.pdf"), file_component("cat.jpg"), files=files)


async def in_container(server: Server) -> Message:
    return shown_by_app(server, container(section(OWL), gallery(FOX)))


async def in_embed(server: Server) -> Message:
    server.world.external |= {FOX: (cat(1), "image/png"), OWL: (cat(2), "image/jpeg")}
    embed = {"title": "A fox", "image": {"url": FOX}, "thumbnail": {"url": OWL}}
    return await server.ben.says(server.channel, FOX, embeds=(embed,))


async def in_embeds_thumbnail(server: Server) -> Message:
    server.world.external[OWL] = (cat(2), "image/jpeg")
    return await server.ben.says(server.channel, OWL, embeds=({"title": "An owl", "thumbnail": {"url": OWL}},))


async def without_type(server: Server) -> Message:
    return await untyped(server)


async def without_type_or_ending(server: Server) -> Message:
    return await untyped(server, "cat")


async def among_bad_ones(server: Server) -> Message:
    files = (upload("a.pdf", b"%PDF-1.7"), upload("b.heic", b"\0\0\0\x18ftypheic"), upload("cat.jpg", cat()))
    return await server.ben.says(server.channel, "look", files=files)


def sticker(format_type: int, data: bytes) -> Callable[[Server], Awaitable[Message]]:
    async def post(server: Server) -> Message:
        item = server.world.add_sticker("Wave", format_type, data)
        return await server.ben.says(server.channel, "look", stickers=(item,))

    return post


def forwarded(post: Callable[[Server], Awaitable[Message]]) -> Callable[[Server], Awaitable[Message]]:
    async def forward(server: Server) -> Message:
        return await server.ana.forwards(await post(server), server.channel)

    return forward


GIF: Final = moving("GIF")
APNG: Final = moving("PNG")

STANDS: Final = (
    Stand("gallery", in_gallery, (cat(), cat(1), cat(2))),
    Stand("thumbnail of a section", in_thumbnail, (cat(1),)),
    Stand("file component", in_file_component, (cat(),)),
    Stand("container", in_container, (cat(2), cat(1))),
    Stand("embed", in_embed, (cat(1), cat(2))),
    Stand("thumbnail of an embed", in_embeds_thumbnail, (cat(2),)),
    Stand("file without type", without_type, (cat(),)),
    Stand("file without type or ending", without_type_or_ending, (cat(),)),
    Stand("good one among bad ones", among_bad_ones, (cat(),)),
    Stand("forwarded gallery", forwarded(in_gallery), (cat(), cat(1), cat(2))),
    Stand("forwarded embed", forwarded(in_embed), (cat(1), cat(2))),
    Stand("forwarded file without type", forwarded(without_type), (cat(),)),
    Stand("sticker", sticker(STICKER_PNG, cat()), (cat(),)),
    Stand("forwarded sticker", forwarded(sticker(STICKER_PNG, cat())), (cat(),)),
)
