"""The Archive: pictures that are kept in Discord's messages. Addresses expire after a day, messages do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import SourceGone
from bot.images.picture import declared
from bot.memory import Share
from bot.orders import Source

COVER: Final = "SPOILER_"
"""How the name of a file begins that people see only once they click it.

https://discord.com/developers/docs/reference#editing-message-attachments"""

_EMBED: Final = "embed-"


class Archive:
    """Reads pictures anew from the messages that hold them."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    async def read(self, source: Source, share: Share) -> bytes:
        """Read the picture's bytes, which ``share`` then holds. Raises SourceGone where its message or upload is gone,
        and BadPicture where it is longer than declared or allowed."""
        try:
            now = await self.now(source)
        except (discord.NotFound, discord.Forbidden) as error:
            raise SourceGone(str(error)) from error
        return await self._bot.services.attachments.read(now.url, share, now.size)

    async def now(self, source: Source) -> Source:
        """The picture with the address and size that it has now. Raises SourceGone, and what Discord says."""
        if source.channel_id is None or source.message_id is None:
            return source
        try:
            channel = self._bot.get_partial_messageable(source.channel_id)
            message = await channel.fetch_message(source.message_id)
        except discord.Forbidden:
            if source.url:  # we may not read there, but were shown the picture, and that address lives for a day
                return source
            raise
        found = [one for one in pictures(message, source.owner_ids) if is_named(one.name, source.name)]
        if not found:
            raise SourceGone("the message holds no such picture any more")
        return replace(source, url=found[0].url, size=found[0].size)


def pictures(message: discord.Message, owner_ids: tuple[int, ...]) -> list[Source]:
    """The pictures of any message: attachments, and embedded ones by way of Discord's proxy alone.

    Those of a message that it forwards stand in its snapshot, and nowhere else.
    https://discord.com/developers/docs/resources/message#message-snapshot-object

    ``owner_ids``: whose they are (``cogs.ordering.owners``).

    The address that an embed names is its author's choice: whoever asks there tells them who we are.
    """
    holders: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = [file for holder in holders for file in holder.attachments if _is_picture(file)]
    embeds = [embed for holder in holders for embed in holder.embeds]
    return [*(attachment(file, owner_ids, message) for file in files), *_embedded(message, embeds, owner_ids)]


def attachment(one: discord.Attachment, owner_ids: tuple[int, ...], message: discord.Message | None = None) -> Source:
    """An attachment as a source. Raises BadPicture for what it declares to be."""
    declared(one.filename, one.content_type, one.size)
    place = message.channel.id if message else None
    return Source(one.url, one.filename, one.content_type, one.size, place, message.id if message else None, owner_ids)


def uncovered(name: str) -> str:
    """A file's name without what makes it a spoiler: whether it is covered says nothing of which picture it is."""
    return name.removeprefix(COVER)


def is_named(name: str, wanted: str) -> bool:
    """Whether this is the picture of that name, or of that stem: the ending is known only once it was made."""
    name, wanted = uncovered(name), uncovered(wanted)
    return name == wanted or name.startswith((wanted + ".", wanted + "-"))


def _is_picture(one: discord.Attachment) -> bool:
    return (one.content_type or "").startswith("image/")


def _embedded(
    message: discord.Message, embeds: Iterable[discord.Embed], owner_ids: tuple[int, ...]
) -> Iterator[Source]:
    for number, embed in enumerate(embeds):
        address = embed.image.proxy_url or embed.thumbnail.proxy_url
        if address:
            yield Source(address, f"{_EMBED}{number}", None, 0, message.channel.id, message.id, owner_ids)
