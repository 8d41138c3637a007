"""The pace of requests to ToAPIs: its two buckets, by the account's tier.

https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from aiolimiter import AsyncLimiter

Tier = Literal["default", "vip", "svip"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """The calls that a bucket allows in any minute and in any ten seconds."""

    per_minute: int
    per_ten_seconds: int


@dataclass(frozen=True, slots=True)
class Allowances:
    """A tier's two buckets. ``submit`` is for creates, ``query`` for looking at tasks."""

    submit: Allowance
    query: Allowance


TIERS: Mapping[Tier, Allowances] = MappingProxyType(
    {
        "default": Allowances(Allowance(300, 50), Allowance(3_000, 500)),
        "vip": Allowances(Allowance(1_000, 167), Allowance(10_000, 1_667)),
        "svip": Allowances(Allowance(2_000, 334), Allowance(30_000, 5_000)),
    }
)


class Bucket:
    """A queue that lets callers through in turn, never more than the allowance. Build it inside the running loop.

    A leaky bucket of capacity c that leaks r each second lets c + 10 r calls through in ten seconds. With a fifth of
    the burst as c and four fifths as 10 r, neither ten seconds nor a minute can exceed their allowance.
    """

    def __init__(self, allowance: Allowance) -> None:
        burst = min(allowance.per_ten_seconds, allowance.per_minute / 5)
        capacity = max(burst / 5, 1.0)
        per_second = (burst - capacity) / 10
        self._limiter = AsyncLimiter(capacity, capacity / per_second)
        self._open_at = 0.0

    async def turn(self) -> None:
        """Wait until one more call may be made."""
        await self._limiter.acquire()
        loop = asyncio.get_running_loop()
        while (wait := self._open_at - loop.time()) > 0:
            await asyncio.sleep(wait)
            await self._limiter.acquire()  # else all who slept would go through at once

    def pause(self, seconds: float) -> None:
        """Stop all calls for ``seconds``, after a 429. A shorter pause never cuts a longer one."""
        self._open_at = max(self._open_at, asyncio.get_running_loop().time() + seconds)
