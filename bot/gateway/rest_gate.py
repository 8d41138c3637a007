"""The RestGate: what calls to Discord's REST wait for, right before they are sent.

All processes of a bot share fifty calls a second, so each gets its part. And what only the holder of the slot may post
is sent once the server has said that this process still holds it: it may have been frozen since its step began, in any
of the waits that discord.py keeps for a rate limit.
https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Final

import aiohttp
from aiolimiter import AsyncLimiter

from bot.jobs.slot import Slot

CALLS_A_SECOND: Final = 50
"""Of all processes together. Answers to interactions and what follows them are not counted."""

_UNCOUNTED: Final = ("/interactions/", "/webhooks/")

_only_with_slot: Final[ContextVar[bool]] = ContextVar("only_with_slot", default=False)


@contextmanager
def only_with_slot() -> Iterator[None]:
    """Let the calls within wait until it is certain that this process holds the slot: else another makes them."""
    token = _only_with_slot.set(True)
    try:
        yield
    finally:
        _only_with_slot.reset(token)


class RestGate:
    """The gate of a process: its part of the calls, and its slot."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._limiter = _limiter(CALLS_A_SECOND / slot.in_all) if slot.in_all > 1 else None

    def trace(self) -> aiohttp.TraceConfig:
        """Build what makes the sessions of aiohttp wait at this gate."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._pass)
        return config

    async def _pass(self, _: aiohttp.ClientSession, __: SimpleNamespace, call: aiohttp.TraceRequestStartParams) -> None:
        path = call.url.path
        if self._limiter is not None and path.startswith("/api/") and not any(part in path for part in _UNCOUNTED):
            await self._limiter.acquire()
        if _only_with_slot.get():
            await self._slot.confirm()


def _limiter(calls: float) -> AsyncLimiter:
    """Build a bucket that never lets more than ``calls`` through in a second: a fifth at once, the others evenly."""
    capacity = max(calls / 5, 1.0)
    return AsyncLimiter(capacity, capacity / max(calls - capacity, 1.0))
