"""The listener: hears on PostgreSQL of the webhooks that other processes recorded, and rings for them here.

It has a session of its own, since a LISTEN ends with its session. Where that can't be had, or is a pooler's, nothing is
lost: a task of which nothing is heard is asked for in the end.
https://www.postgresql.org/docs/current/sql-listen.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

import psycopg
import sqlalchemy as sa

from bot.jobs.webhook_events import CHANNEL, Ending
from bot.jobs.webhooks import Webhooks

PATIENCE: Final = 5
"""Seconds within which the server must let us in."""

OVERLAP: Final = 10.0
"""Seconds before the loss of a session that are looked at again: it may have been dead for a while."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries, which double."""

_log = logging.getLogger(__name__)


class WebhookListener:
    """Use ``forever``. ``url`` is the server's, as in the settings; ``clock`` is in Unix seconds."""

    def __init__(
        self,
        url: str,
        webhooks: Webhooks,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._webhooks = webhooks
        self._clock = clock
        self._sleep = sleep
        self._heard_until = clock()
        self._pause = FIRST_PAUSE

    async def forever(self) -> None:
        """Listen until cancelled, over a new session wherever one was lost."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                _log.info("the session that hears of webhooks is lost: %s", type(error).__name__)
            await self._sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _listen(self) -> None:
        session = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            application_name="retouch-webhooks",
            prepare_threshold=None,
            connect_timeout=PATIENCE,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
        async with session:
            await session.execute(f"LISTEN {CHANNEL}".encode())
            self._pause = FIRST_PAUSE
            try:
                await self._webhooks.look_again(self._heard_until - OVERLAP)
                async for notice in session.notifies():
                    await self._hear(notice.payload)
            finally:
                self._heard_until = self._clock()

    async def _hear(self, payload: str) -> None:
        try:
            ending = Ending.told(payload)
        except (ValueError, TypeError):
            _log.warning("something else was told on the channel of the webhooks")
            return
        await self._webhooks.heard(ending)
