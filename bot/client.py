"""Retouch, the discord.py client: it loads the cogs, syncs changed commands and explains errors."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import RetouchError, StandsBy
from bot.gateway.identify import IdentifyTurns
from bot.gateway.rest_gate import RestGate
from bot.i18n import FALLBACK
from bot.jobs.courier import Courier
from bot.services import Services

_log = logging.getLogger(__name__)

LONGEST_WAIT: Final = 330.0
"""Seconds that discord.py may sleep for a rate limit. If it would be longer, it raises and the step is repeated.

Longer than every window in which Discord counts our calls (300 s for the threads of a channel): in a window that ends
later than this, discord.py refuses every call, even if some are left."""


FOR_EVERYBODY: Final = frozenset({"about", "mydata", "operator", "balance"})
"""Commands that also answer members and servers whom the operator has blocked: privacy, and what operators alone may
use, which they check themselves."""


FILE_TYPES: Final = ("image",)
"""The files that Discord's apps offer where a picture is asked for: phones show pictures only. Never trusted.

https://discord.com/developers/docs/reference#file-type-filtering"""

_INVALID: Final = 400


def with_file_types(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return commands, or options of one, as they are registered, with the file types of each attachment option.

    discord.py 2.7.1 does not know the field: https://github.com/Rapptz/discord.py/pull/10494
    """
    typed = []
    for option in options:
        more: dict[str, Any] = {"options": with_file_types(option["options"])} if "options" in option else {}
        if option["type"] == discord.AppCommandOptionType.attachment.value:
            more["file_types"] = list(FILE_TYPES)
        typed.append(option | more)
    return typed


class AdmittingTree(app_commands.CommandTree["Retouch"]):
    """Asks before every command whether the operator lets this member act in this place, and explains every error."""

    async def interaction_check(self, interaction: discord.Interaction[Retouch], /) -> bool:
        """Return whether a command may run. Explain a refusal; a suggestion while typing needs none."""
        if not await self.client.services.slot.answers():
            return False
        if interaction.type is not discord.InteractionType.application_command or _root(interaction) in FOR_EVERYBODY:
            return True
        try:
            self.client.services.intake.admit(interaction.user.id, interaction.guild_id)
        except RetouchError as refusal:
            await self.client.explain(interaction, refusal)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction[Retouch], error: app_commands.AppCommandError, /) -> None:
        """Reply with an explanation of what a command raised."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await self.client.explain(interaction, cause)


def _root(interaction: discord.Interaction[Any]) -> str:
    """Return the name of a slash command without its subcommands, or of a menu."""
    data: Any = interaction.data or {}
    return str(data.get("name", ""))


class Retouch(commands.AutoShardedBot):
    """The bot. It has no privileged intent, so Discord shows it only messages that mention it or reply to it."""

    courier: Courier
    """Set by ``cogs.open_on``."""
    identify_turns: IdentifyTurns | None = None
    """Set where several processes share the shards."""

    def __init__(self, services: Services) -> None:
        # Without other processes there is nothing that a call would have to wait for.
        trace: dict[str, Any] = {"http_trace": RestGate(services.slot).trace()} if services.slot.ask else {}
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            tree_cls=AdmittingTree,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT,
            **trace,
        )
        self.services = services
        self.routes: dict[str, Any] = {}
        """What acts on each component and form, by the beginning of its custom_id. Kept by ``cogs.ui.router``."""
        self._shows_maintenance = False

    async def on_message(self, message: discord.Message, /) -> None:
        """Run no commands by mention: messages to the bot are a conversation (``cogs.ordering.conversation``)."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for a shard's turn: a single process keeps turns by itself, several keep them in the database."""
        if self.identify_turns is None:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        await self.services.slot.mine()
        await self.identify_turns.wait(shard_id or 0)

    async def sync_commands(self) -> None:
        """Send the commands to Discord if they changed since last time: a bot may change them 200 times a day.

        Only the first slot's holder does, so that no two processes do so at once.
        """
        if not self.services.slot.is_first:
            return
        payload: list[Any] = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        checksum = hashlib.sha256(json.dumps(with_file_types(payload), sort_keys=True).encode()).hexdigest()
        name = f"commands:{self.application_id}"
        if await self.services.key_values.get(name) != checksum and await self._register(payload):
            await self.services.key_values.put(name, checksum)

    async def _register(self, payload: list[Any]) -> bool:
        """Register all commands. Return False where Discord did not take the file types, which are left out then.

        The next start tries them again. They only help people to choose, so no command is missing because of them.
        """
        assert self.application_id is not None  # known since the login
        try:
            await self.http.bulk_upsert_global_commands(self.application_id, payload=with_file_types(payload))
        except discord.HTTPException as error:
            if error.status != _INVALID:
                raise
            await self.http.bulk_upsert_global_commands(self.application_id, payload=payload)
            _log.warning("Discord takes the commands only without file types: %s", error.text)
            return False
        return True

    def latency_of_shards(self) -> dict[int, float | None]:
        """Return the seconds of a heartbeat by shard, None for a shard that is not connected."""
        return {number: None if shard.is_closed() else shard.latency for number, shard in self.shards.items()}

    async def show_maintenance(self) -> None:
        """Show beside the bot's name whether it accepts orders. A chore, since another process may have changed it."""
        on = await self.services.intake.maintenance.now() is not None
        if not self.is_ready() or on is self._shows_maintenance:
            return
        activity = discord.CustomActivity(self.services.phrases.say(FALLBACK, "presence-maintenance"))
        status = discord.Status.dnd if on else discord.Status.online
        await self.change_presence(status=status, activity=activity if on else None)
        self._shows_maintenance = on

    async def on_shard_ready(self, _: int, /) -> None:
        """Show maintenance again: a new session shows nothing."""
        self._shows_maintenance = False
        await self.show_maintenance()

    async def explain(self, interaction: discord.Interaction, error: BaseException) -> None:
        """Send the person who pressed or typed the sentence of an error, which only they see. All errors end here."""
        if not isinstance(error, RetouchError):
            _log.error("an interaction broke", exc_info=error)
            error = RetouchError()
        if isinstance(error, StandsBy) and not interaction.response.is_done():
            return  # the other process received the interaction too, and answers it
        sentence = self.services.phrases.explain(interaction.locale.value, error)
        try:
            if interaction.response.is_done():
                await interaction.followup.send(sentence, ephemeral=True)
            else:
                await interaction.response.send_message(sentence, ephemeral=True)
        except discord.HTTPException as failure:
            _log.warning("an error could not be explained: %s", failure)
