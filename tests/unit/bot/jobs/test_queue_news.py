"""The news of the queue: the cards that are most wrong are put right first, few at a time, and none for nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

from bot.database import Database
from bot.jobs.courier import Courier
from bot.jobs.job import Job
from bot.jobs.queue_news import CARD_EVERY, CHANNEL_EVERY, OVERDUE, QueueNews, most_wrong, wrongness
from bot.jobs.store import Jobs
from bot.jobs.waiting_line import WaitingLine
from bot.jobs.workflows import ShownPlace, Workflow
from tests.support.studio import NOW, Hours, RecordingCourier, a_job, stored


class Room:
    """A line with stored jobs in it, each in a channel of its own, whose cards show what was given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.hours = Hours()
        self.line = WaitingLine(self.hours, self.hours)
        self.courier = RecordingCourier()
        self.news = QueueNews(
            self.line,
            Jobs(database),
            cast("Courier", self.courier),
            clock=self.hours,
            elapsed=self.hours,
            sleep=self._sleep,
        )
        self.slept = asyncio.Event()

    async def _sleep(self, seconds: float) -> None:
        self.slept.set()
        await self.hours.sleep(seconds)
        await asyncio.sleep(0)

    async def waits(self, shown: int | None, channel: int | None = None) -> Workflow:
        job = a_job()
        await stored(self._database, job)
        workflow = Workflow(job.id, job.id, "paint", server=1, member=1, channel=channel or int(job.id[:8], 16))
        if shown is not None:
            workflow.shown = ShownPlace(shown, None, NOW - CARD_EVERY)
        self.line.add(workflow)
        self.line.settle(0, None)
        return workflow

    @property
    def shown(self) -> list[tuple[str, int]]:
        return [(job_id, place.number) for job_id, place in self.courier.queue]


async def test_most_wrong_card_is_shown_first_and_right_ones_never(database: Database) -> None:
    room = Room(database)
    right, slightly, far = [await room.waits(shown) for shown in (1, 3, 12)]
    for _ in range(4):
        await room.news.show_next()
    assert room.shown == [(far.id, 3), (slightly.id, 2)]
    assert right.shown == ShownPlace(1, None, NOW - CARD_EVERY)


async def test_card_is_not_shown_again_within_five_seconds(database: Database) -> None:
    room = Room(database)
    first, second = [await room.waits(shown) for shown in (1, 3)]
    await room.news.show_next()
    room.line.remove(first)
    room.hours.now += CARD_EVERY - 0.1
    await room.news.show_next()
    assert room.shown == [(second.id, 2)]
    room.hours.now += 0.1
    await room.news.show_next()
    assert room.shown == [(second.id, 2), (second.id, 1)]


async def test_channel_leaves_half_of_its_edits_to_others(database: Database) -> None:
    room = Room(database)
    for _ in range(2):
        await room.waits(9, channel=7)
    await room.news.show_next()
    await room.news.show_next()
    assert len(room.shown) == 1
    room.hours.now += CHANNEL_EVERY
    await room.news.show_next()
    assert len(room.shown) == 2


async def test_card_in_a_busy_channel_is_tried_again_later(database: Database) -> None:
    room = Room(database)
    workflow = await room.waits(9)
    room.courier.busy = True
    await room.news.show_next()
    room.courier.busy = False
    room.hours.now += CHANNEL_EVERY
    await room.news.show_next()
    assert room.shown == [(workflow.id, 1)] * 2
    assert workflow.shown is not None
    assert workflow.shown.number == 1


async def test_nothing_is_shown_of_a_cancelled_job(database: Database) -> None:
    room = Room(database)
    workflow = await room.waits(9)
    await Jobs(database).cancel(workflow.job_id, by=1)
    await room.news.show_next()
    assert room.shown == []


async def test_job_that_begins_while_it_is_read_is_left_alone(database: Database) -> None:
    room = Room(database)

    class Slow(Jobs):
        async def get(self, job_id: str) -> Job | None:
            room.line.take(1)
            return await super().get(job_id)

    await room.waits(9)
    news = QueueNews(room.line, Slow(database), cast("Courier", room.courier), clock=room.hours, elapsed=room.hours)
    await news.show_next()
    assert room.shown == []


async def test_who_begins_within_seconds_is_not_told_a_place(database: Database) -> None:
    room = Room(database)
    workflows = [await room.waits(20) for _ in range(12)]
    room.line.settle(0, 2.0)
    for _ in range(4):
        await room.news.show_next()
    assert {job_id for job_id, _ in room.shown} == {workflow.id for workflow in workflows[10:]}


async def test_nothing_is_asked_while_nobody_waits(database: Database) -> None:
    room = Room(database)
    task = asyncio.create_task(room.news.forever())
    try:
        for _ in range(5):
            await asyncio.sleep(0)
        assert room.hours.slept == []
        workflow = await room.waits(9)
        await asyncio.wait_for(room.slept.wait(), 60)
        assert room.shown == [(workflow.id, 1)]
        room.line.remove(workflow)
        room.line.settle(0, None)
        for _ in range(5):
            await asyncio.sleep(0)
        slept = len(room.hours.slept)
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(room.hours.slept) == slept
    finally:
        task.cancel()


def test_card_of_which_nothing_is_known_counts_as_wrong() -> None:
    assert wrongness(None, 500, NOW) == 1.0
    assert wrongness(ShownPlace(500, None, 0.0), 500, NOW) == 0.0


def test_broken_promise_is_wrong_though_the_place_is_right() -> None:
    shown = ShownPlace(3, NOW, 0.0)
    assert wrongness(shown, 3, NOW + OVERDUE) == 0.0
    assert wrongness(shown, 3, NOW + OVERDUE + 1) == 1.0


def test_of_cards_that_are_equally_wrong_the_first_comes_first() -> None:
    line = [replace(Workflow(str(n), str(n), "paint"), waits=True) for n in range(4)]
    assert most_wrong(line, 0, lambda _: True, NOW) == 1
    assert most_wrong(line, 2, lambda _: True, NOW) == 3
    assert most_wrong(line, 0, lambda _: False, NOW) is None
