"""A server's own key at ToAPIs: entered in a form of the /server panel, shown as its last four characters, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import discord
from discord.ext import commands
from pydantic import SecretStr

from bot.client import Retouch
from bot.errors import Fact, Refused
from bot.money import dollars
from bot.toapis.tasks import Balance
from cogs.server.rules_panel import RulesPanel
from cogs.ui.log_channel import LogChannel
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.router import Use, button, component, form

KEY_FIELD: Final = 200
"""Characters that the form's field takes."""


class ServerApiKey(commands.Cog):
    """The server's API key on its panel. For members who may manage the server, which is checked at each step."""

    def __init__(self, bot: Retouch, panel: RulesPanel) -> None:
        self._bot = bot
        self._panel = panel
        panel.additions.append(self)
        self._log_channel = LogChannel(bot)

    async def show(self, interaction: discord.Interaction, embed: discord.Embed, view: discord.ui.View) -> None:
        """Add the state of the server's key and its buttons to the panel."""
        assert interaction.guild_id is not None  # the panel is shown in servers only
        api_keys = self._bot.services.api_keys
        stored_key = await api_keys.now(interaction.guild_id)
        if stored_key is not None:
            state = "own-key-is" if stored_key.rejected_at is None else "own-key-is-rejected"
            facts: dict[str, Fact] = {
                "last_four": stored_key.last_four,
                "member": f"<@{stored_key.set_by}>",
                "at": int(stored_key.set_at),
            }
            state_text = self._say(interaction, state, facts)
        else:
            state_text = self._say(interaction, "own-key-none" if api_keys.is_set_up else "own-key-unavailable")
        embed.add_field(name=self._say(interaction, "own-key"), value=state_text, inline=False)
        if api_keys.is_set_up:
            view.add_item(button("ownkey1:set", self._say(interaction, "own-key-enter")))
        if stored_key is not None:
            label = self._say(interaction, "own-key-remove")
            view.add_item(button("ownkey1:remove", label, discord.ButtonStyle.danger))

    @component("ownkey1:set", right="manager")
    async def open_form(self, interaction: discord.Interaction, _: Use) -> None:
        """Open the form for a key. Raises Refused."""
        self._require_set_up()
        modal = discord.ui.Modal(
            title=self._say(interaction, "own-key"), custom_id=str(FormId("key", ("set",))), timeout=OPEN_FOR
        )
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="key", placeholder="sk-…", min_length=1, max_length=KEY_FIELD
        )
        label = self._say(interaction, "own-key-field")
        description = self._say(interaction, "own-key-how")
        modal.add_item(discord.ui.Label(text=label, description=description, component=field))
        await interaction.response.send_modal(modal)

    @form("key", right="manager")
    async def keep(self, interaction: discord.Interaction, use: Use) -> None:
        """Keep the key that was entered if ToAPIs accepts it. Raises Refused; then the previous key stays."""
        self._require_set_up()
        guild_id = interaction.guild_id
        assert guild_id is not None  # the router lets only managers of a server through
        entered = answers(use.data).get("key")
        if use.words != ("set",) or not entered:
            raise Refused("form-old")
        key = SecretStr(entered[0].strip())
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
        balance = await self._bot.services.accounts.check(key)
        stored_key = await self._bot.services.api_keys.keep(guild_id, key, interaction.user.id)
        facts: dict[str, Fact] = {"last_four": stored_key.last_four, "member": f"<@{interaction.user.id}>"}
        await self._confirm(interaction, "own-key-kept", _left(balance) | facts)
        await self._log_channel.post(interaction, self._say(interaction, "own-key-was-set", facts))

    @component("ownkey1:remove", right="manager")
    async def remove(self, interaction: discord.Interaction, _: Use) -> None:
        """Remove the key, so that the operator's key pays again. Raises Refused."""
        guild_id = interaction.guild_id
        assert guild_id is not None  # the router lets only managers of a server through
        await interaction.response.defer()
        if not await self._bot.services.api_keys.remove(guild_id, interaction.user.id):
            raise Refused("own-key-gone")
        await self._confirm(interaction, "own-key-removed", {})
        facts: dict[str, Fact] = {"member": f"<@{interaction.user.id}>"}
        await self._log_channel.post(interaction, self._say(interaction, "own-key-was-removed", facts))

    async def _confirm(self, interaction: discord.Interaction, key: str, facts: Mapping[str, Fact]) -> None:
        """Update the panel if there is one, and send a confirmation."""
        if interaction.message is not None:
            embed, view = await self._panel.panel(interaction)
            await interaction.edit_original_response(embed=embed, view=view)
        await interaction.followup.send(self._say(interaction, key, facts), ephemeral=True)

    def _require_set_up(self) -> None:
        """Raise Refused if the operator stores no keys."""
        if not self._bot.services.api_keys.is_set_up:
            raise Refused("own-key-off")

    def _say(self, interaction: discord.Interaction, key: str, facts: Mapping[str, Fact] | None = None) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts or {})


def _left(balance: Balance) -> dict[str, Fact]:
    """Return facts about a balance. ``unlimited``: "yes" or "no"; ``money``: dollars."""
    return {
        "unlimited": "yes" if balance.left is None else "no",
        "money": "" if balance.left is None else dollars(balance.left),
    }
