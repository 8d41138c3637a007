"""A stage for whole stories: the real bot in its own process, between the world and the painter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.stage import Stage

QUICK = """
[models."gemini-3-pro-image-preview"]
seconds = [0.2, 2]
[models."gpt-image-2"]
seconds = [0.2, 2]
"""
"""The painter hurries in the tests, so the bot may ask early."""


@pytest.fixture
async def stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """A running bot, once on an SQLite file and once on PostgreSQL."""
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(QUICK)
    settings = {
        "DATABASE_URL": database_url,
        "CATALOGUE_FILE": str(catalogue),
        "LOOK_UP_SECONDS": "4",
    }
    async with Stage.open(settings, seconds=(0.2, 0.4), rate_limits=False) as opened:
        await opened.start()
        yield opened
        assert opened.offences == []  # a story that provokes one on purpose clears it from the list it is in
