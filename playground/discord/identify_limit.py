"""The limit of IDENTIFY: so many shards at once, each five seconds after the last of its bucket.

https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class IdentifyLimit:
    """``every`` is in seconds, 0 for no limit. ``hasty`` are the shards that came too soon, and when."""

    every: float
    concurrency: int
    hasty: list[tuple[int, float]] = field(default_factory=list)
    _last: dict[int, float] = field(default_factory=dict)

    def takes(self, shard: int, now: float) -> bool:
        """Count an IDENTIFY at ``now``, or return False where its bucket took one within ``every`` seconds."""
        bucket = shard % self.concurrency
        if now - self._last.get(bucket, float("-inf")) < self.every:
            self.hasty.append((shard, now))
            return False
        self._last[bucket] = now
        return True


def shard_of(data: dict[str, Any]) -> tuple[int, int]:
    """Return the shard that an IDENTIFY names and the number of all, (0, 0) where it names none that can be."""
    pair = data.get("shard")
    if pair is None:
        return 0, 1
    is_pair = isinstance(pair, list) and len(pair) == 2 and all(type(number) is int for number in pair)
    return (pair[0], pair[1]) if is_pair else (0, 0)
