"""Edits of our messages: those that may come late, of which the newest wins, and the final one, which is waited for.

Discord takes some five edits in five seconds of all messages of a channel together. A job that waited for its turn
there would be bought later, or looked at later, only because many others run beside it.
"""

from __future__ import annotations

import asyncio
import logging

import discord

from bot.client import Retouch
from bot.gateway.rest_gate import only_with_slot
from cogs.ui.discord_errors import passes, translated

_log = logging.getLogger(__name__)


class EditQueue:
    """One edit at a time in each channel, each message in its turn. Edits replace the message's embed and buttons."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._pending: dict[int, dict[int, tuple[discord.Embed, discord.ui.View | None]]] = {}
        self._under_way: dict[int, asyncio.Event] = {}
        self._workers: dict[int, asyncio.Task[None]] = {}

    def schedule(
        self, channel_id: int, message_id: int, embed: discord.Embed, buttons: discord.ui.View | None = None
    ) -> None:
        """Add an edit of a message, in place of an edit of it that is still pending. Its failure is only logged."""
        self._pending.setdefault(channel_id, {})[message_id] = embed, buttons
        if channel_id not in self._workers:
            self._workers[channel_id] = asyncio.create_task(self._work(channel_id), name=f"edits in {channel_id}")

    def is_busy(self, channel_id: int) -> bool:
        """Return whether edits in a channel are under way or pending."""
        return channel_id in self._workers

    async def edit_at_last(
        self,
        channel_id: int | None,
        message_id: int | None,
        embed: discord.Embed,
        buttons: discord.ui.View | None = None,
    ) -> bool:
        """Make the final edit of a message, after dropping its pending edit. Without ``buttons`` its buttons go.

        Return False when there is no such message, or when we may not edit it: that must not fail the job. Raises
        Unavailable for temporary errors, so that the outcome of a job is not lost to them.
        """
        if channel_id is None or message_id is None:
            return False
        await self._cancel(channel_id, message_id)
        with translated(), only_with_slot():
            return await self._edit(channel_id, message_id, embed, buttons)

    async def _cancel(self, channel_id: int, message_id: int) -> None:
        """Drop the pending edit of a message, and wait for the edit that is under way."""
        self._pending.get(channel_id, {}).pop(message_id, None)
        if message_id in self._under_way:
            await self._under_way[message_id].wait()

    async def _work(self, channel_id: int) -> None:
        try:
            while pending := self._pending.get(channel_id):
                message_id = next(iter(pending))
                embed, buttons = pending.pop(message_id)
                if not await self._bot.services.slot.answers():
                    continue  # another process shows how the job goes on
                ended = self._under_way[message_id] = asyncio.Event()
                try:
                    await self._edit(channel_id, message_id, embed, buttons)
                except Exception as error:  # noqa: BLE001 - a later edit may succeed, and no job fails because of this one
                    _log.info("message %s can't be edited now: %s", message_id, error)
                finally:
                    del self._under_way[message_id]
                    ended.set()
        finally:
            self._pending.pop(channel_id, None)
            del self._workers[channel_id]

    async def _edit(
        self, channel_id: int, message_id: int, embed: discord.Embed, buttons: discord.ui.View | None
    ) -> bool:
        """Make an edit. Return False when Discord refuses that for good. Raises Discord's temporary errors."""
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            await message.edit(embed=embed, view=buttons, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            if passes(error):
                raise
            _log.info("message %s can't be edited: %s", message_id, error)
            return False
        return True
