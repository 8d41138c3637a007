"""The models that a member is offered. That is only a suggestion: the rules are checked when an order is placed."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bot.client import Retouch
from bot.guilds.rules import on_offer
from bot.toapis.catalogue.catalogue import Catalogue

PATIENCE: Final = 1.0
"""Seconds that reading the rules may take, since a member waits for the answer."""

_log = logging.getLogger(__name__)


async def offered(bot: Retouch, guild_id: int | None) -> Catalogue:
    """Return the models that the server's rules allow, or all models if the rules can't be read in time."""
    catalogue = bot.services.catalogue()
    try:
        async with asyncio.timeout(PATIENCE):
            return on_offer(catalogue, await bot.services.rules.lately(guild_id))
    except Exception as error:  # noqa: BLE001 - a suggestion does not fail because the database does
        _log.warning("the rules of server %s can't be read now: %r", guild_id, error)
        return catalogue
