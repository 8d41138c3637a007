"""/operator: a panel for whoever runs the bot, with its state, maintenance, and a check of its records."""

from __future__ import annotations

import io
import logging
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.jobs.maintenance import LONGEST
from bot.reports.overview import Overview
from cogs.operator.panel import Gateway, OperatorPanel
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.router import Use, button, component, form
from cogs.ui.split import CONTENT_LIMIT

VERSION: Final = 1

STYLES: Final = {
    "refresh": discord.ButtonStyle.primary,
    "begin": discord.ButtonStyle.danger,
    "end": discord.ButtonStyle.success,
    "reconcile": discord.ButtonStyle.secondary,
}
"""The actions of the panel, with the styles of their buttons."""

_log = logging.getLogger(__name__)


class OperatorCommands(commands.Cog):
    """The /operator command. Everybody sees it, since Discord knows no operators; each step refuses others."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._panel = OperatorPanel(bot.services.phrases)

    @app_commands.command(
        description="For whoever runs this bot: how it stands, maintenance, and whether the books agree"
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def operator(self, interaction: discord.Interaction) -> None:
        """Show the panel. Raises Refused."""
        self._check(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        embed, view = await self._build_panel(interaction)
        await interaction.followup.send(embed=embed, view=view, ephemeral=True)

    @form("maintenance", right="operator", for_blocked=True)
    async def begin(self, interaction: discord.Interaction, use: Use) -> None:
        """Start maintenance, with or without a reason."""
        reason = answers(use.data).get("why", [""])
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
        await self._bot.services.intake.pause(reason[0] if reason else "")
        _log.warning("maintenance was begun by %s", interaction.user.id)
        await self._changed(interaction)

    @component("operator1:refresh", right="operator", for_blocked=True)
    async def refresh(self, interaction: discord.Interaction, _: Use) -> None:
        """Update the panel."""
        await interaction.response.defer()
        await self._show(interaction)

    @component("operator1:begin", right="operator", for_blocked=True)
    async def ask_why(self, interaction: discord.Interaction, _: Use) -> None:
        """Open the form that begins maintenance, with a field for the reason."""
        modal = discord.ui.Modal(
            title=self._say(interaction, "operator-begin"),
            custom_id=str(FormId("maintenance", ("begin",))),
            timeout=OPEN_FOR,
        )
        field = discord.ui.TextInput[Any](
            custom_id="why",
            placeholder=self._say(interaction, "operator-why-hint"),
            max_length=LONGEST,
            required=False,
        )
        modal.add_item(discord.ui.Label(text=self._say(interaction, "operator-why"), component=field))
        await interaction.response.send_modal(modal)

    @component("operator1:end", right="operator", for_blocked=True)
    async def end(self, interaction: discord.Interaction, _: Use) -> None:
        """Stop maintenance, so that orders are accepted again."""
        await interaction.response.defer()
        await self._bot.services.intake.resume()
        _log.warning("maintenance was ended by %s", interaction.user.id)
        await self._changed(interaction)

    async def _changed(self, interaction: discord.Interaction) -> None:
        await self._show(interaction)
        await self._bot.show_maintenance()

    @component("operator1:reconcile", right="operator", for_blocked=True)
    async def reconcile(self, interaction: discord.Interaction, _: Use) -> None:
        """Compare our records with ToAPIs', and send the differences, as a file if a message has no room for them."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        reconciliation = await self._bot.services.reconcile.look()
        text = "\n".join(reconciliation.lines(self._bot.services.phrases, interaction.locale.value))
        if len(text) <= CONTENT_LIMIT:
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.followup.send(
                self._say(interaction, "operator-reconciled", count=len(reconciliation.differences)),
                file=discord.File(io.BytesIO(text.encode()), "reconcile.txt"),
                ephemeral=True,
            )

    async def _show(self, interaction: discord.Interaction) -> None:
        """Update the panel with a new look at everything."""
        embed, view = await self._build_panel(interaction)
        await interaction.edit_original_response(embed=embed, view=view)

    async def _build_panel(self, interaction: discord.Interaction) -> tuple[discord.Embed, discord.ui.View]:
        checkup = await self._bot.services.health.look()
        overview = await self._overview()
        names = {guild.id: guild.name for guild in self._bot.guilds}
        gateway = Gateway(self._bot.latency_of_shards())
        embed = self._panel.embed(interaction.locale.value, checkup, overview, gateway, names)
        on = overview is not None and overview.notice is not None
        view = discord.ui.View(timeout=None)
        for action in ("refresh", "end" if on else "begin", "reconcile"):
            view.add_item(button(f"operator1:{action}", self._say(interaction, f"operator-{action}"), STYLES[action]))
        return embed, view

    async def _overview(self) -> Overview | None:
        """Read the overview. None when the database fails: the rest of the panel is then needed all the more."""
        try:
            return await self._bot.services.overviews.look()
        except Exception:  # noqa: BLE001 - whatever the error, the operator needs the health beside it now
            _log.exception("the overview can't be read")
            return None

    def _check(self, interaction: discord.Interaction) -> None:
        if interaction.user.id not in self._bot.services.operator_ids:
            raise Refused("operators-only")

    def _say(self, interaction: discord.Interaction, key: str, **facts: int) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts)
