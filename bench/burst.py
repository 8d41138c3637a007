"""Many members order at the same moment: how soon each is answered, how often its picture comes and is charged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contender import BARE_ANSWERS, PROMPT, RETOUCH, Contender, on_stage, photo, start, stop
from bench.gallery import Gallery
from bench.table import Table, percentile, ratio, spread
from playground.stage import Stage
from playground.world.interactions import ANSWER_WITHIN, Interaction
from playground.world.members import Member
from tests.support.databases import postgresql_database, postgresql_server

PHOTO: Final = (640, 480)

EDGE: Final = 256
"""The size of the painted pictures in pixels: the stand-ins share the machine with the bot that is measured."""

NAMES: Final = {
    "bare": "bare discord.py, which only answers",
    "sqlite": "Retouch on SQLite",
    "postgresql": "Retouch on PostgreSQL",
}

COLUMNS: Final = (
    "bot",
    "answered: p50",
    "p99",
    "p99, ratio",
    "failed",
    "pictures that came once",
    "more than once",
    "charges",
    "until the last picture",
)


@dataclass(frozen=True, slots=True)
class Burst:
    """The outcome of a run. ``answers`` in seconds; a failed interaction counts as ``ANSWER_WITHIN``."""

    answers: tuple[float, ...]
    failed: int
    once: int
    more: int
    charges: int
    lasted: float
    """Seconds from the first order to the last picture, or to the last answer if nothing is painted."""


async def measure(
    folder: Path,
    *,
    orders: int = 200,
    rounds: int = 3,
    seconds: tuple[float, float] = (3.0, 6.0),
    patience: float = 300.0,
    quiet: float = 1.0,
) -> Table:
    """Measure ``orders`` simultaneous orders, each from another member, for at most ``patience`` seconds.

    ``quiet``: seconds after the last picture in which a second one, or a second charge, would still be seen.
    """
    runs: defaultdict[str, list[Burst]] = defaultdict(list)
    with ExitStack() as house:
        server = house.enter_context(postgresql_server())
        for number in range(rounds):
            for kind in NAMES:
                with _database(kind, server) as url:
                    place = folder / f"{kind}-{number}"
                    async with on_stage(place, seconds=seconds, edge=EDGE, orders=orders, database_url=url) as stage:
                        contender = BARE_ANSWERS if kind == "bare" else RETOUCH
                        runs[kind].append(await _run(stage, contender, orders, patience, quiet))
    return _table(runs, orders, rounds)


@contextmanager
def _database(kind: str, server: str) -> Iterator[str | None]:
    if kind != "postgresql":
        yield None
        return
    with postgresql_database(server) as url:
        yield url


async def _run(stage: Stage, contender: Contender, orders: int, patience: float, quiet: float) -> Burst:
    world = stage.world
    file = photo(*PHOTO)
    guild = world.channel("photos").guild
    photos = world.channel("photos")
    assert guild is not None  # a server's channel
    members = [Member(world, world.add_user(f"Guest {number}")) for number in range(1, orders + 1)]
    for member in members:
        world.join(member.user, guild)
    await start(stage, contender)
    gallery = Gallery(stage)
    began = time.perf_counter()
    placed = list[Interaction]()
    for member in members:
        placed.append(member.types(photos, "edit", image=file, prompt=PROMPT))
        await asyncio.sleep(0)  # the gateway sends each at once
    await gallery.until(lambda: all(order.answered or order.failed for order in placed), ANSWER_WITHIN + 30)
    if contender is RETOUCH:
        with contextlib.suppress(TimeoutError):  # missing pictures are seen in the table
            await gallery.until(lambda: all(order.failed or gallery.waited(order) for order in placed), patience)
    lasted = time.perf_counter() - began
    await asyncio.sleep(quiet)
    await stop(stage)
    gallery.look()
    return _burst(stage, placed, gallery, lasted)


def _burst(stage: Stage, orders: list[Interaction], gallery: Gallery, lasted: float) -> Burst:
    return Burst(
        answers=tuple(ANSWER_WITHIN if order.answered_after is None else order.answered_after for order in orders),
        failed=sum(order.failed for order in orders),
        once=sum(count == 1 for count in gallery.pictures.values()),
        more=sum(count > 1 for count in gallery.pictures.values()),
        charges=len(stage.painter.ledger),
        lasted=lasted,
    )


def _table(runs: dict[str, list[Burst]], orders: int, rounds: int) -> Table:
    theirs = [percentile(run.answers, 0.99) * 1000 for run in runs["bare"]]
    rows = []
    for kind, name in NAMES.items():
        own_runs = runs[kind]
        middle, slow = ([percentile(run.answers, share) * 1000 for run in own_runs] for share in (0.5, 0.99))
        paints = kind != "bare"
        counts = [sum(column) for column in zip(*((r.once, r.more, r.charges) for r in own_runs), strict=True)]
        rows.append(
            (
                name,
                spread(middle, "ms"),
                spread(slow, "ms"),
                ratio(slow, theirs),
                str(sum(run.failed for run in own_runs)),
                *(str(count) if paints else "–" for count in counts),
                spread([run.lasted for run in own_runs], "s") if paints else "–",
            )
        )
    notes = (
        f"{orders} members order in the same moment, {rounds} times ({orders * rounds} orders in all). Medians (least "
        f"to most) of the runs. A failed interaction counts as {ANSWER_WITHIN:g} s. Pictures are counted in the "
        "world's transcript, charges in ToAPIs' ledger."
    )
    return Table("A burst", notes, COLUMNS, tuple(rows))
