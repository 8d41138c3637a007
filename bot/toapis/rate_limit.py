"""The pace of requests to ToAPIs: its two buckets, by the account's tier.

https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

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


SPAN: Final = 10.0
"""Seconds of a window. No minute holds more than six of them."""

USED: Final = 0.96
"""The share of an allowance that is used: calls come closer together on their way than they were begun."""

SAVED: Final = 0.2
"""The share of a window's calls that may be made at once after a rest."""

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


class Window:
    """The calls of the last ten seconds, and when the next may be made. Pure: seconds in and out.

    After a rest some calls may be made at once. Then they are spread evenly over what is left of the window, so that
    all that is allowed is used, without a standstill.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._calls: deque[float] = deque()
        self._most = 1
        self.allow(allowance)

    def allow(self, allowance: Allowance) -> None:
        """Set what is allowed from now on."""
        self._most = max(int(min(allowance.per_ten_seconds, allowance.per_minute / 6) * USED), 1)

    def add(self, now: float) -> None:
        """Note a call that is made now."""
        self._calls.append(now)

    def opens(self, now: float) -> float:
        """Return when the next call may be made: ``now`` or later."""
        while self._calls and self._calls[0] <= now - SPAN:
            self._calls.popleft()
        if len(self._calls) < max(self._most * SAVED, 1):
            return now
        left = self._most - len(self._calls)
        until = self._calls[0] + SPAN
        if left <= 0:
            return until
        return max(now, self._calls[-1] + max((until - self._calls[-1]) / (left + 1), SPAN / self._most))


class Bucket:
    """A queue that never lets more callers through than the allowance, and lets through all that it allows.

    Where callers must wait, the turn is given to the caller whose answer is worth most at that moment; those of the
    same worth come in their order. Build it inside the running loop.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._window = Window(allowance)
        self._open_at = 0.0
        self._callers: list[_Caller] = []
        self._ranked_at = 0.0
        self._door: asyncio.Task[None] | None = None

    async def turn(self, worth: Callable[[], float] = first) -> None:
        """Wait until one more call may be made. ``worth`` is asked anew while others wait as well."""
        now = asyncio.get_running_loop().time()
        if not self._callers and self._opens(now) <= now:
            self._window.add(now)
            return
        caller = _Caller(worth, asyncio.get_running_loop().create_future())
        self._callers.append(caller)
        if self._door is None or self._door.done():
            self._door = asyncio.create_task(self._open())
        await caller.turn

    def pause(self, seconds: float) -> None:
        """Stop all calls for ``seconds``, after a 429. A shorter pause never cuts a longer one."""
        self._open_at = max(self._open_at, asyncio.get_running_loop().time() + seconds)

    def learn(self, times: float) -> None:
        """Believe that ToAPIs allows so many times what the tier says: the account may have come into another."""
        per_minute = self._allowance.per_minute * times
        per_ten_seconds = self._allowance.per_ten_seconds * times
        self._window.allow(Allowance(int(per_minute), int(per_ten_seconds)))

    def _opens(self, now: float) -> float:
        return max(self._window.opens(now), self._open_at)

    async def _open(self) -> None:
        """Let the callers through until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._callers:
            now = loop.time()
            if (wait := self._opens(now) - now) > 0:
                await asyncio.sleep(wait)
                continue
            if caller := self._next(now):
                self._window.add(now)
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
