"""The pace: an allowance is never exceeded, and a 429 holds everybody back."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.toapis.client import ToAPIs
from bot.toapis.rate_limit import TIERS, Allowance, Bucket, Tier
from tests.support.toapis_clients import TASK, Script, http, scripted


@pytest.mark.parametrize("form", ["seconds", "date", "unix"])
async def test_a_429_holds_back_its_whole_bucket_for_its_retry_after(form: str) -> None:
    # Dates have whole seconds only. The pause is never below 1.5 s: a busy machine may need a moment.
    at = int(time.time() + 2.5)
    text = {"seconds": "1.5", "date": formatdate(at, usegmt=True), "unix": str(at)}[form]
    limited = http(429, {"error": {"code": "rate_limit_exceeded", "message": "slow"}}, f"Retry-After: {text}")
    async with scripted(limited, http(200, TASK)) as (script, toapis):
        began = time.time()
        until = began + 1.49 if form == "seconds" else at - 0.01
        await asyncio.gather(toapis.status("t"), _later(toapis, script))
        assert time.time() >= until
        assert len(script.asked) == 3


async def _later(toapis: ToAPIs, script: Script) -> None:
    """Send a request after the 429 has come: it must wait like the request that got it."""
    await script.begun.wait()
    await asyncio.sleep(0.03)
    began = time.monotonic()
    before = len(script.asked)
    await toapis.status("t")
    assert before == 1
    assert time.monotonic() - began > 0.01


# Pace


class _VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]  # asyncio's own queues
            # A microsecond more, as with a real clock: at exactly the moment, rounding may find it a hair too early.
            self._now = max(self._now, self._scheduled[0].when()) + 1e-6  # type: ignore[attr-defined]  # the same
        super()._run_once()  # type: ignore[misc]  # the same


def moments(allowance: Allowance, count: int, pause_at: int | None = None) -> list[float]:
    """Return when each of ``count`` impatient callers is let through, in virtual seconds."""
    passed: list[float] = []

    async def run() -> None:
        bucket = Bucket(allowance)
        loop = asyncio.get_running_loop()

        async def caller(number: int) -> None:
            await bucket.turn()
            passed.append(loop.time())
            if number == pause_at:
                bucket.pause(30)

        await asyncio.gather(*(caller(number) for number in range(count)))

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    return sorted(passed)


@settings(max_examples=15, deadline=None)
@given(burst=st.integers(5, 60), minutes=st.floats(2.0, 8.0))
def test_no_minute_and_no_ten_seconds_hold_more_than_the_allowance(burst: int, minutes: float) -> None:
    allowance = Allowance(int(burst * minutes), burst)
    passed = moments(allowance, count=3 * burst)
    for start in passed:
        assert sum(start <= at < start + 10 for at in passed) <= allowance.per_ten_seconds
        assert sum(start <= at < start + 60 for at in passed) <= allowance.per_minute


def test_default_tier_is_used_fully_and_without_a_standstill() -> None:
    passed = moments(TIERS["default"].submit, count=300)
    assert max(sum(start <= at < start + 10 for at in passed) for start in passed) <= 50
    assert passed[-1] < 300 / 4.7
    assert max(after - before for before, after in pairwise(passed)) < 0.3


@pytest.mark.parametrize("tier", ["vip", "svip"])
def test_other_tiers_are_used_fully_too(tier: Tier) -> None:
    submit = TIERS[tier].submit
    count = 2 * submit.per_ten_seconds
    assert moments(submit, count=count)[-1] < 20 / 0.94


def test_after_a_rest_some_calls_are_made_at_once() -> None:
    passed = moments(TIERS["default"].submit, count=20)
    assert sum(at < 0.001 for at in passed) == 10


def test_calls_follow_what_the_service_says_it_allows() -> None:
    passed: list[float] = []

    async def run() -> None:
        bucket = Bucket(Allowance(300, 50))
        bucket.learn(0.2)
        for _ in range(30):
            await bucket.turn()
            passed.append(asyncio.get_running_loop().time())

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    assert max(sum(start <= at < start + 10 for at in passed) for start in passed) <= 10
    assert passed[-1] == pytest.approx(30, rel=0.2)


def test_a_pause_holds_everybody_and_they_come_back_in_turn() -> None:
    passed = moments(TIERS["default"].submit, count=60, pause_at=5)
    late = [at for at in passed if at >= 30]
    assert len(passed) == 60
    assert not any(0.5 < at < 30 for at in passed)
    assert sum(at < 30.01 for at in late) <= 20


def test_where_callers_wait_the_answer_that_is_worth_most_comes_first() -> None:
    passed: list[int] = []

    async def run() -> None:
        bucket = Bucket(Allowance(60, 10))

        async def caller(number: int) -> None:
            await bucket.turn(lambda: number % 100)
            passed.append(number)

        await asyncio.gather(*(caller(number) for number in (50, 51, 10, 99, 110, 7, 98)))

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    assert passed == [50, 51, 99, 98, 10, 110, 7]


def test_caller_that_gives_up_takes_nobodys_turn() -> None:
    passed: list[int] = []

    async def run() -> None:
        bucket = Bucket(Allowance(60, 10))

        async def caller(number: int) -> None:
            await bucket.turn()
            passed.append(number)

        callers = [asyncio.create_task(caller(number)) for number in range(6)]
        await asyncio.sleep(0.1)
        callers[2].cancel()
        callers[5].cancel()
        await asyncio.wait(callers)

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        runner.run(run())
    assert passed == [0, 1, 3, 4]
