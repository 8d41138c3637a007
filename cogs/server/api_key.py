"""A server's own key at ToAPIs: entered in a form of the /server panel, shown as its last four characters, removed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, Self, cast

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

VERSION: Final = 1

KEY_FIELD: Final = 200
"""Characters that the form's field takes."""

Action = Literal["set", "remove"]


class KeyButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"ownkey(?P<version>[0-9]{1,3}):(?P<deed>[a-z]{1,20})",
):
    """Opens the form, or removes the key. Lives in its id, so that a panel of before a restart works."""

    def __init__(self, entry: str, label: str = "·", *, version: int = VERSION) -> None:
        style = discord.ButtonStyle.danger if entry == "remove" else discord.ButtonStyle.secondary
        super().__init__(discord.ui.Button(custom_id=f"ownkey{version}:{entry}", label=label, style=style))
        self.entry = entry
        self.version = version

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """From the id alone."""
        return cls(match["deed"], version=int(match["version"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody pressed it."""
        bot = cast("Retouch", interaction.client)
        try:
            cog = cast("OwnKey", bot.get_cog("OwnKey"))
            if self.version != VERSION or self.entry not in ("set", "remove"):
                raise Refused("button-old")
            await (cog.opens(interaction) if self.entry == "set" else cog.removes(interaction))
        except Exception as error:  # noqa: BLE001 - whatever it is, the member is told, and the log knows it
            await bot.explain(interaction, error)


class OwnKey(commands.Cog):
    """For whoever may manage the server; each step looks anew whether they still may."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
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
            view.add_item(KeyButton("set", self._say(interaction, "own-key-enter")))
        if kept is not None:
            view.add_item(KeyButton("remove", self._say(interaction, "own-key-remove")))

    async def opens(self, interaction: discord.Interaction) -> None:
        """Answers with the form. Raises Refused."""
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

    async def filled(self, interaction: discord.Interaction, form_id: FormId, data: Mapping[str, Any]) -> None:
        """The form came back: the key is kept if ToAPIs takes it. Raises Refused; then the one before stays."""
        guild_id, given = self._allowed(interaction), answers(data).get("key")
        if form_id.ids != ("set",) or not given:
            raise Refused("form-old")
        key = SecretStr(given[0].strip())
        await interaction.response.defer(ephemeral=True, thinking=interaction.message is None)
        balance = await self._bot.services.accounts.check(key)
        kept = await self._bot.services.api_keys.keep(guild_id, key, interaction.user.id)
        facts: dict[str, Fact] = {"last_four": kept.last_four, "member": f"<@{interaction.user.id}>"}
        await self._done(interaction, "own-key-kept", _left(balance) | facts)
        await self._notice.tell(interaction, self._say(interaction, "own-key-was-set", facts))

    async def removes(self, interaction: discord.Interaction) -> None:
        """The operator's key pays again. Raises Refused."""
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

    @property
    def _server(self) -> Server:
        return cast("Server", self._bot.get_cog("Server"))

    def _say(self, interaction: discord.Interaction, key: str, facts: Mapping[str, Fact] | None = None) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts or {})


def _left(balance: Balance) -> dict[str, Fact]:
    """``unlimited``: "yes" or "no"; ``money``: dollars."""
    return {
        "unlimited": "yes" if balance.left is None else "no",
        "money": "" if balance.left is None else dollars(balance.left),
    }


async def setup(bot: Retouch) -> None:
    """Called by discord.py when the extension is opened."""
    bot.add_dynamic_items(KeyButton)
    await bot.add_cog(OwnKey(bot))
