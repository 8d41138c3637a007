"""/audit: what moderators and managers did in this server, the last of it to read and all of it as a file."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.guilds.audit import AuditEntry
from bot.guilds.rule_values import stored
from bot.guilds.rules import Change
from bot.reports.usage import MOST_ROWS
from cogs.ui.csv_export import sheet
from cogs.ui.log_channel import Notice
from cogs.ui.rights import in_server
from cogs.ui.rule_text import RuleText
from cogs.ui.split import CONTENT_LIMIT

SHOWN: Final = 10

HEADING: Final = ("at", "by_id", "action", "member_id", "job", "link", "reason", "until", "rule", "old", "new")


class AuditTrail(commands.Cog):
    """Only for whoever may manage the server: it names who decided what."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._notice = Notice(bot)
        self._rules = RuleText(bot)

    @app_commands.command(description="What moderators and managers did here, with all of it as a file")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def audit(self, interaction: discord.Interaction) -> None:
        """The newest first."""
        if interaction.guild_id is None or not in_server(interaction).manage_guild:
            raise Refused("not-manager")
        self._bot.services.intake.admit(interaction.user.id, interaction.guild_id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        done = await self._bot.services.audit.lately(interaction.guild_id, MOST_ROWS)
        say = self._bot.services.phrases.say
        if not done:
            await interaction.followup.send(say(interaction.locale.value, "audit-none"), ephemeral=True)
            return
        lines = [say(interaction.locale.value, "audit-some", {"most": MOST_ROWS})]
        for one in done[:SHOWN]:
            line = self._line(interaction, one)
            if len("\n".join([*lines, line])) > CONTENT_LIMIT:
                break
            lines.append(line)
        file = discord.File(io.BytesIO(sheet(HEADING, [_row(one) for one in done])), "audit.csv")
        await interaction.followup.send("\n".join(lines), file=file, ephemeral=True)

    def _line(self, interaction: discord.Interaction, one: AuditEntry | Change) -> str:
        if isinstance(one, Change):
            return f"- {self._rules.change(interaction.locale.value, one)}"
        return f"- {self._notice.line(interaction.locale.value, one)}"


def _row(one: AuditEntry | Change) -> tuple[str | int, ...]:
    """As in ``HEADING``; moments in UTC."""
    if isinstance(one, Change):
        old, new = (json.dumps(stored(value), ensure_ascii=False) for value in (one.old, one.new))
        return (_moment(one.at), one.by, "rule-changed", "", "", "", "", "", one.name, old, new)
    told = [str(one.facts.get(name, "")) for name in ("job", "link", "reason")]
    until = int(one.facts.get("until", 0))
    return (_moment(one.at), one.by, one.action, one.member_id, *told, _moment(until) if until else "", "", "", "")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
