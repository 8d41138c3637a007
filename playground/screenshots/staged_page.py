"""A stage with its page, on a database that is thrown away afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playground.stage import Stage
from playground.web.server import PageServer

HURRIED = """
[models."gemini-3-pro-image-preview"]
seconds = [0.2, 2]
[models."gpt-image-2"]
seconds = [0.2, 2]
"""
"""A catalogue for a stand-in that paints fast: the bot may ask early."""


@asynccontextmanager
async def staged_page(
    seconds: tuple[float, float] = (6.0, 6.0), *, hurried: bool = False, **settings: str
) -> AsyncIterator[tuple[Stage, PageServer]]:
    """Open a stage and its page; the bot is not started yet. Its stand-in paints the same every time.

    ``seconds`` is the range that a painting takes; ``settings`` are the bot's variables.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        variables = {"DATABASE_URL": f"sqlite:///{folder}/retouch.db", "LOG_LEVEL": "ERROR", **settings}
        if hurried:
            catalogue = folder / "catalogue.toml"
            catalogue.write_text(HURRIED)
            variables |= {"CATALOGUE_FILE": str(catalogue), "LOOK_UP_SECONDS": "4"}
        async with Stage.open(variables, seconds=seconds, seed=7, rate_limits=False) as stage:
            stage.log = folder / "log.txt" if hurried else None
            page_server = PageServer(stage.world, stage.discord, stage.painter, stage)
            async with page_server.serve(port=0):
                yield stage, page_server
