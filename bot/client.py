"""Retouch, the discord.py client: opens the cogs, syncs commands when they changed, explains errors."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import RetouchError, StandsBy
from bot.i18n import FALLBACK
from bot.jobs.courier import Courier
from bot.services import Services

_log = logging.getLogger(__name__)

LONGEST_WAIT: Final = 330.0
"""Seconds that discord.py may sleep on a rate limit before it raises, so that a step is tried again instead.

Longer than any window that Discord counts our calls in (300 s for the threads of a channel): within one that ends later
than this, discord.py refuses every call, whatever is left of it."""


class Retouch(commands.AutoShardedBot):
    """Without any privileged intent: of what people write, Discord shows us only what calls on us."""

    courier: Courier
    """Set by ``cogs.open_on``."""

    def __init__(self, services: Services) -> None:
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT,
        )
        self.services = services
        self.routes: dict[str, Any] = {}
        """What acts on each component and form, by the beginning of its custom_id. Kept by ``cogs.ui.router``."""
        self._shows_maintenance = False
        self.tree.on_error = self._explain_command  # type: ignore[method-assign]  # discord.py types it for its own client

    async def on_message(self, message: discord.Message, /) -> None:
        """No commands by mention: what people write to us is a conversation (``cogs.ordering.conversation``)."""

    async def sync_commands(self) -> None:
        """Tells Discord the commands, if they are others than last time: a bot has 200 such changes a day."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        mark = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        fact = f"commands:{self.application_id}"
        if await self.services.key_values.get(fact) != mark:
            await self.tree.sync()
            await self.services.key_values.put(fact, mark)

    async def show_maintenance(self) -> None:
        """Beside the bot's name stands whether orders are taken. A duty, since another process may have changed it."""
        on = await self.services.intake.maintenance.now() is not None
        if not self.is_ready() or on is self._shows_maintenance:
            return
        said = discord.CustomActivity(self.services.phrases.say(FALLBACK, "presence-maintenance"))
        status = discord.Status.dnd if on else discord.Status.online
        await self.change_presence(status=status, activity=said if on else None)
        self._shows_maintenance = on

    async def on_shard_ready(self, _: int, /) -> None:
        """A fresh session shows nothing."""
        self._shows_maintenance = False
        await self.show_maintenance()

    async def explain(self, interaction: discord.Interaction, error: BaseException) -> None:
        """The one way in which an error reaches the person who pressed or typed: a sentence only they see."""
        if not isinstance(error, RetouchError):
            _log.error("an interaction broke", exc_info=error)
            error = RetouchError()
        if isinstance(error, StandsBy) and not interaction.response.is_done():
            return  # it heard the same, and answers
        sentence = self.services.phrases.explain(interaction.locale.value, error)
        try:
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
            else:
                await interaction.response.send_message(sentence, ephemeral=True)
        except discord.HTTPException as trouble:
            _log.warning("an error could not be explained: %s", trouble)

    async def _explain_command(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await self.explain(interaction, cause)
