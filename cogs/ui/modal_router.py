"""Forms that come back: each is handed to the cog that opened one like it, perhaps in an earlier life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from cogs.ui.modals import FormId

OWNERS: Final = {
    "go": "Pressing",
    "change": "Pressing",
    "menu": "Menus",
    "avatar": "Menus",
    "rules": "Server",
    "maintenance": "Operator",
    "report": "Reporting",
    "block": "Reporting",
    "key": "OwnKey",
}
"""The cog that knows what to do with a form, by its action."""


class Owner(Protocol):
    """A cog with forms."""

    async def filled(self, interaction: discord.Interaction, form_id: FormId, data: Mapping[str, Any]) -> None:
        """``data`` is what Discord sent of it; the cog reads it, and believes nothing of it."""


class Forms(commands.Cog):
    """Listens itself, since discord.py forgets at a restart which forms are open."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody sent a form, or did something else."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        data: Any = interaction.data
        try:
            form_id = FormId.read(str(data.get("custom_id", "")))
            if form_id is None:
                return
            if form_id.action not in OWNERS or not form_id.ids:
                raise Refused("form-old")
            owner = cast("Owner", self._bot.get_cog(OWNERS[form_id.action]))
            await owner.filled(interaction, form_id, data)
        except Exception as error:  # noqa: BLE001 - whatever it is, the member is told, and the log knows it
            await self._bot.explain(interaction, error)


async def setup(bot: Retouch) -> None:
    """Called by discord.py when the extension is opened."""
    await bot.add_cog(Forms(bot))
