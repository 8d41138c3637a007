"""The command ``doctor``: makes every check, and prints a line for each matter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import aiohttp

from bot.database import Database
from bot.doctor import host_checks
from bot.doctor.discord_checks import DiscordChecks
from bot.doctor.finding import Finding
from bot.doctor.toapis_checks import ToAPIsChecks
from bot.errors import ToAPIsError
from bot.migrations.migrate import migrate
from bot.settings import Settings
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.client import ToAPIs

PATIENCE: Final = aiohttp.ClientTimeout(total=20)
"""For each question to Discord, and to the bot's own address."""


def examine(settings: Settings, channel_id: int | None, *, paid: bool) -> int:
    """Print a line for each matter. Return the exit code: 0 where all is well, 1 where something has to be done."""
    return asyncio.run(_examine(settings, channel_id, paid=paid))


async def _examine(settings: Settings, channel_id: int | None, *, paid: bool) -> int:
    wrong = 0
    async for finding in _findings(settings, channel_id, paid=paid):
        print(finding.line(), flush=True)  # noqa: T201 - the answer to a command
        wrong += not finding.well
    print("All is well." if not wrong else f"{wrong} to fix.")  # noqa: T201 - as above
    return 1 if wrong else 0


async def _findings(settings: Settings, channel_id: int | None, *, paid: bool) -> AsyncIterator[Finding]:
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        token = settings.discord_token.get_secret_value()
        async for finding in DiscordChecks(session, token).findings(channel_id, settings.operator_ids):
            yield finding
        for finding in [*host_checks.disk(settings), *await asyncio.to_thread(list, host_checks.database(settings))]:
            yield finding
        yield await host_checks.webhooks(settings, session)
    key = settings.toapis_api_key.get_secret_value()
    async with ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier) as toapis:
        checks = ToAPIsChecks(toapis, Catalogue.load(settings.catalogue_file))
        async for finding in checks.findings():
            yield finding
        if paid:
            async for finding in _paid(settings, checks):
                yield finding


async def _paid(settings: Settings, checks: ToAPIsChecks) -> AsyncIterator[Finding]:
    """Buy a picture, with its money in the books, for which the tables must be there."""
    await asyncio.to_thread(migrate, settings.database_url, ask=True)
    async with Database.open(settings.database_url) as database:
        try:
            async for finding in checks.paid(database):
                yield finding
        except ToAPIsError as error:
            yield Finding(
                "paid picture",
                False,
                f"none was ordered: the list of models can't be read ({error.detail}); try again in a minute",
            )
