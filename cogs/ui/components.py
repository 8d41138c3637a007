"""The buttons under cards and pictures: one kind, whose id says everything, so that none of them ever dies."""

from __future__ import annotations

import re
from typing import Any, Final, Protocol, Self, cast

import discord

from bot.client import Retouch

VERSION: Final = 1

TEMPLATE: Final = r"job(?P<version>[0-9]{1,3})(:(?P<action>[^:]*))?(:(?P<id>.*))?"
"""Any version, and whatever follows it: what we no longer make is answered kindly, too."""

STYLES: Final = {
    "go": discord.ButtonStyle.primary,
    "change": discord.ButtonStyle.secondary,
    "again": discord.ButtonStyle.secondary,
    "sharper": discord.ButtonStyle.secondary,
    "compare": discord.ButtonStyle.secondary,
    "steps": discord.ButtonStyle.secondary,
    "cancel": discord.ButtonStyle.secondary,
    "retry": discord.ButtonStyle.primary,
    "delete": discord.ButtonStyle.secondary,
    "report": discord.ButtonStyle.secondary,
    "erase": discord.ButtonStyle.danger,
}
"""What can be done with a job, and how its button looks."""


class Presses(Protocol):
    """Whoever knows what a press means."""

    async def press(self, interaction: discord.Interaction, version: int, action: str, job_id: str) -> None: ...


class JobButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
    """A button of a job. It explains its own errors: discord.py would only log them."""

    def __init__(self, action: str, job_id: str, label: str = "", *, version: int = VERSION) -> None:
        style = STYLES.get(action, discord.ButtonStyle.secondary)
        custom_id = f"job{version}:{action}:{job_id}"
        super().__init__(discord.ui.Button(label=label or None, style=style, custom_id=custom_id))
        self.version, self.action, self.job_id = version, action, job_id

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """From the id alone: no memory is needed."""
        return cls(
            match["action"] or "", match["id"] or "", getattr(item, "label", "") or "·", version=int(match["version"])
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hands the press on."""
        bot = cast("Retouch", interaction.client)
        try:
            presses = cast("Presses", bot.get_cog("Pressing"))
            await presses.press(interaction, self.version, self.action, self.job_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the member is told, and the log knows it
            await bot.explain(interaction, error)


def row(job_id: str, buttons: dict[str, str]) -> discord.ui.View:
    """A message's buttons: action to label. A view of these alone is not kept in memory by discord.py."""
    view = discord.ui.View(timeout=None)
    for action, label in buttons.items():
        view.add_item(JobButton(action, job_id, label))
    return view
