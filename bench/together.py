"""Bots that get the same orders in the same seconds, each on a stage of its own: what holds up one holds up all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import process
from bench.contender import ANSWER, Contender, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.orders import Outcome, Pace, outcomes, place
from bench.pictures import photo
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member

APART: Final = 0.17
"""Seconds by which the bots' orders are apart, so that they do not work at the same moment."""

CROWD: Final = 40
"""Members who order in turn."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run gives to each bot. ``seconds``: the painting time of each order; ``stated``: what the catalogue says.

    ``patience``: seconds for what is not there after the last order. ``quiet``: seconds after the last picture.
    """

    seconds: tuple[float, ...]
    per_second: float
    stated: tuple[float, float] | None = None
    patience: float = 60.0
    quiet: float = 1.0
    photo: tuple[int, int] = (1600, 1200)
    edge: int = 1024


@dataclass(frozen=True, slots=True)
class Course:
    """What came of a run for a bot. ``processor``: seconds of processor time for all orders."""

    outcomes: tuple[Outcome, ...]
    processor: float


async def together(folder: Path, contenders: Sequence[Contender], plan: Plan) -> dict[str, Course]:
    """Start the bots by turns, give them their orders at the same time, and return what came of them, by their keys."""
    async with AsyncExitStack() as house:
        stages = {}
        for contender in contenders:
            stage = await house.enter_async_context(
                on_stage(
                    folder / contender.key,
                    seconds=plan.seconds,
                    stated=plan.stated,
                    edge=plan.edge,
                    orders=len(plan.seconds),
                    tier="default",
                )
            )
            crowd = guests(stage, CROWD)
            await start(stage, contender)
            stages[contender.key] = (stage, crowd)
        await asyncio.sleep(plan.quiet)
        async with asyncio.TaskGroup() as group:
            courses = {
                key: group.create_task(_course(stage, crowd, plan, number * APART, paints=key != ANSWER.key))
                for number, (key, (stage, crowd)) in enumerate(stages.items())
            }
        return {key: course.result() for key, course in courses.items()}


async def _course(stage: Stage, crowd: Sequence[Member], plan: Plan, offset: float, *, paints: bool) -> Course:
    before = process.processor_of_all(stage.pid) if process.MEASURABLE else 0.0
    gallery = Gallery(stage)
    pace = Pace(len(plan.seconds), plan.per_second, offset)
    placed = await place(crowd, stage.world.channel("photos"), photo(*plan.photo), pace)
    with contextlib.suppress(TimeoutError):  # missing pictures are seen in the table
        await gallery.until(lambda: all(_over(order, gallery, paints=paints) for order in placed), plan.patience)
    await asyncio.sleep(plan.quiet)
    used = process.processor_of_all(stage.pid) - before if process.MEASURABLE else 0.0
    course = Course(tuple(outcomes(stage, placed, gallery)), used)
    await stop(stage)
    return course


def _over(order: Interaction, gallery: Gallery, *, paints: bool) -> bool:
    return order.failed or (gallery.waited(order) is not None if paints else order.answered)
