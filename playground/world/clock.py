"""The playground's clock: real time, which a test may push forward."""

from __future__ import annotations

import time
from collections.abc import Callable

DISCORD_EPOCH = 1_420_070_400.0  # https://discord.com/developers/docs/reference#snowflakes


class Clock:
    """Seconds since 1970, as ``time.time`` gives them, plus what was added by ``advance``."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._ahead = 0.0
        self._listeners: list[Callable[[], None]] = []
        self._last_id = 0

    def __call__(self) -> float:
        return self._now() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move this clock (not the bot's) forward: what is due by then happens now."""
        self._ahead += seconds
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def snowflake(self) -> int:
        """Return a new id that sorts by time. Never the same twice, even within a millisecond."""
        earliest = int((self() - DISCORD_EPOCH) * 1000) << 22
        self._last_id = max(earliest, self._last_id + 1)
        return self._last_id


def moment(snowflake: int) -> float:
    """Return when a snowflake was made, in seconds since 1970."""
    return (snowflake >> 22) / 1000 + DISCORD_EPOCH
