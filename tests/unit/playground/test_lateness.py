"""Lateness: delays of the machine are measured, and do not count as the bot's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground import lateness
from playground.lateness import Lateness, waited_for_processor
from playground.world.places import InteractionType
from playground.world.world import World, studio


async def test_a_pause_of_the_whole_process_is_counted() -> None:
    async with Lateness().watching() as late:
        await asyncio.sleep(0)
        before = late.total()
        time.sleep(1)  # noqa: ASYNC251 - that is the pause
        assert late.total() - before >= 1 - lateness.BEAT
        await asyncio.sleep(2 * lateness.BEAT)
        assert late.total() - before >= 1 - lateness.BEAT


async def test_a_loop_that_only_waits_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] > 5:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", sleep)
    late = Lateness(lambda: now[0])
    with pytest.raises(asyncio.CancelledError):
        await late._forever()
    assert late.total() < 0.001


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")
def test_a_process_that_others_do_not_let_run_is_seen_to_wait() -> None:
    command = [sys.executable, "-c", "import os\nos.sched_setaffinity(0, {0})\nprint(flush=True)\nwhile True: pass"]
    rivals = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for rival in rivals:
            assert rival.stdout is not None
            rival.stdout.readline()
        deadline = time.monotonic() + 60
        while not all(waited_for_processor(rival.pid) > 0.2 for rival in rivals):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        for rival in rivals:
            rival.kill()
            rival.communicate()
    assert waited_for_processor(rivals[0].pid) == 0  # gone


@pytest.fixture
def world() -> World:
    return studio()


@pytest.mark.parametrize(
    ("held_up", "fails"),
    [((0.0, 0.0), True), ((1.0, 0.0), False), ((0.0, 1.0), False), ((0.3, 0.3), True)],
)
async def test_only_its_own_seconds_make_an_answer_late(world: World, held_up: tuple[float, ...], fails: bool) -> None:
    passed = [0.0, 0.0]
    world.held_up = lambda: tuple(passed)
    passed[:] = [7.0, 7.0]  # long ago
    interaction = world.interact(InteractionType.COMMAND, world.user("Ana"), world.channel("photos"), {}, name="/hi")
    passed[:] = [7.0 + held_up[0], 7.0 + held_up[1]]
    world.clock.advance(3.5)
    assert interaction.failed == fails
    world.clock.advance(1)
    assert interaction.failed
    world.rest()


async def test_each_late_answer_is_judged_by_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that many of them do not cost their square, and thereby hold up the bot that is to answer."""
    for module in ("world", "interactions"):
        monkeypatch.setattr(f"playground.world.{module}.ANSWER_WITHIN", 0.0)
    looks = 0

    def held_up() -> tuple[float, ...]:
        nonlocal looks
        looks += 1
        return (world.clock(),)  # the machine is always to blame

    world.held_up = held_up
    for _ in range(50):
        world.interact(InteractionType.COMMAND, world.user("Ana"), world.channel("photos"), {}, name="/hi")
    await world.until(lambda: looks >= 100)  # at the beginning, and when its time is over
    assert looks < 500
    world.rest()
