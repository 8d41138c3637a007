"""The shards of the gateway: how many there are, and which of them a slot connects with. Decides only."""

from __future__ import annotations

import math


def shards_in_all(recommended: int, slots: int) -> int:
    """Return a number of shards that leaves each slot as many as the others, and is no less than Discord recommends.

    https://discord.com/developers/docs/events/gateway#get-gateway-bot
    """
    return math.ceil(max(recommended, 1) / slots) * slots


def shards_of(slot: int, slots: int, shards: int) -> list[int]:
    """Return the shards of a slot. Direct messages come to shard 0, which is slot 0's."""
    return list(range(slot, shards, slots))
