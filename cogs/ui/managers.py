"""Managers: how those who manage a server are told something, in its log channel or directly."""

from __future__ import annotations

import logging
from typing import Final

import discord

from bot.client import Retouch
from bot.database import NOBODY
from bot.text import shorten
from cogs.ui.log_channel import writable
from cogs.ui.split import CONTENT_LIMIT

_log: Final = logging.getLogger(__name__)


class Managers:
    """Nothing here raises: what is told is no reason for anybody's picture to fail."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    def locale(self, guild_id: int) -> str:
        """The language that the server chose for itself, as far as Discord has told us."""
        guild = self._bot.get_guild(guild_id)
        return guild.preferred_locale.value if guild else "en"

    async def _logged(self, guild_id: int, text: str, *, nonce: str) -> bool:
        """Writes into the server's log channel. False where there is none, or it can't be written to.

        The same ``nonce`` within a few minutes is one message.
        """
        rules, guild = await self._bot.services.rules.get(guild_id), self._bot.get_guild(guild_id)
        channel = writable(guild, next(iter(rules.log_channel), 0)) if guild else None
        if channel is None:
            return False
        try:
            await channel.send(shorten(text, CONTENT_LIMIT), nonce=nonce)
        except discord.HTTPException as error:
            _log.warning("server %d: its log channel can't be written to: %r", guild_id, error)
            return False
        return True

    async def tell(self, guild_id: int, text: str, *, otherwise: int, nonce: str) -> None:
        """The same, or else a direct message to the member of this id."""
        if await self._logged(guild_id, text, nonce=nonce) or otherwise == NOBODY:
            return
        try:
            channel = await self._bot.create_dm(discord.Object(otherwise))
            await channel.send(shorten(text, CONTENT_LIMIT), nonce=nonce)
        except discord.HTTPException as error:
            _log.warning("server %d: nobody could be told: %r", guild_id, error)
