"""The parts of messages: flags, files and components."""

from __future__ import annotations

import io
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

Json = dict[str, Any]

EPHEMERAL = 1 << 6
HAS_THREAD = 1 << 5
HAS_SNAPSHOT = 1 << 14
LOADING = 1 << 7
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15
SUPPRESS_EMBEDS = 1 << 2
COVER = "SPOILER_"
"""The beginning of a file's name that covers it: https://discord.com/developers/docs/reference#uploading-files"""
SETTABLE_FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2


@dataclass(frozen=True, slots=True)
class Upload:
    """A file before it is sent. ``content_type`` is the sender's declaration, which may be wrong.

    ``spoiler``: the sender marked it as a spoiler, as the app does, or with ``is_spoiler`` in a request.
    """

    name: str
    data: bytes
    content_type: str | None = None
    description: str | None = None
    spoiler: bool = False


def upload(name: str, data: bytes, content_type: str | None = None, *, spoiler: bool = False) -> Upload:
    """Return a file for ``Member.command`` or ``Member.says``. Without a type its name decides, as in the app."""
    return Upload(name, data, content_type, spoiler=spoiler)


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
    covered: bool = False
    """Its flag IS_SPOILER: Discord sets it for the name as well, and its apps blur the file until it is clicked.

    https://discord.com/developers/docs/resources/message#attachment-object-attachment-flags"""


def received(upload: Upload, snowflake: int, *, ephemeral: bool = False) -> Attachment:
    """Return the attachment that Discord makes of an upload: a clean name, a guessed type, an image's size."""
    name = re.sub(r"[^\w.\-]", "", upload.name.replace(" ", "_"), flags=re.ASCII) or "unknown"
    declared = upload.content_type or mimetypes.guess_type(name)[0]
    width, height = _size(upload.data) if (declared or "").startswith("image/") else (None, None)
    return Attachment(
        id=snowflake, name=name, data=upload.data, content_type=declared, description=upload.description or None,
        title=upload.name.rsplit(".", 1)[0] if name != upload.name else None, ephemeral=ephemeral,
        width=width, height=height, covered=upload.spoiler or name.startswith(COVER),
    )  # fmt: skip


def _size(data: bytes) -> tuple[int | None, int | None]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.width, image.height
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None  # not a picture, whatever its type says


def parts(components: list[Json]) -> Iterator[Json]:
    """Yield every component, however deep it is nested, in reading order."""
    for component in components:
        yield component
        yield from parts(component.get("components") or [])
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from parts(inner)


def caption(button: Json) -> str:
    return button.get("label") or (button.get("emoji") or {}).get("name") or ""
