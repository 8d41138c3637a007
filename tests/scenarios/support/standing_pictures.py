"""Pictures in every place of a message where Discord shows them, posted by Ben or by an app of his."""

from __future__ import annotations

import io
from typing import Any, Final

from PIL import Image

from playground.world import conversation
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
