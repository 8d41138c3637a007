"""Pictures that are kept in Discord's messages. Addresses expire after a day, messages do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import discord

from bot.client import Retouch
from bot.errors import BadPicture, Refused, SourceGone
from bot.images.sniff import declared
from bot.memory import Share
from bot.orders import COVER, Source
from cogs.ui.discord_errors import passes
from cogs.ui.shown_media import LOTTIE, ShownMedia, of_sticker, shown

_STATED_NOWHERE: Final = 1
"""Bytes, in place of a size that Discord does not state: its bytes are counted as they come."""


class MessageAttachments:
    """The pictures in messages, with the addresses that they have now."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    async def read(self, source: Source, share: Share) -> bytes:
        """Read the picture's bytes, which ``share`` then holds.

        Raises SourceGone when its message or upload is gone, and BadPicture when it is longer than declared or allowed,
        or when Discord no longer shows what was no file: an embedded picture, a sticker, an avatar.
        """
        try:
            current = await self.refresh(source)
        except discord.HTTPException as error:
            if passes(error):
                raise
            raise SourceGone(str(error)) from error
        try:
            return await self._bot.services.attachments.read(current.url, share, current.size)
        except SourceGone as error:
            if current.size:
                raise
            raise BadPicture("not-shown", error.detail) from error  # it is no file of a message

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
        current = matching[0]
        return replace(source, url=current.url, size=current.size, covered=source.covered or current.covered)


def pictures(message: discord.Message, owner_ids: tuple[int, ...]) -> list[Source]:
    """Return the pictures of a message: its files, and what it shows beside them. What can't be used is left out.

    The pictures of a forwarded message are only in its snapshot.
    https://discord.com/developers/docs/resources/message#message-snapshot-object

    ``owner_ids``: the owners of the pictures (``cogs.ordering.owners``).
    """
    return _read_all(message, owner_ids)[0]


def require_pictures(message: discord.Message, owner_ids: tuple[int, ...]) -> list[Source]:
    """Return the pictures of a message, of which there is at least one.

    Raises BadPicture, of the first that can't be used, where all that there is can't be used, and
    Refused("no-picture-there") where there is nothing.
    """
    sources, refusals = _read_all(message, owner_ids)
    if sources:
        return sources
    raise refusals[0] if refusals else Refused("no-picture-there")


def brings_pictures(message: discord.Message) -> bool:
    """Return whether the author of a message sent files or stickers with it."""
    return bool(message.attachments or message.stickers)


def brought(message: discord.Message) -> tuple[Source, ...]:
    """Return the pictures that the author of a message sent with it, as uploads of theirs.

    What can't be used is left out. Raises BadPicture, of the first, where nothing else was sent.
    """
    files = [_of_file(file) for file in message.attachments]
    sources, refusals = _usable([*files, *map(of_sticker, message.stickers)], (message.author.id,), None)
    if refusals and not sources:
        raise refusals[0]
    return tuple(sources)


def attachment(file: discord.Attachment, owner_ids: tuple[int, ...], message: discord.Message | None = None) -> Source:
    """Return an attachment as a source. Raises BadPicture if its declared type or size is refused."""
    return _source(_of_file(file), owner_ids, message)


def _read_all(message: discord.Message, owner_ids: tuple[int, ...]) -> tuple[list[Source], list[BadPicture]]:
    holders: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    files = [_of_file(file) for holder in holders for file in holder.attachments]
    return _usable([*files, *shown(holders)], owner_ids, message)


def _usable(
    media: Iterable[ShownMedia], owner_ids: tuple[int, ...], message: discord.Message | None
) -> tuple[list[Source], list[BadPicture]]:
    """Return what can be used as a source, and why the rest can't."""
    sources: list[Source] = []
    refusals: list[BadPicture] = []
    for candidate in media:
        try:
            sources.append(_source(candidate, owner_ids, message))
        except BadPicture as refusal:
            refusals.append(refusal)
    return sources, refusals


def _source(media: ShownMedia, owner_ids: tuple[int, ...], message: discord.Message | None) -> Source:
    """Return media as a source. Raises BadPicture if the declared type or size is refused."""
    if media.declared_type == LOTTIE:
        raise BadPicture("lottie")
    declared(media.name, media.declared_type, _STATED_NOWHERE if media.size is None else media.size)
    place = message.channel.id if message else None
    message_id = message.id if message else None
    size = media.size or 0
    covered = media.covered or media.name.startswith(COVER)
    return Source(media.url, media.name, media.declared_type, size, place, message_id, owner_ids, covered=covered)


def _of_file(file: discord.Attachment) -> ShownMedia:
    return ShownMedia(file.url, file.filename, file.content_type, file.size, file.is_spoiler())


def uncovered(name: str) -> str:
    """Return a file's name without the spoiler prefix, which says nothing about which picture it is."""
    return name.removeprefix(COVER)


def is_named(name: str, wanted: str) -> bool:
    """Return whether a file has this name or stem: its ending is known only once the picture was made."""
    name = uncovered(name)
    wanted = uncovered(wanted)
    return name == wanted or name.startswith((wanted + ".", wanted + "-"))
