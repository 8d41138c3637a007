"""The Notice: what managers and moderators did, as a line for people, and told in a server's log channel."""

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


class Notice:
    """Whoever did it hears where it could not be told."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    def line(self, locale: str, entry: AuditEntry) -> str:
        """What was done, by whom, to whom."""
        until = int(entry.facts.get("until", 0))
        key = f"audit-{entry.action}" + ("-until" if until else "")
        facts: dict[str, Fact] = {
            "by": self._named(locale, entry.by),
            "member": self._named(locale, entry.member_id),
            "reason": escape(str(entry.facts.get("reason", ""))),
            "until": until,
        }
        return f"{self._bot.services.phrases.say(locale, key, facts)} <t:{int(entry.at)}:R>"

    async def did(self, interaction: discord.Interaction, entry: AuditEntry) -> None:
        """Tells a deed."""
        await self.tell(interaction, self.line(interaction.locale.value, entry))

    async def tell(self, interaction: discord.Interaction, text: str) -> None:
        """Writes into the log channel, if the server has one."""
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
    """A channel of this very server in which messages can stand; None where it is gone, or of another kind."""
    channel = guild.get_channel(channel_id)
    return channel if isinstance(channel, discord.abc.Messageable) else None
