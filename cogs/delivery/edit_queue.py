"""Edits that may come late: of one message the newest wins, and no story waits for them.

Discord takes some five edits in five seconds of all messages of a channel together. A job that waited for its turn
there would be bought later, or looked at later, only because many others run beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord

Edit = Callable[[int, int, discord.Embed, discord.ui.View | None], Awaitable[object]]


class Edits:
    """One edit at a time in each channel, each message in its turn. ``edit`` must not raise."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._wanted: dict[int, dict[int, tuple[discord.Embed, discord.ui.View | None]]] = {}
        self._under_way: dict[int, asyncio.Event] = {}
        self._hands: dict[int, asyncio.Task[None]] = {}

    def soon(
        self, channel_id: int, message_id: int, embed: discord.Embed, buttons: discord.ui.View | None = None
    ) -> None:
        """The message is to say this, as soon as it is its turn; what it was to say before is forgotten."""
        self._wanted.setdefault(channel_id, {})[message_id] = embed, buttons
        if channel_id not in self._hands:
            self._hands[channel_id] = asyncio.create_task(self._work(channel_id), name=f"edits in {channel_id}")

    async def over(self, channel_id: int, message_id: int) -> None:
        """Nothing of before comes any more: whoever edits it now has the last word."""
        self._wanted.get(channel_id, {}).pop(message_id, None)
        if message_id in self._under_way:
            await self._under_way[message_id].wait()

    async def _work(self, channel_id: int) -> None:
        try:
            while wanted := self._wanted.get(channel_id):
                message_id = next(iter(wanted))
                embed, buttons = wanted.pop(message_id)
                ended = self._under_way[message_id] = asyncio.Event()
                try:
                    await self._edit(channel_id, message_id, embed, buttons)
                finally:
                    del self._under_way[message_id]
                    ended.set()
        finally:
            self._wanted.pop(channel_id, None)
            del self._hands[channel_id]
