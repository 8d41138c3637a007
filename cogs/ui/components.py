"""The buttons under cards and pictures. Their ids hold all that is needed, so none of them ever expires."""

from __future__ import annotations

from typing import Final

import discord

from cogs.ui.router import button

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
"""The actions on a job, with the styles of their buttons."""


def row(job_id: str, labels: dict[str, str]) -> discord.ui.View:
    """Build the buttons of a message: action to label. discord.py keeps no view of these alone in memory."""
    view = discord.ui.View(timeout=None)
    for action, label in labels.items():
        view.add_item(button(f"job1:{action}:{job_id}", label, STYLES[action]))
    return view
