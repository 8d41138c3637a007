"""A server floods the bot with orders, of which ToAPIs takes five a second: how long does another server wait?"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contender import LOOP, RETOUCH, Contender, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.pictures import photo
from bench.prepared import PROMPT
from bench.table import Table, spread
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Channel

PER_MEMBER: Final = 3
"""As many as a member may have running, by the shipped settings."""

UNANSWERED: Final = 60.0
"""Seconds until nobody waits for an answer."""

LOSSY: Final = 20.0
"""Seconds after which a picture of the sample loop counts as lost."""

COLUMNS: Final = ("figure", "Retouch", "sample loop")


@dataclass(frozen=True, slots=True)
class Flooded:
    """The seconds from the command to the picture for lone servers, alone and beside the flood; None: no picture.

    ``came`` and ``once``: the orders of the flood whose picture came, and came once.
    """

    alone: float | None
    beside: float | None
    came: int
    once: int
    failed: int


async def measure(
    folder: Path, *, orders: int = 300, painting: float = 3.0, rounds: int = 2, patience: float = 150.0
) -> Table:
    """Measure a flood of so many orders in one moment. ``patience``: seconds for all pictures together."""
    runs: defaultdict[str, list[Flooded]] = defaultdict(list)
    for number in range(rounds):
        for contender in (RETOUCH, LOOP):
            place = folder / f"{contender.key}-{number}"
            async with on_stage(place, seconds=(painting,), edge=256, tier="default") as stage:
                runs[contender.key].append(await _run(stage, contender, orders, patience))
    notes = (
        f"{orders} orders of a server in one moment, {PER_MEMBER} of each member; once all are answered, another "
        f"server orders its first picture. Painting takes {painting:g} s; ToAPIs takes 5 creates a second (after "
        f"50 at once), as for an account of the default tier. Settings and catalogue as shipped. {rounds} rounds "
        "each, by turns."
    )
    return Table("A flood next door", notes, COLUMNS, _rows(runs, orders, painting))


async def _run(stage: Stage, contender: Contender, orders: int, patience: float) -> Flooded:
    photos = stage.world.channel("photos")
    crowd = guests(stage, -(-orders // PER_MEMBER))
    first = _server(stage, "Calm")
    second = _server(stage, "Quiet")
    await start(stage, contender)
    gallery = Gallery(stage)
    # The loop loses the orders that ToAPIs refuses, and then there is nothing to wait for.
    limit = patience if contender is RETOUCH else min(patience, LOSSY)
    alone = await _lone(gallery, *first, limit)
    placed: list[Interaction] = []
    for number in range(orders):
        member = crowd[number // PER_MEMBER]
        placed.append(member.types(photos, "edit", image=photo(640, 480), prompt=PROMPT))
        await asyncio.sleep(0)  # the gateway sends each at once
    with contextlib.suppress(TimeoutError):  # whoever has no answer by then counts as failed
        await gallery.until(lambda: all(order.answered or order.failed for order in placed), UNANSWERED)
    beside = await _lone(gallery, *second, limit)
    with contextlib.suppress(TimeoutError):  # missing pictures are seen in the table
        await gallery.until(lambda: all(not order.answered or gallery.waited(order) for order in placed), limit)
    await stop(stage)
    gallery.look()
    counts = [gallery.pictures[order.message.id] for order in placed if order.message is not None]
    return Flooded(
        alone,
        beside,
        came=sum(count > 0 for count in counts),
        once=sum(count == 1 for count in counts),
        failed=sum(not order.answered for order in placed),
    )


def _server(stage: Stage, name: str) -> tuple[Member, Channel]:
    world = stage.world
    owner = world.add_user(f"Owner of {name}")
    guild = world.add_guild(name, owner)
    return Member(world, owner), world.add_channel(guild, name.lower())


async def _lone(gallery: Gallery, member: Member, where: Channel, patience: float) -> float | None:
    order = await member.command(where, "edit", image=photo(640, 480), prompt=PROMPT)
    with contextlib.suppress(TimeoutError):
        await gallery.until(lambda: gallery.waited(order) is not None, patience)
    return gallery.waited(order)


def _rows(runs: dict[str, list[Flooded]], orders: int, painting: float) -> tuple[tuple[str, ...], ...]:
    columns = [_column(runs[key], orders, painting) for key in (RETOUCH.key, LOOP.key)]
    return tuple((figure, *(column[figure] for column in columns)) for figure in columns[0])


def _column(runs: Sequence[Flooded], orders: int, painting: float) -> dict[str, str]:
    ordered = orders * len(runs)
    return {
        "a lone server's picture, alone": _seconds([run.alone for run in runs]),
        "a lone server's first picture, beside the flood": _seconds([run.beside for run in runs]),
        "the same without the painting": _seconds([run.beside and run.beside - painting for run in runs]),
        "orders of the flood whose picture came": f"{sum(run.came for run in runs)} of {ordered}",
        "once": f"{sum(run.once for run in runs)} of {ordered}",
        "failed interactions": str(sum(run.failed for run in runs)),
    }


def _seconds(waits: Sequence[float | None]) -> str:
    known = [wait for wait in waits if wait is not None]
    return spread(known, "s") if len(known) == len(waits) else f"no picture, {len(waits) - len(known)} of {len(waits)}"
