"""The pace of requests to ToAPIs: its two buckets, by the account's tier.

https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from aiolimiter import AsyncLimiter

Tier = Literal["default", "vip", "svip"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """The calls that a bucket allows in any minute and in any ten seconds."""

    per_minute: int
    per_ten_seconds: int

    def shared(self, among: int) -> Allowance:
        """Return the part of each of so many processes that call with the same key."""
        return Allowance(max(1, self.per_minute // among), max(1, self.per_ten_seconds // among))


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


AT_ONCE: Final = 20
"""Callers that are compared anew at each turn."""

RANKED: Final = 0.25
"""Seconds for which an order of many waiting callers stands: to compare them all at each turn would cost more."""


@dataclass(eq=False, slots=True)
class _Caller:
    """A caller in the queue. ``worth``: what its answer is worth now; ``turn`` is done once it may call."""

    worth: Callable[[], float]
    turn: asyncio.Future[None]


def first() -> float:
    """Return the worth of an answer that must not wait behind others."""
    return math.inf


class Bucket:
    """A queue that never lets more callers through than the allowance. Build it inside the running loop.

    Where callers must wait, the turn is given to the caller whose answer is worth most at that moment; those of the
    same worth come in their order.

    A leaky bucket of capacity c that leaks r each second lets c + 10 r calls through in ten seconds. With a fifth of
    the burst as c and four fifths as 10 r, neither ten seconds nor a minute can exceed their allowance.
    """

    def __init__(self, allowance: Allowance) -> None:
        burst = min(allowance.per_ten_seconds, allowance.per_minute / 5)
        capacity = max(burst / 5, 1.0)
        per_second = (burst - capacity) / 10
        self._limiter = AsyncLimiter(capacity, capacity / per_second)
        self._open_at = 0.0
        self._callers: list[_Caller] = []
        self._ranked_at = 0.0
        self._door: asyncio.Task[None] | None = None

    async def turn(self, worth: Callable[[], float] = first) -> None:
        """Wait until one more call may be made. ``worth`` is asked anew while others wait as well."""
        loop = asyncio.get_running_loop()
        if not self._callers and self._open_at <= loop.time() and self._limiter.has_capacity():
            await self._limiter.acquire()  # which does not wait
            return
        caller = _Caller(worth, loop.create_future())
        self._callers.append(caller)
        if self._door is None or self._door.done():
            self._door = asyncio.create_task(self._open())
        await caller.turn

    def pause(self, seconds: float) -> None:
        """Stop all calls for ``seconds``, after a 429. A shorter pause never cuts a longer one."""
        self._open_at = max(self._open_at, asyncio.get_running_loop().time() + seconds)

    async def _open(self) -> None:
        """Let the callers through until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._callers:
            await self._limiter.acquire()
            if (wait := self._open_at - loop.time()) > 0:
                await asyncio.sleep(wait)
                continue  # else all whose turns were saved up would go through at once
            if caller := self._next(loop.time()):
                caller.turn.set_result(None)

    def _next(self, now: float) -> _Caller | None:
        """Return the caller whose turn it is, or None where all have given up."""
        if now - self._ranked_at >= RANKED or len(self._callers) < AT_ONCE:
            self._callers = [caller for caller in self._callers if not caller.turn.done()]
            self._callers.sort(key=lambda caller: caller.worth(), reverse=True)
            self._ranked_at = now
        while self._callers:
            caller = self._callers.pop(0)
            if not caller.turn.done():
                return caller
        return None
