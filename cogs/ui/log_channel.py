"""Actions of managers and moderators as lines for people, posted in a server's log channel."""

from __future__ import annotations

import logging

import discord

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Fact, Refused
from bot.guilds.audit import AuditEntry
from bot.text import escape
from cogs.ui.split import CONTENT_LIMIT

_log = logging.getLogger(__name__)


class LogChannel:
    """The log channel of a server. The member who acted is told when it could not be written to."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    def line(self, locale: str, entry: AuditEntry) -> str:
        """Return a line about an action: what was done, by whom, to whom."""
        until = int(entry.facts.get("until", 0))
        key = f"audit-{entry.action}" + ("-until" if until else "")
        facts: dict[str, Fact] = {
            "by": self._named(locale, entry.by),
            "member": self._named(locale, entry.member_id),
            "reason": escape(str(entry.facts.get("reason", ""))),
            "until": until,
        }
        return f"{self._bot.services.phrases.say(locale, key, facts)} <t:{int(entry.at)}:R>"

    async def post_entry(self, interaction: discord.Interaction, entry: AuditEntry) -> None:
        """Post an audit entry."""
        await self.post(interaction, self.line(interaction.locale.value, entry))

    async def post(self, interaction: discord.Interaction, text: str) -> None:
        """Write into the log channel, if the server has one. A failure is explained to the member who acted."""
        rules = await self._bot.services.rules.get(interaction.guild_id)
        if not rules.log_channel or interaction.guild is None:
            return
        channel = writable(interaction.guild, next(iter(rules.log_channel)))
        try:
            if channel is None:
                raise Refused("log-channel")
            await channel.send(text[:CONTENT_LIMIT])
        except (discord.HTTPException, Refused) as error:
            _log.warning("server %s: its log channel can't be written to: %r", interaction.guild_id, error)
            await self._bot.explain(interaction, Refused("log-channel"))

    def _named(self, locale: str, member_id: int) -> str:
        if member_id == NOBODY:
            return self._bot.services.phrases.say(locale, "audit-somebody")
        return f"<@{member_id}>"


def writable(guild: discord.Guild, channel_id: int) -> discord.abc.Messageable | None:
    """Return a channel of this server that takes messages, or None when it is gone or of another kind."""
    channel = guild.get_channel(channel_id)
    return channel if isinstance(channel, discord.abc.Messageable) else None
