"""Pictures one after the other on a fresh database: what the first ones cost, of which the bot knows nothing."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.contender import COLUMNS, LOOP, RETOUCH, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.orders import Outcome, outcomes
from bench.pictures import photo
from bench.prepared import numbered
from bench.table import Table, ratio, spread
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member

Waits = dict[str, list[Outcome]]
"""What became of the pictures of a round, by the contender's key."""


async def measure(
    folder: Path, *, pictures: int = 8, painting: float = 1.0, rounds: int = 3, patience: float = 60.0
) -> Table:
    """Measure so many pictures, each ordered when the last is visible."""
    runs = [await _round(folder / str(number), pictures, painting, patience) for number in range(rounds)]
    notes = (
        f"{pictures} pictures one after the other, painting takes {painting:g} s, the catalogue as shipped (15 to "
        f"60 s). Both bots in the same seconds on empty databases; {rounds} rounds, medians (least to most). "
        "Seconds from the command to the visible picture."
    )
    return Table("The first pictures, one after the other", notes, COLUMNS, tuple(_rows(runs, pictures)))


async def _round(folder: Path, pictures: int, painting: float, patience: float) -> Waits:
    async with AsyncExitStack() as house:
        stages = {}
        for contender in (RETOUCH, LOOP):
            stage = await house.enter_async_context(
                on_stage(folder / contender.key, seconds=(painting,), tier="default")
            )
            member = guests(stage, 1)[0]
            await start(stage, contender)
            stages[contender.key] = (stage, member)
        async with asyncio.TaskGroup() as group:
            tasks = {
                key: group.create_task(_order_all(stage, member, pictures, patience))
                for key, (stage, member) in stages.items()
            }
        for stage, _ in stages.values():
            await stop(stage)
    return {key: task.result() for key, task in tasks.items()}


async def _order_all(stage: Stage, member: Member, pictures: int, patience: float) -> list[Outcome]:
    gallery = Gallery(stage)
    placed: list[Interaction] = []
    for number in range(pictures):
        channel = stage.world.channel("photos")
        order = member.types(channel, "edit", image=photo(1600, 1200), prompt=numbered(number))
        placed.append(order)
        with contextlib.suppress(TimeoutError):  # a missing picture is seen in the table
            await gallery.until(lambda order=order: gallery.waited(order) is not None, patience)  # type: ignore[misc]  # a lambda's default has no type
    return outcomes(stage, placed, gallery)


def _rows(runs: Sequence[Waits], pictures: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number in range(pictures):
        ours, loop = ([run[key][number].waited or float("nan") for run in runs] for key in (RETOUCH.key, LOOP.key))
        rows.append((f"picture {number + 1}", spread(ours, "s"), spread(loop, "s"), ratio(ours, loop)))
    asked = ([statistics.fmean(o.questions for o in run[key]) for run in runs] for key in (RETOUCH.key, LOOP.key))
    own, theirs = asked
    rows.append(("questions a picture", spread(own, ""), spread(theirs, ""), ratio(own, theirs)))
    return rows
