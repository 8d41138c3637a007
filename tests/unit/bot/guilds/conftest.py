"""What the tests of servers share: the styles of a server over each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.database import Database
from bot.guilds.styles import Styles


@pytest.fixture
async def styles(database: Database) -> AsyncIterator[Styles]:
    styles = Styles(database, clock=lambda: 5.0)
    yield styles
    await styles.close()
