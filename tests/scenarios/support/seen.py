"""What a story looks at: the pictures and sentences that people have."""

from __future__ import annotations

import io

from PIL import Image

from playground.stage import Stage
from playground.world.messages import Attachment
from playground.world.places import Message


def cat(wider: int = 0) -> bytes:
    """A small JPEG, so many pixels wider than the usual one."""
    held = io.BytesIO()
    Image.linear_gradient("L").resize((120 + wider, 80)).convert("RGB").save(held, "JPEG")
    return held.getvalue()


def messages(stage: Stage) -> list[Message]:
    """Everything in #photos and its threads."""
    photos = stage.world.channel("photos")
    return [message for place in (photos, *photos.threads) for message in place.seen]


def results(stage: Stage) -> list[Attachment]:
    """The painted pictures that the world shows."""
    files = [file for message in messages(stage) for file in message.attachments]
    return [file for file in files if file.name.startswith("retouch-")]


def cards(stage: Stage, word: str) -> bool:
    """Whether a card says this."""
    return any(word in str(embed) for message in messages(stage) for embed in message.embeds)
