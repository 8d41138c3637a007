"""Orders that a bench places, and what became of each: how late its picture was, and how often it was asked for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.gallery import Gallery
from bench.prepared import number_of, numbered
from playground.stage import Stage
from playground.toapis.tasks import PaintTask
from playground.world.interactions import ANSWER_WITHIN, Interaction
from playground.world.members import Member
from playground.world.messages import Upload
from playground.world.places import Channel


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order, in seconds. ``waited`` is from the command to the picture; None: no picture came.

    ``delay`` is from the end of the painting to the question that showed it; None: no question did.
    """

    answered: float
    failed: bool
    waited: float | None
    painting: float
    questions: int
    delay: float | None

    @property
    def lost(self) -> float | None:
        """Return the seconds that the member waited beside the painting itself, or None without a picture."""
        return None if self.waited is None else self.waited - self.painting


@dataclass(frozen=True, slots=True)
class Pace:
    """So many ``orders``, of which ``per_second`` are placed a second; ``offset``: seconds until the first."""

    orders: int
    per_second: float
    offset: float = 0.0


async def place(
    members: Sequence[Member], where: Channel, file: Upload, pace: Pace, first: int = 0
) -> list[Interaction]:
    """Place orders at a pace, of the members in turn, without waiting for any. The ``first`` gets this number."""
    loop = asyncio.get_running_loop()
    began = loop.time() + pace.offset
    placed = []
    for number in range(pace.orders):
        await asyncio.sleep(began + number / pace.per_second - loop.time())
        member = members[number % len(members)]
        placed.append(member.types(where, "edit", image=file, prompt=numbered(first + number)))
    return placed


def outcomes(stage: Stage, placed: Sequence[Interaction], gallery: Gallery, first: int = 0) -> list[Outcome]:
    """Return what became of the orders that ``place`` placed."""
    gallery.look()
    tasks = {number_of(task.request.prompt): task for task in stage.painter.tasks.values()}
    asked = _asked(stage)
    return [_outcome(order, tasks.get(first + number), asked, gallery) for number, order in enumerate(placed)]


def _outcome(order: Interaction, task: PaintTask | None, asked: dict[str, list[float]], gallery: Gallery) -> Outcome:
    questions = asked.get(task.id, []) if task else []
    delays = [at - task.ends for at in questions if at >= task.ends] if task else []
    return Outcome(
        answered=ANSWER_WITHIN if order.answered_after is None else order.answered_after,
        failed=order.failed,
        waited=gallery.waited(order),
        painting=task.outcome.seconds if task else 0.0,
        questions=len(questions),
        delay=min(delays, default=None),
    )


def _asked(stage: Stage) -> dict[str, list[float]]:
    """Return the moments of all questions about each task, by its id: questions by a client's own id among them."""
    tasks = stage.painter.tasks
    ids = {task.request.business_id: task.id for task in tasks.values() if task.request.business_id} | {
        id_: id_ for id_ in tasks
    }
    asked = defaultdict[str, list[float]](list)
    for call in stage.painter.requests:
        if task_id := ids.get(call.params.get("id", "")):
            asked[task_id].append(call.at)
    return asked
