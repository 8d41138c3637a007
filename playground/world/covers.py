"""What a person sees of a message's pictures without a click, as Discord's apps show them.

https://support.discord.com/hc/en-us/articles/360022320632 and https://github.com/discord/discord-api-docs/issues/1235
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from playground.world.places import Message

Json = dict[str, Any]

THUMBNAIL = 11
GALLERY = 12
"""https://discord.com/developers/docs/components/reference"""

_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_SPOILER = re.compile(r"\|\|.+?\|\|", re.DOTALL)
_LINK = re.compile(r"<?https?://[^\s<>()|]+>?")
_OWN = re.compile(r"https?://discord\.com/")


def seen_open(message: Message) -> list[str]:
    """Return the pictures that stand open, by name or address: files, media, embeds, and links that Discord unfurls."""
    files = [file.name for file in message.attachments if not file.placed and not file.covered and file.width]
    embeds = [str(embed[key]["url"]) for embed in message.embeds for key in ("image", "thumbnail") if embed.get(key)]
    return [*files, *embeds, *_media(message.components), *unfurled(message.content)]


def unfurled(content: str) -> list[str]:
    """Return the links whose pictures Discord adds to a message: no spoilers, no code, none in angle brackets."""
    shown = _SPOILER.sub(" ", _CODE.sub(" ", content))
    links = [link for link in _LINK.findall(shown) if not (link.startswith("<") and link.endswith(">"))]
    return [link for link in links if not _OWN.match(link)]


def _media(components: list[Json]) -> Iterator[str]:
    for part in components:
        if part.get("spoiler"):
            continue
        items = part.get("items") or [] if part.get("type") == GALLERY else []
        yield from (str(item["media"]["url"]) for item in items if not item.get("spoiler"))
        if part.get("type") == THUMBNAIL:
            yield str(part["media"]["url"])
        inner = [part["accessory"]] if part.get("accessory") else []
        yield from _media([*(part.get("components") or []), *inner])
