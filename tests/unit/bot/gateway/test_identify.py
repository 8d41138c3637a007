"""The turns to IDENTIFY: one after the other in a bucket, whichever process takes them, and however it ends."""

from __future__ import annotations

import time

import pytest

from bot.database import Database
from bot.gateway.identify import EVERY, LONGEST_QUEUE, IdentifyTurns
from bot.key_value import KeyValueStore

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def waits(database: Database, *shards: int, buckets: int = 1) -> list[float]:
    """Return for how long each of these shards has to wait, where nobody waits: each is a process of its own."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    for shard in shards:
        await IdentifyTurns(database, buckets, sleep).wait(shard)
    return slept


async def test_shards_of_a_bucket_wait_for_each_other(database: Database) -> None:
    first, second, third = await waits(database, 0, 1, 2)
    assert first == 0.0
    assert EVERY - 5 < second <= EVERY
    assert second < third <= 2 * EVERY


async def test_shards_of_different_buckets_do_not_wait(database: Database) -> None:
    assert (await waits(database, 0, 1, 2, buckets=3)) == [0.0, 0.0, 0.0]
    assert (await waits(database, 3, buckets=3))[0] > 0.0


async def test_turn_of_a_clock_that_was_set_back_does_not_count(database: Database) -> None:
    await KeyValueStore(database).put("identify:0", time.time() + LONGEST_QUEUE + 100)
    assert await waits(database, 0) == [0.0]
