"""/balance: the money left at ToAPIs, for the operators."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.money import Micros, dollars
from bot.reports.balance import PAST


class BalanceCommand(commands.Cog):
    """The /balance command. Everybody sees it, since Discord knows no operators; others are refused."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    @app_commands.command(description="For whoever runs this bot: the money left at ToAPIs, and how long it lasts")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def balance(self, interaction: discord.Interaction) -> None:
        """Show the balance of the key and of the account. Raises Refused."""
        if interaction.user.id not in self._bot.services.operator_ids:
            raise Refused("operators-only")
        await interaction.response.defer(ephemeral=True, thinking=True)
        funds = await self._bot.services.balance_monitor.look()
        locale = interaction.locale.value
        say = self._bot.services.phrases.say
        lines = [
            self._left(locale, "balance-key", funds.key),
            self._left(locale, "balance-account", funds.account),
            say(locale, "balance-spent", {"money": dollars(funds.spent), "past": PAST}),
        ]
        if funds.days is not None:
            lines.append(say(locale, "balance-lasts", {"days": int(funds.days)}))
        await interaction.followup.send("\n".join(lines), ephemeral=True)

    def _left(self, locale: str, key: str, left: Micros | None) -> str:
        say = self._bot.services.phrases.say
        return say(locale, f"{key}-unlimited") if left is None else say(locale, key, {"money": dollars(left)})
