"""A small discord.py bot on the stand-in Discord, and the page in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from playground.toapis.server import Painter
from playground.web.server import PageServer
from tests.support.small_bot import Stage, bot_online


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with bot_online() as stage:
        yield stage


@pytest.fixture
async def page_server(stage: Stage) -> AsyncIterator[PageServer]:
    server = PageServer(stage.world, stage.discord, Painter())
    async with server.serve(port=0):
        yield server
