"""Pictures that are kept in Discord's messages. Addresses expire after a day, messages do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import SourceGone
from bot.images.sniff import declared
from bot.memory import Share
from bot.orders import Source

COVER: Final = "SPOILER_"
"""The prefix of a file's name that covers it as a spoiler, until somebody clicks it.

https://discord.com/developers/docs/reference#editing-message-attachments"""

_EMBED: Final = "embed-"


class MessageAttachments:
    """The pictures in messages, with the addresses that they have now."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    async def read(self, source: Source, share: Share) -> bytes:
        """Read the picture's bytes, which ``share`` then holds.

        Raises SourceGone when its message or upload is gone, and BadPicture when it is longer than declared or allowed.
        """
        try:
            current = await self.refresh(source)
        except (discord.NotFound, discord.Forbidden) as error:
            raise SourceGone(str(error)) from error
        return await self._bot.services.attachments.read(current.url, share, current.size)

    async def refresh(self, source: Source) -> Source:
        """Return the picture with its current address and size. Raises SourceGone and discord.HTTPException."""
        if source.channel_id is None or source.message_id is None:
            return source
        try:
            channel = self._bot.get_partial_messageable(source.channel_id)
            message = await channel.fetch_message(source.message_id)
        except discord.Forbidden:
            if source.url:  # we may not read there, but were shown the picture, and that address lives for a day
                return source
            raise
        matching = [picture for picture in pictures(message, source.owner_ids) if is_named(picture.name, source.name)]
        if not matching:
            raise SourceGone("the message holds no such picture any more")
        return replace(source, url=matching[0].url, size=matching[0].size)


def pictures(message: discord.Message, owner_ids: tuple[int, ...]) -> list[Source]:
    """Return the pictures of a message: its attachments, and its embedded pictures at the address of Discord's proxy.

    The pictures of a forwarded message are only in its snapshot.
    https://discord.com/developers/docs/resources/message#message-snapshot-object

    ``owner_ids``: the owners of the pictures (``cogs.ordering.owners``).

    The address in an embed is chosen by its author, who would learn our address from a request. So it is never opened.
    """
    holders: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = [file for holder in holders for file in holder.attachments if _is_picture(file)]
    embeds = [embed for holder in holders for embed in holder.embeds]
    return [*(attachment(file, owner_ids, message) for file in files), *_embedded(message, embeds, owner_ids)]


def attachment(file: discord.Attachment, owner_ids: tuple[int, ...], message: discord.Message | None = None) -> Source:
    """Return an attachment as a source. Raises BadPicture if its declared type or size is refused."""
    declared(file.filename, file.content_type, file.size)
    place = message.channel.id if message else None
    message_id = message.id if message else None
    return Source(file.url, file.filename, file.content_type, file.size, place, message_id, owner_ids)


def uncovered(name: str) -> str:
    """Return a file's name without the spoiler prefix, which says nothing about which picture it is."""
    return name.removeprefix(COVER)


def is_named(name: str, wanted: str) -> bool:
    """Return whether a file has this name or stem: its ending is known only once the picture was made."""
    name = uncovered(name)
    wanted = uncovered(wanted)
    return name == wanted or name.startswith((wanted + ".", wanted + "-"))


def _is_picture(file: discord.Attachment) -> bool:
    return (file.content_type or "").startswith("image/")


def _embedded(
    message: discord.Message, embeds: Iterable[discord.Embed], owner_ids: tuple[int, ...]
) -> Iterator[Source]:
    for number, embed in enumerate(embeds):
        address = embed.image.proxy_url or embed.thumbnail.proxy_url
        if address:
            yield Source(address, f"{_EMBED}{number}", None, 0, message.channel.id, message.id, owner_ids)
