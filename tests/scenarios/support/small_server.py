"""A server on its own bot, with the operator's variables of one scenario, and the bot's records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playground.stage import Stage
from tests.scenarios.conftest import settings
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import Server


@asynccontextmanager
async def server_with(folder: Path, url: str, **variables: str) -> AsyncIterator[tuple[Server, BotRecords]]:
    """Open the server and the bot's records. Raises AssertionError at the end if the bot offended ToAPIs."""
    async with Stage.open(settings(folder, url) | variables, seconds=(0.2, 0.4), rate_limits=False) as stage:
        await stage.start()
        records = BotRecords(url)
        try:
            yield Server(stage), records
        finally:
            records.close()
        assert stage.painter.offences == []
