"""Servers with styles of their own, and what is suggested there."""

from __future__ import annotations

from bot.guilds.style_template import built_in
from bot.guilds.styles import Styles

GUILD = 1_234_567_890_123_456_789
OTHER = 22
ANA = 101
BUILT_IN = [style.name for style in built_in()]
LONG = 30.0
"""Seconds that a suggestion waits: for a database that is stuck, and for one that will answer."""


async def names(styles: Styles, typed: str = "", guild_id: int | None = GUILD, *, timeout: float = LONG) -> list[str]:
    return [style.name for style in await styles.suggest(guild_id, typed, timeout=timeout)]
