"""Many members order at the same moment: how soon each is answered, how often its picture comes and is charged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bench.contender import ANSWER, LOOP, RETOUCH, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.paintings import uniform
from bench.pictures import photo
from bench.prepared import even_durations, numbered
from bench.table import Table, percentile, ratio, spread
from playground.stage import Stage
from playground.world.interactions import ANSWER_WITHIN, Interaction
from playground.world.members import Member
from tests.support.databases import postgresql_database, postgresql_server

PHOTO: Final = (640, 480)

EDGE: Final = 256
"""The size of the painted pictures in pixels: the stand-ins share the machine with the bot that is measured."""

NAMES: Final = {
    "answer": "answering bot",
    "loop": "sample loop",
    "sqlite": "Retouch on SQLite",
    "postgresql": "Retouch on PostgreSQL",
}

CONTENDERS: Final = {"answer": ANSWER, "loop": LOOP}
"""By kind; the others are Retouch."""

COLUMNS: Final = (
    "orders at once, bot",
    "answered: p50",
    "p99",
    "p99, ratio",
    "failed",
    "pictures that came once",
    "more than once",
    "charges",
    "until the last picture",
)


UNANSWERED: Final = 60.0
"""Seconds until nobody waits for an answer. The world calls a late one failed, unless others kept the bot waiting for
the processor: on a busy machine that can last."""

LOSSY: Final = 15.0
"""Seconds without a picture after which those of the sample loop that are missing count as lost."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many ``orders`` in one moment, in ``waves`` that follow each other, in each of ``lives`` of the bot."""

    orders: int
    waves: int = 1
    lives: int = 1

    @property
    def all(self) -> int:
        return self.orders * self.waves * self.lives


SIZES: Final = (Size(1, waves=8), Size(200, lives=2), Size(1000))


@dataclass(frozen=True, slots=True)
class Burst:
    """The outcome of a life. ``answers`` in seconds; a failed interaction counts as ``ANSWER_WITHIN``."""

    answers: tuple[float, ...]
    failed: int
    once: int
    more: int
    charges: int
    lasted: float
    """Seconds from the first order of the last wave to its last picture, or answer if nothing is painted."""


async def measure(
    folder: Path,
    *,
    sizes: Sequence[Size] = SIZES,
    seconds: tuple[float, float] = (3.0, 6.0),
    patience: float = 400.0,
    quiet: float = 1.0,
) -> Table:
    """Measure simultaneous orders, each from another member, for at most ``patience`` seconds a wave.

    ``quiet``: seconds after the last picture in which a second one, or a second charge, would still be seen.
    """
    rows = []
    with ExitStack() as house:
        server = house.enter_context(postgresql_server())
        _keep_safe(server)
        for size in sizes:
            runs: defaultdict[str, list[Burst]] = defaultdict(list)
            for life in range(size.lives):
                for kind in NAMES:
                    with _database(kind, server) as url:
                        place = folder / f"{kind}-{size.orders}-{life}"
                        durations = even_durations(uniform(*seconds), size.orders)
                        async with on_stage(
                            place, seconds=durations, edge=EDGE, orders=size.orders, database_url=url
                        ) as stage:
                            runs[kind].append(await _run(stage, kind, size, patience, quiet))
            rows += _rows(runs, size)
    notes = (
        f"{' / '.join(f'{size.orders:,}' for size in sizes)} members order in the same moment, "
        f"{' / '.join(str(size.waves * size.lives) for size in sizes)} times; painting takes {seconds[0]:g} to "
        f"{seconds[1]:g} s. Medians (least to most) of the bots' lives. A failed interaction counts as "
        f"{ANSWER_WITHIN:g} s. Pictures are counted in the world's transcript, charges in ToAPIs' ledger (tier svip: "
        "33 creates a second after 334 at once). Both databases write through to the disk."
    )
    return Table("Bursts", notes, COLUMNS, tuple(rows))


def _keep_safe(server: str) -> None:
    """Let the server write through to the disk, as it is shipped: the tests turn that off."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM RESET fsync")
        admin.execute("ALTER SYSTEM RESET synchronous_commit")
        admin.execute("ALTER SYSTEM RESET full_page_writes")
        admin.execute("SELECT pg_reload_conf()")


@contextmanager
def _database(kind: str, server: str) -> Iterator[str | None]:
    if kind != "postgresql":
        yield None
        return
    with postgresql_database(server) as url:
        yield url


async def _run(stage: Stage, kind: str, size: Size, patience: float, quiet: float) -> Burst:
    members = guests(stage, size.orders)
    contender = CONTENDERS.get(kind, RETOUCH)
    await start(stage, contender)
    gallery = Gallery(stage)
    placed = list[Interaction]()
    for _ in range(size.waves):
        began = time.perf_counter()
        wave = await _wave(stage, members, first=len(placed))
        with contextlib.suppress(TimeoutError):  # whoever has no answer by then counts as failed
            await gallery.until(lambda wave=wave: all(o.answered or o.failed for o in wave), UNANSWERED)  # type: ignore[misc]  # a lambda's default has no type
        if contender is not ANSWER:
            await _painted(gallery, wave, patience, lossy=contender is LOOP)
        lasted = time.perf_counter() - began
        placed += wave
    await asyncio.sleep(quiet)
    await stop(stage)
    gallery.look()
    return _burst(stage, placed, gallery, lasted)


async def _wave(stage: Stage, members: Sequence[Member], first: int) -> list[Interaction]:
    file = photo(*PHOTO)
    photos = stage.world.channel("photos")
    wave = []
    for number, member in enumerate(members, first):
        wave.append(member.types(photos, "edit", image=file, prompt=numbered(number)))
        await asyncio.sleep(0)  # the gateway sends each at once
    return wave


async def _painted(gallery: Gallery, wave: Sequence[Interaction], patience: float, *, lossy: bool) -> None:
    """Wait for the pictures; if orders may be lost, until none came for a while. The table shows what is missing."""

    def missing() -> int:
        return sum(order.answered and gallery.waited(order) is None for order in wave)

    left = missing()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while left:
                await gallery.until(lambda left=left: missing() < left, LOSSY if lossy else patience)  # type: ignore[misc]  # a lambda's default has no type
                left = missing()


def _burst(stage: Stage, orders: Sequence[Interaction], gallery: Gallery, lasted: float) -> Burst:
    return Burst(
        answers=tuple(ANSWER_WITHIN if order.answered_after is None else order.answered_after for order in orders),
        failed=sum(not order.answered for order in orders),
        once=sum(count == 1 for count in gallery.pictures.values()),
        more=sum(count > 1 for count in gallery.pictures.values()),
        charges=len(stage.painter.ledger),
        lasted=lasted,
    )


def _rows(runs: dict[str, list[Burst]], size: Size) -> list[tuple[str, ...]]:
    theirs = [percentile(run.answers, 0.99) * 1000 for run in runs["answer"]]
    rows = []
    for kind, name in NAMES.items():
        own_runs = runs[kind]
        middle, slow = ([percentile(run.answers, share) * 1000 for run in own_runs] for share in (0.5, 0.99))
        paints = kind != "answer"
        counts = [sum(column) for column in zip(*((r.once, r.more, r.charges) for r in own_runs), strict=True)]
        rows.append(
            (
                f"{size.orders:,}: {name}",
                spread(middle, "ms"),
                spread(slow, "ms"),
                ratio(slow, theirs),
                f"{sum(run.failed for run in own_runs)} of {size.all:,}",
                *(f"{count:,}" if paints else "–" for count in counts),
                spread([run.lasted for run in own_runs], "s") if paints else "–",
            )
        )
    return rows
