"""Covers: whether a picture in a message is hidden as a spoiler until somebody clicks it.

What its owner covered stays covered in all that is made from it (``bot.orders.Source.covered``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import discord

from bot.orders import COVER

_SPOILER: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)

_FLAG: Final = 1 << 3
"""IS_SPOILER: https://discord.com/developers/docs/resources/message#attachment-object-attachment-flags"""


def is_upload_covered(upload: Mapping[str, Any]) -> bool:
    """Return whether an attachment, as the JSON of a form holds it, is covered: by its flag, or by its name."""
    return str(upload["filename"]).startswith(COVER) or bool(int(upload.get("flags") or 0) & _FLAG)


def is_embed_covered(message: discord.Message, embed: discord.Embed) -> bool:
    """Return whether an embed of a message is covered: where its link is a spoiler in the words of the message.

    An embed has no cover of its own. Discord may write the link of an embed in another way than its author did: then
    it is covered where any link is.
    """
    texts = [message.content, *(snapshot.content for snapshot in message.message_snapshots)]
    hidden = "\n".join(words for text in texts for words in _SPOILER.findall(text))
    if embed.url and embed.url in hidden:
        return True
    shown = "\n".join(_SPOILER.sub("", text) for text in texts)
    return "://" in hidden and not (embed.url and embed.url in shown)


def media(
    components: Sequence[discord.Component], *, covered: bool = False
) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Yield the media of a message of Components V2, each with whether it is covered: itself, or what it stands in.

    https://discord.com/developers/docs/components/reference
    """
    for component in components:
        hidden = covered or bool(getattr(component, "spoiler", False))
        match component:
            case discord.MediaGalleryComponent():
                yield from ((item.media, hidden or item.spoiler) for item in component.items)
            case discord.ThumbnailComponent() | discord.FileComponent():
                yield component.media, hidden
            case discord.SectionComponent():
                yield from media([component.accessory], covered=hidden)
            case discord.Container():
                yield from media(component.children, covered=hidden)
            case _:
                pass
