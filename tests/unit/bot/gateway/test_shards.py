"""The shards: as many for each slot, each with one slot, and a server where its shard is."""

from __future__ import annotations

import pytest

from bot.gateway.shards import shards_in_all, shards_of
from bot.jobs.slot import Slot


@pytest.mark.parametrize(
    ("recommended", "slots", "shards"), [(1, 1, 1), (1, 2, 2), (4, 2, 4), (5, 2, 6), (7, 3, 9), (0, 3, 3)]
)
def test_number_of_shards_is_a_multiple_that_discord_recommends(recommended: int, slots: int, shards: int) -> None:
    assert shards_in_all(recommended, slots) == shards


@pytest.mark.parametrize(("slots", "shards"), [(1, 1), (2, 4), (3, 9)])
def test_each_server_comes_to_the_slot_that_owns_it(slots: int, shards: int) -> None:
    for guild_id in range(0, 20 << 22, 1 << 22):
        shard = (guild_id >> 22) % shards
        owners = []
        for number in range(slots):
            slot = Slot(slots)
            slot.number = number
            owners += [number] if slot.owns(guild_id) else []
        assert owners == [number for number in range(slots) if shard in shards_of(number, slots, shards)]
        assert len(owners) == 1
