"""What is said in the world: messages and their attachments."""

from __future__ import annotations

import io
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PIL import Image

from playground.world.clock import moment

if TYPE_CHECKING:
    from playground.world.interactions import Interaction
    from playground.world.people import Role, User
    from playground.world.places import Channel

Json = dict[str, Any]

EPHEMERAL = 1 << 6
HAS_THREAD = 1 << 5
HAS_SNAPSHOT = 1 << 14
LOADING = 1 << 7
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15
SUPPRESS_EMBEDS = 1 << 2
SETTABLE_FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in somebody's hand. ``content_type`` is what its sender declares; it may lie."""

    name: str
    data: bytes
    content_type: str | None = None
    description: str | None = None


def upload(name: str, data: bytes, content_type: str | None = None) -> Upload:
    """A file for ``Member.command`` or ``Member.says``; without a declared type its name decides, as in the app."""
    return Upload(name, data, content_type)


@dataclass(slots=True, eq=False)
class Attachment:
    id: int
    name: str
    data: bytes
    content_type: str | None
    description: str | None = None
    title: str | None = None
    ephemeral: bool = False
    placed: bool = False
    """An embed or a component names it (attachment://…): Discord then leaves it out of the message's list."""
    width: int | None = None
    height: int | None = None


def received(upload: Upload, snowflake: int, *, ephemeral: bool = False) -> Attachment:
    """The attachment that Discord makes of an uploaded file: a clean name, a guessed type, an image's size."""
    name = re.sub(r"[^\w.\-]", "", upload.name.replace(" ", "_"), flags=re.ASCII) or "unknown"
    declared = upload.content_type or mimetypes.guess_type(name)[0]
    width, height = _size(upload.data) if (declared or "").startswith("image/") else (None, None)
    return Attachment(
        id=snowflake, name=name, data=upload.data, content_type=declared, description=upload.description or None,
        title=upload.name.rsplit(".", 1)[0] if name != upload.name else None, ephemeral=ephemeral,
        width=width, height=height,
    )  # fmt: skip


def _size(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.width, image.height
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None  # not a picture, whatever it claims to be


@dataclass(slots=True, eq=False)
class Message:
    id: int
    channel: Channel
    author: User
    content: str = ""
    kind: int = 0
    """https://discord.com/developers/docs/resources/message#message-object-message-types"""
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    reply_to: Message | None = None
    reference: Json | None = None
    forwarded: Message | None = None
    """A copy of the message that this one forwards, as it was in that moment."""
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[Role] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: list[User] = field(default_factory=list)
    """Whose Discord made a sound for this message. Only a new message does that, never an edit."""
    edited_at: float | None = None
    interaction: Interaction | None = None
    seen_only_by: User | None = None
    """Set for an ephemeral message."""
    thread: Channel | None = None
    deleted: bool = False
    reactions: dict[str, list[User]] = field(default_factory=dict)

    @property
    def created_at(self) -> float:
        return moment(self.id)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """ "Retouch is thinking…" """
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """All the words that a person sees: content, embeds, and text components, one a line."""
        words: list[str | None] = [self.content]
        for embed in self.embeds:
            words += [embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")]
            words += [f"{row.get('name')}: {row.get('value')}" for row in embed.get("fields", [])]
            words.append(embed.get("footer", {}).get("text"))
        words += [part["content"] for part in parts(self.components) if part.get("type") == 10]
        return "\n".join(word for word in words if word)

    @property
    def buttons(self) -> list[str]:
        """The labels (or emoji) of the buttons, as shown."""
        return [_caption(part) for part in parts(self.components) if part.get("type") == 2]

    def __repr__(self) -> str:
        return f"<Message by {self.author.name} in {self.channel.label}: {self.text[:60]!r}>"


def parts(components: list[Json]) -> Iterator[Json]:
    """Every component, however deep it is nested, in reading order."""
    for component in components:
        yield component
        yield from parts(component.get("components") or [])
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from parts(inner)


def _caption(button: Json) -> str:
    return button.get("label") or (button.get("emoji") or {}).get("name") or ""
