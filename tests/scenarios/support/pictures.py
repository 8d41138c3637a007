"""The pictures and messages that people see in #photos, and a picture to order with."""

from __future__ import annotations

import io

from PIL import Image

from playground.stage import Stage
from playground.world.messages import Attachment
from playground.world.places import Message


def cat(wider: int = 0) -> bytes:
    """Return a small JPEG, so many pixels wider than the usual one."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((120 + wider, 80)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def messages(stage: Stage) -> list[Message]:
    """Return every message in #photos and its threads."""
    photos = stage.world.channel("photos")
    return [message for place in (photos, *photos.threads) for message in place.seen]


def results(stage: Stage) -> list[Attachment]:
    """Return the painted pictures that the world shows."""
    files = [file for message in messages(stage) for file in message.attachments]
    return [file for file in files if file.name.startswith("retouch-")]


def cards(stage: Stage, word: str) -> bool:
    """Return whether a card contains the word."""
    return any(word in str(embed) for message in messages(stage) for embed in message.embeds)
