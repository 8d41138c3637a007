"""Messages to the managers of a server, in its log channel or directly."""

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
    """Messages to managers. Nothing here raises: a failed message must not fail a job."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    def locale(self, guild_id: int) -> str:
        """Return the language that the server chose for itself, English when Discord has not told us."""
        guild = self._bot.get_guild(guild_id)
        return guild.preferred_locale.value if guild else "en"

    async def _post(self, guild_id: int, text: str, *, nonce: str) -> bool:
        """Write into the server's log channel. Return False when there is none, or when it can't be written to.

        Discord drops a message that repeats a ``nonce`` within a few minutes.
        """
        rules = await self._bot.services.rules.get(guild_id)
        guild = self._bot.get_guild(guild_id)
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
        """Send a text to the log channel, or else as a direct message to the member ``otherwise``."""
        if await self._post(guild_id, text, nonce=nonce) or otherwise == NOBODY:
            return
        try:
            channel = await self._bot.create_dm(discord.Object(otherwise))
            await channel.send(shorten(text, CONTENT_LIMIT), nonce=nonce)
        except discord.HTTPException as error:
            _log.warning("server %d: nobody could be told: %r", guild_id, error)
