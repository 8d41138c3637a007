"""Pictures that a message shows without listing them as files: in embeds, in components, and as stickers.

Each comes with an address of Discord's own. The address in an embed or a component is chosen by its author, who would
learn our address from a request. So it is never opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from urllib.parse import unquote

import discord
import yarl

from cogs.ui.covers import is_link_covered

LOTTIE: Final = "application/lottie+json"
"""The declared type of a sticker that is no picture but a drawing made of instructions.

https://discord.com/developers/docs/resources/sticker#sticker-object-sticker-format-types"""

_EMBED: Final = "embed-"
_EMBED_THUMBNAIL: Final = "thumbnail-"
_MEDIA: Final = "media-"


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """A picture that a message shows: its address at Discord, its name, and what Discord declares about it.

    ``size``: in bytes, None where Discord states none. ``covered``: whether a component covers it as a spoiler.
    """

    url: str
    name: str
    declared_type: str | None = None
    size: int | None = None
    covered: bool = False


class Holder(Protocol):
    """What a message and a snapshot of one have in common."""

    @property
    def content(self) -> str: ...
    @property
    def attachments(self) -> list[discord.Attachment]: ...
    @property
    def embeds(self) -> list[discord.Embed]: ...
    @property
    def stickers(self) -> list[discord.StickerItem]: ...
    @property
    def components(self) -> Sequence[Any]: ...


def shown(holders: Iterable[Holder]) -> Iterator[ShownMedia]:
    """Yield the pictures beside the files: those in embeds, then those in components, then stickers."""
    holders = list(holders)
    for number, (embed, text) in enumerate((embed, holder.content) for holder in holders for embed in holder.embeds):
        covered = is_link_covered(embed.url, [text])
        if embed.image.proxy_url:
            yield ShownMedia(embed.image.proxy_url, f"{_EMBED}{number}", covered=covered)
        if embed.thumbnail.proxy_url:
            yield ShownMedia(embed.thumbnail.proxy_url, f"{_EMBED_THUMBNAIL}{number}", covered=covered)
    for number, media in enumerate(media for holder in holders for media in _in_layout(holder)):
        yield media if media.name else replace(media, name=f"{_MEDIA}{number}")
    for holder in holders:
        yield from map(of_sticker, holder.stickers)


def of_sticker(sticker: discord.StickerItem) -> ShownMedia:
    """Return a sticker as Discord serves it: an APNG is a PNG as well."""
    if sticker.format is discord.StickerFormatType.lottie:
        return ShownMedia(sticker.url, f"{sticker.name}.json", LOTTIE)
    ending = "gif" if sticker.format is discord.StickerFormatType.gif else "png"
    return ShownMedia(sticker.url, f"{sticker.name}.{ending}", f"image/{ending}")


def _in_layout(holder: Holder) -> Iterator[ShownMedia]:
    """Yield the media in a message's components, but no file that the message lists as well."""
    listed = {file.id for file in holder.attachments}
    for media, size, covered in _in_components(holder.components):
        if media.proxy_url and media.attachment_id not in listed:
            # The address of an uploaded file ends in its name; that of media elsewhere says nothing.
            name = unquote(yarl.URL(media.url).name) if media.attachment_id is not None else ""
            yield ShownMedia(media.proxy_url, name, media.content_type, size, covered)


def _in_components(
    components: Iterable[Any], covered: bool = False
) -> Iterator[tuple[discord.UnfurledMediaItem, int | None, bool]]:
    """Yield the media in galleries, thumbnails and files, however deep they are nested, with size and cover.

    https://discord.com/developers/docs/components/reference
    """
    for part in components:
        hidden = covered or bool(getattr(part, "spoiler", False))
        if isinstance(part, discord.MediaGalleryComponent):
            yield from ((item.media, None, hidden or item.spoiler) for item in part.items)
        elif isinstance(part, discord.ThumbnailComponent):
            yield part.media, None, hidden
        elif isinstance(part, discord.FileComponent):
            yield part.media, part.size, hidden
        inner = [*getattr(part, "children", ()), getattr(part, "accessory", None)]
        yield from _in_components([child for child in inner if child is not None], hidden)
