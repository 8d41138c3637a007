"""The news of the queue: the cards of those who wait show their place, at little cost to anybody else.

An edit of a card uses up Discord's patience, which the pictures need. So there are few, and they go where what is shown
is most wrong: place 12 that is the third by now, rather than place 512 that is the 503rd. The moment in the card counts
down by itself. Nothing runs while nobody waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.jobs.courier import Courier
from bot.jobs.job import JobState
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.jobs.waiting_line import WaitingLine
from bot.jobs.workflows import ShownPlace, Workflow

EVERY: Final = 0.5
"""Seconds between two edits of all cards together."""

CARD_EVERY: Final = 5.0
"""Seconds between two edits of a card. Whoever begins sooner is told that instead."""

CHANNEL_EVERY: Final = 2.5
"""Seconds between two edits in a channel. Discord takes five in five seconds there, and half are left to others."""

OVERDUE: Final = 10.0
"""Seconds after which a promise that was not kept is replaced by another."""

_UNKNOWN: Final = 1.0
"""How wrong a card is of which nobody knows what it shows, as after a restart: as one with twice the place."""


class QueueNews:
    """Shows the places of those who wait. ``elapsed`` counts seconds, and ``clock`` returns Unix seconds."""

    def __init__(
        self,
        line: WaitingLine,
        jobs: Jobs,
        courier: Courier,
        slot: Slot | None = None,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._line = line
        self._jobs = jobs
        self._courier = courier
        self._slot = slot or Slot()
        self._clock = clock
        self._elapsed = elapsed
        self._sleep = sleep
        self._edited: dict[int, float] = {}
        """When a channel was edited last, of those edited lately."""

    async def forever(self) -> None:
        """Update cards for as long as somebody waits, and wait for somebody who does. Runs until cancelled."""
        while True:
            await self._line.somebody.wait()
            await self._slot.mine()
            await self.show_next()
            await self._sleep(EVERY)

    async def show_next(self) -> None:
        """Update the card that is most wrong, if one may be edited now."""
        now = self._elapsed()
        self._edited = {channel: at for channel, at in self._edited.items() if now - at < CHANNEL_EVERY}
        line = self._line.in_order()
        soon = CARD_EVERY * (self._line.a_second or 0.0)
        worst = most_wrong(line, soon, lambda workflow: self._may_show(workflow, now), self._clock())
        if worst is not None:
            await self._show(line[worst - 1], worst)

    def _may_show(self, workflow: Workflow, now: float) -> bool:
        if not workflow.waits or workflow.had_turn or workflow.phase != "paint" or workflow.channel in self._edited:
            return False
        return workflow.shown is None or now - workflow.shown.at >= CARD_EVERY

    async def _show(self, workflow: Workflow, number: int) -> None:
        job = await self._jobs.get(workflow.job_id)
        place = self._line.place(number)
        if place is None or not workflow.waits:
            return  # it has begun meanwhile, or is about to
        self._edited[workflow.channel] = self._elapsed()
        waits = job is not None and job.state is JobState.ACCEPTED and job.cancelled_at is None
        if job is None or not waits or await self._courier.queued(job, place):
            self._line.show(workflow, place)


def most_wrong(line: Sequence[Workflow], soon: float, may_show: Callable[[Workflow], bool], now: float) -> int | None:
    """Return the place of the workflow whose card is most wrong, of those that may be shown, or None where none is.

    Who is among the first ``soon`` begins before the news is read. ``now`` in Unix seconds.
    """
    worst: int | None = None
    most = 0.0
    for number, workflow in enumerate(line, 1):
        error = wrongness(workflow.shown, number, now)
        if error > most and number > soon and may_show(workflow):
            worst = number
            most = error
    return worst


def wrongness(shown: ShownPlace | None, number: int, now: float) -> float:
    """Return how wrong a card is, relative to the true place. 0 where neither its place nor its promise is wrong."""
    if shown is None:
        return _UNKNOWN
    error = abs(shown.number - number) / number
    broken = shown.begins_at is not None and now - shown.begins_at > OVERDUE
    return max(error, _UNKNOWN) if broken else error
