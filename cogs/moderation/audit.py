"""/audit: the actions of moderators and managers in this server, the last ones as text and all of them as a file."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.guilds.audit import AuditEntry
from bot.guilds.rule_values import stored
from bot.guilds.rules import Change
from bot.reports.usage import MOST_ROWS
from cogs.ui.csv_export import to_csv
from cogs.ui.log_channel import LogChannel
from cogs.ui.rights import require_manager
from cogs.ui.rule_text import RuleText
from cogs.ui.split import CONTENT_LIMIT

SHOWN: Final = 10
"""Actions that are shown as text."""

HEADING: Final = ("at", "by_id", "action", "member_id", "job", "link", "reason", "until", "rule", "old", "new")


class AuditTrail(commands.Cog):
    """The /audit command. For members who may manage the server only, since it names who decided what."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._log_channel = LogChannel(bot)
        self._rules = RuleText(bot)

    @app_commands.command(description="What moderators and managers did here, with all of it as a file")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def audit(self, interaction: discord.Interaction) -> None:
        """Show the actions, the newest first. Raises Refused."""
        guild_id = require_manager(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        entries = await self._bot.services.audit.lately(guild_id, MOST_ROWS)
        say = self._bot.services.phrases.say
        if not entries:
            await interaction.followup.send(say(interaction.locale.value, "audit-none"), ephemeral=True)
            return
        lines = [say(interaction.locale.value, "audit-some", {"most": MOST_ROWS})]
        for entry in entries[:SHOWN]:
            line = self._line(interaction, entry)
            if len("\n".join([*lines, line])) > CONTENT_LIMIT:
                break
            lines.append(line)
        file = discord.File(io.BytesIO(to_csv(HEADING, [_row(entry) for entry in entries])), "audit.csv")
        await interaction.followup.send("\n".join(lines), file=file, ephemeral=True)

    def _line(self, interaction: discord.Interaction, entry: AuditEntry | Change) -> str:
        if isinstance(entry, Change):
            return f"- {self._rules.change(interaction.locale.value, entry)}"
        return f"- {self._log_channel.line(interaction.locale.value, entry)}"


def _row(entry: AuditEntry | Change) -> tuple[str | int, ...]:
    """Return the cells of a row, in the order of ``HEADING``; times in UTC."""
    if isinstance(entry, Change):
        old, new = (json.dumps(stored(value), ensure_ascii=False) for value in (entry.old, entry.new))
        return (_moment(entry.at), entry.by, "rule-changed", "", "", "", "", "", entry.name, old, new)
    facts = [str(entry.facts.get(name, "")) for name in ("job", "link", "reason")]
    ends_at = int(entry.facts.get("until", 0))
    until = _moment(ends_at) if ends_at else ""
    return (_moment(entry.at), entry.by, entry.action, entry.member_id, *facts, until, "", "", "")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
