"""A server's own key at ToAPIs: entered in a form of the /server panel, shown as its last four characters, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import discord
from discord.ext import commands
from pydantic import SecretStr

from bot.client import Retouch
from bot.errors import Fact, Refused
from bot.money import dollars
from bot.toapis.tasks import Balance
from cogs.server.rules_panel import Server
from cogs.ui.log_channel import Notice
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.router import Use, button, component, form

KEY_FIELD: Final = 200
"""Characters that the form's field takes."""


class OwnKey(commands.Cog):
    """For whoever may manage the server; each step looks anew whether they still may."""

    def __init__(self, bot: Retouch, server: Server) -> None:
        self._bot = bot
        self._server = server
        server.additions.append(self)
        self._notice = Notice(bot)

    async def show(self, interaction: discord.Interaction, embed: discord.Embed, view: discord.ui.View) -> None:
        """Adds what is known of the server's key to its panel, and the buttons."""
        api_keys = self._bot.services.api_keys
        kept = await api_keys.now(cast("int", interaction.guild_id))
        if kept is not None:
            state = "own-key-is" if kept.rejected_at is None else "own-key-is-rejected"
            facts: dict[str, Fact] = {
                "last_four": kept.last_four,
                "member": f"<@{kept.set_by}>",
                "at": int(kept.set_at),
            }
            said = self._say(interaction, state, facts)
        else:
            said = self._say(interaction, "own-key-none" if api_keys.is_set_up else "own-key-unavailable")
        embed.add_field(name=self._say(interaction, "own-key"), value=said, inline=False)
        if api_keys.is_set_up:
            view.add_item(button("ownkey1:set", self._say(interaction, "own-key-enter")))
        if kept is not None:
            label = self._say(interaction, "own-key-remove")
            view.add_item(button("ownkey1:remove", label, discord.ButtonStyle.danger))

    @component("ownkey1:set")
    async def open_form(self, interaction: discord.Interaction, _: Use) -> None:
        """Answer with the form. Raises Refused."""
        self._allowed(interaction)
        modal = discord.ui.Modal(
            title=self._say(interaction, "own-key"), custom_id=str(FormId("key", ("set",))), timeout=OPEN_FOR
        )
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="key", placeholder="sk-…", min_length=1, max_length=KEY_FIELD
        )
        label, how = self._say(interaction, "own-key-field"), self._say(interaction, "own-key-how")
        modal.add_item(discord.ui.Label(text=label, description=how, component=field))
        await interaction.response.send_modal(modal)

    @form("key")
    async def keep(self, interaction: discord.Interaction, use: Use) -> None:
        """Keep the key that was entered if ToAPIs accepts it. Raises Refused; then the previous key stays."""
        guild_id = self._allowed(interaction)
        given = answers(use.data).get("key")
        if use.words != ("set",) or not given:
            raise Refused("form-old")
        key = SecretStr(given[0].strip())
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
        balance = await self._bot.services.accounts.check(key)
        kept = await self._bot.services.api_keys.keep(guild_id, key, interaction.user.id)
        facts: dict[str, Fact] = {"last_four": kept.last_four, "member": f"<@{interaction.user.id}>"}
        await self._done(interaction, "own-key-kept", _left(balance) | facts)
        await self._notice.tell(interaction, self._say(interaction, "own-key-was-set", facts))

    @component("ownkey1:remove")
    async def remove(self, interaction: discord.Interaction, _: Use) -> None:
        """Remove the key, so that the operator's key pays again. Raises Refused."""
        guild_id = self._server.managed(interaction)
        await interaction.response.defer()
        if not await self._bot.services.api_keys.remove(guild_id, interaction.user.id):
            raise Refused("own-key-gone")
        await self._done(interaction, "own-key-removed", {})
        facts: dict[str, Fact] = {"member": f"<@{interaction.user.id}>"}
        await self._notice.tell(interaction, self._say(interaction, "own-key-was-removed", facts))

    async def _done(self, interaction: discord.Interaction, key: str, facts: Mapping[str, Fact]) -> None:
        """Shows the panel as it is now, where there is one, and says what was done."""
        if interaction.message is not None:
            embed, view = await self._server.panel(interaction)
            await interaction.edit_original_response(embed=embed, view=view)
        await interaction.followup.send(self._say(interaction, key, facts), ephemeral=True)

    def _allowed(self, interaction: discord.Interaction) -> int:
        """The server's id. Raises Refused for who may not manage it, and where the operator keeps no keys."""
        guild_id = self._server.managed(interaction)
        if not self._bot.services.api_keys.is_set_up:
            raise Refused("own-key-off")
        return guild_id

    def _say(self, interaction: discord.Interaction, key: str, facts: Mapping[str, Fact] | None = None) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts or {})


def _left(balance: Balance) -> dict[str, Fact]:
    """``unlimited``: "yes" or "no"; ``money``: dollars."""
    return {
        "unlimited": "yes" if balance.left is None else "no",
        "money": "" if balance.left is None else dollars(balance.left),
    }
