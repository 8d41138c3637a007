"""The turns to IDENTIFY: of all processes, so many shards at once as Discord allows, each five seconds after the last.

A turn is a moment of the database's clock that is noted under a lock, in the shard's bucket. A lock that is held for
five seconds would end with a process that dies, and whoever followed it at once would be refused.
https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import sqlalchemy as sa

from bot.database import Database, is_away, upsert
from bot.key_value import FACTS

EVERY: Final = 5.5
"""Seconds between two IDENTIFYs of a bucket: Discord's five, and what the way to Discord may differ by."""

LONGEST_QUEUE: Final = 300.0
"""Seconds. A turn that is further ahead was noted by a clock that is set back by now, and does not count."""

IDENTIFYING: Final = 20261203
"""The number of the lock under which one process at a time takes a turn."""

_log = logging.getLogger(__name__)


class IdentifyTurns:
    """``buckets`` is Discord's max_concurrency: shards with the same number modulo it wait for each other."""

    def __init__(
        self, database: Database, buckets: int, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._database = database
        self._buckets = buckets
        self._sleep = sleep

    async def wait(self, shard: int) -> None:
        """Wait until this shard may identify. Goes on trying while the database is away."""
        while True:
            try:
                seconds = await self._take(f"identify:{shard % self._buckets}")
            except Exception as error:
                if not is_away(error):
                    raise
                _log.warning("shard %d can't identify while the database is away", shard)
                await self._sleep(1.0)
            else:
                break
        await self._sleep(seconds)

    async def _take(self, name: str) -> float:
        """Note the next turn of a bucket. Return the seconds until then."""
        async with self._database.write() as write:
            await self._database.decide_alone(write, IDENTIFYING)
            now = float(await write.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
            last = await write.scalar(sa.select(FACTS.c.value).where(FACTS.c.name == name))
            turn = now
            if isinstance(last, float | int) and last < now + LONGEST_QUEUE:
                turn = max(now, last + EVERY)
            insert = upsert(write, FACTS).values(name=name, value=turn)
            await write.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": turn}))
        return turn - now
