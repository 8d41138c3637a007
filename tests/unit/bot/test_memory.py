"""The budget for pictures in memory: in order, never beyond it, never for ever."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.memory import PictureMemory, Share


async def turns() -> None:
    """Wait until every task that can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def held(memory: PictureMemory, size: int) -> Share:
    share = memory.open()
    await share.take(size)
    return share


async def test_what_fits_is_taken_at_once_and_given_back() -> None:
    memory = PictureMemory(100)
    async with memory.share() as first, memory.share() as second:
        await first.take(60)
        await second.take(40)
        assert memory.held == 100
        first.give_back(20)
        assert (memory.held, first.held) == (80, 40)
    assert memory.held == 0


async def test_shares_are_served_in_the_order_of_their_opening() -> None:
    memory = PictureMemory(100)
    order = list[int]()

    async def reader(number: int, size: int) -> None:
        async with memory.share() as share:
            await share.take(size)
            order.append(number)
            await asyncio.sleep(0)

    first = await held(memory, 90)
    tasks = [asyncio.create_task(reader(number, size)) for number, size in enumerate((50, 5, 60, 5))]
    await turns()
    assert order == []  # the small ones would fit, and wait behind the large one all the same
    first.close()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3]
    assert (memory.held, memory.waiting) == (0, 0)


async def test_more_than_the_budget_waits_until_it_is_alone() -> None:
    memory = PictureMemory(100)
    first = await held(memory, 1)
    large = asyncio.create_task(held(memory, 500))
    await turns()
    assert not large.done()
    first.close()
    (await large).close()
    assert memory.held == 0


async def test_all_holders_want_more_and_only_the_oldest_goes_beyond_the_budget() -> None:
    memory = PictureMemory(100)
    shares = [await held(memory, 50), await held(memory, 50)]
    more = [asyncio.create_task(share.take(50)) for share in reversed(shares)]
    await turns()
    assert [task.done() for task in more] == [False, True]
    assert memory.held == 150
    shares[0].close()
    await asyncio.gather(*more)
    shares[1].close()
    assert (memory.held, memory.waiting) == (0, 0)


@pytest.mark.parametrize("granted", [False, True])
async def test_a_cancelled_waiter_leaves_nothing_behind(granted: bool) -> None:
    memory = PictureMemory(100)
    first = await held(memory, 80)
    second = memory.open()
    await second.take(10)
    waiter = asyncio.create_task(second.take(50))
    behind = asyncio.create_task(held(memory, 10))
    await turns()
    if granted:
        first.close()
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert second.held == 10
    (await behind).close()
    second.close()
    first.close()
    assert (memory.held, memory.waiting) == (0, 0)


async def test_a_share_that_is_closed_while_it_waits_gets_nothing() -> None:
    memory = PictureMemory(100)
    first = await held(memory, 90)
    second = await held(memory, 10)
    waiter = asyncio.create_task(second.take(50))
    await turns()
    second.close()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    with pytest.raises(RuntimeError):
        await second.take(1)
    first.close()
    assert (memory.held, memory.waiting) == (0, 0)


@pytest.mark.parametrize("seed", range(20))
async def test_any_mix_of_readers_ends_within_the_budget_and_one_share(seed: int) -> None:
    rng = random.Random(seed)
    memory = PictureMemory(100)
    most = 0

    async def reader() -> None:
        nonlocal most
        async with memory.share() as share:
            for _ in range(rng.randint(1, 4)):
                await share.take(rng.randint(0, 60))
                most = max(most, memory.held)
                await asyncio.sleep(0)
                share.give_back(rng.randint(0, 60))

    tasks = [asyncio.create_task(reader()) for _ in range(60)]
    for task in rng.sample(tasks, 10):
        await asyncio.sleep(0)
        task.cancel()
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert (memory.held, memory.waiting) == (0, 0)
    assert most <= 100 + 4 * 60
