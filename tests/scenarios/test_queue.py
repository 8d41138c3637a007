"""The queue: an answered card tells the true place, counts down, and each order ends with its picture, paid once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.conftest import settings
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.burst import burst
from tests.scenarios.support.button_table import says
from tests.scenarios.support.server import CREATE, UPLOAD, Server, job_in

ORDERS = 40
"""In the queue for the paid call, of which ToAPIs takes five in a second."""

PLACE = re.compile(r"Place (\d+) in the queue")


@pytest.fixture
async def narrow_stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Yield a running bot that works on one order at a time."""
    variables = settings(tmp_path, database_url) | {"RUNNING_IN_ALL": "1", "RUNNING_PER_MEMBER": "9"}
    async with Stage.open(variables, seconds=(0.1, 0.2)) as stage:
        stage.painter.edge = 64
        await stage.start()
        yield stage
    assert stage.offences == []


def place(card: Message) -> int | None:
    """Return the place in the queue that a card shows, or None."""
    match = PLACE.search(card.text)
    return int(match[1]) if match else None


class Gate:
    """Lets so many orders be bought as a scenario allows. A held upload may time out: it is sent again, unpaid."""

    def __init__(self, stage: Stage) -> None:
        self._painter = stage.painter
        self._allowed = 0
        self._changed = asyncio.Condition()
        self.uploads = 0
        stage.painter.hooks.append(self._hold)

    async def open(self, more: int = 1) -> None:
        async with self._changed:
            self._allowed += more
            self._changed.notify_all()

    async def _hold(self, phase: Phase, call: Call) -> None:
        if (phase, call.route) == ("before", UPLOAD):
            self.uploads += 1
            async with self._changed:
                await self._changed.wait_for(lambda: len(self._painter.ledger) < self._allowed)

    @property
    def bought(self) -> list[str]:
        """Return the jobs in the order in which they were bought."""
        return [str(charge.business_id) for charge in self._painter.ledger]


async def ordered(server: Server, prompt: str, by: Member | None = None) -> Message:
    card = (await server.order(prompt=prompt, by=by)).message
    assert card is not None
    return card


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_places_are_told_in_fair_order_and_count_down(narrow_stage: Stage) -> None:
    stage = narrow_stage
    gate = Gate(stage)
    first = Server(stage)
    second = Server(stage)
    running = await ordered(first, "runs")
    await stage.world.until(lambda: gate.uploads, timeout=20)
    flood = [await ordered(first, f"flood {number}") for number in range(3)]
    other = await ordered(second, "other")
    assert [place(card) for card in (running, *flood, other)] == [None, 1, 2, 3, 2]
    # The other server's order has come between: the cards of those behind are put right.
    await stage.world.until(lambda: [place(card) for card in flood] == [1, 3, 4], timeout=30)
    await gate.open()
    await stage.world.until(lambda: [place(card) for card in (other, *flood[1:])] == [1, 2, 3], timeout=30)
    assert place(running) is None
    await gate.open(4)
    for server in (first, second):
        await server.settled(timeout=30)
    assert gate.bought == [job_in(card) for card in (running, flood[0], other, *flood[1:])]
    assert (first.charges, second.charges) == (4, 1)
    assert (len(first.pictures), len(second.pictures)) == (4, 1)
    assert [place(card) for card in (*flood, other)] == [None] * 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_cancelled_order_frees_its_place_and_is_not_bought(narrow_stage: Stage) -> None:
    stage = narrow_stage
    gate = Gate(stage)
    server = Server(stage)
    running = await ordered(server, "runs")
    await stage.world.until(lambda: gate.uploads, timeout=20)
    waiting = [await ordered(server, f"waits {number}") for number in range(3)]
    says(await server.ana.press(waiting[0], "Cancel"), "cancelled-free")
    await stage.world.until(lambda: [place(card) for card in waiting] == [None, 1, 2], timeout=30)
    assert "nothing was bought" in waiting[0].text
    await gate.open(3)
    await server.settled(timeout=30)
    assert gate.bought == [job_in(card) for card in (running, *waiting[1:])]
    assert "nothing was bought" in waiting[0].text


async def test_restart_keeps_the_order_and_shows_the_places_again(narrow_stage: Stage) -> None:
    stage = narrow_stage
    gate = Gate(stage)
    first = Server(stage)
    second = Server(stage)
    flood = [await ordered(first, f"flood {number}") for number in range(2)]
    other = await ordered(second, "other")
    # The first of the flood has begun, and is not bought: its turn counts all the same.
    await stage.world.until(lambda: gate.uploads and "Painting in" in flood[0].text, timeout=30)
    records = BotRecords(stage.settings["DATABASE_URL"])
    await records.until(lambda: records.workflows() == 3, timeout=20)
    records.close()
    await stage.kill()
    await stage.start()
    late = await ordered(second, "late")
    await stage.world.until(lambda: [place(card) for card in (other, flood[1], late)] == [1, 2, 3], timeout=30)
    await gate.open(9)
    for server in (first, second):
        await server.settled(timeout=30)
    assert gate.bought == [job_in(card) for card in (flood[0], other, flood[1], late)]
    assert (first.charges, second.charges) == (2, 2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_orders_are_prepared_before_the_next_may_be_bought(tmp_path: Path, database_url: str) -> None:
    """Creates are paced. Each finds the next order prepared, so that no turn of ToAPIs' is lost while others wait."""
    async with Stage.open(settings(tmp_path, database_url), seconds=(0.1, 0.2), rate_limits=False) as stage:
        stage.painter.edge = 64
        await stage.start()
        ahead: list[int] = []
        routes: list[str] = []

        async def hook(phase: Phase, call: Call) -> None:
            if (phase, call.route) == ("before", CREATE):
                ahead.append(routes.count(UPLOAD) - len(ahead) - 1)
            if phase == "after":
                routes.append(call.route)

        stage.painter.hooks.append(hook)
        await burst(stage, ORDERS)
        assert len(stage.painter.ledger) == ORDERS
        paced = ahead[10:-5]  # some go out at once, and at the end nobody is left
        assert sum(count > 0 for count in paced) >= 0.8 * len(paced)
        assert stage.offences == []  # among them would be a 429
