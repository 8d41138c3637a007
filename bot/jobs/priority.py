"""Command priority: holds back background work while a command waits for its first response.

A command must be answered within three seconds; a step of a workflow can wait that long.
https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

LONGEST: Final = 3.0
"""Seconds after which Discord accepts no first response."""


class CommandPriority:
    """Counts the commands without a first response."""

    def __init__(self) -> None:
        self._unanswered = 0
        self._over = asyncio.Event()
        self._over.set()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Hold back background work while a command waits for its first response."""
        self._unanswered += 1
        self._over.clear()
        try:
            yield
        finally:
            self._unanswered -= 1
            if not self._unanswered:
                self._over.set()

    async def over(self) -> None:
        """Wait until every command has its first response, but not longer than ``LONGEST``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._over.wait()
