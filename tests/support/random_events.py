"""Random failures during orders over many restarts; afterwards money and limits must be right.

ToAPIs is the stand-in, over sockets; the bot is that of ``tests/support/in_process_bot.py``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bot.database import Database
from bot.errors import Refused
from bot.guilds.gate import DAY
from bot.images.worker import ImageWorker
from bot.jobs.job import Destination, Job
from bot.ledger import Ledger
from bot.toapis.client import ToAPIs
from playground.toapis.server import Painter
from tests.support.in_process_bot import LIMITS, MEMBERS, MODEL, PRICE, Life, Places, photo
from tests.support.memory_engine import Killed, MemoryEngine
from tests.support.studio import ORDER, Hours

ACCIDENTS: Final = (
    "nothing",
    "channel deleted",
    "thread deleted",
    "bot removed",
    "model delisted",
    "clock stepped",
    "called off",
    "painting fails",
    "answer lost",
    "killed",
)
"""What happens to an order, at a random moment."""

MISFORTUNES: Final = (*ACCIDENTS, "engine lost", "hours go by")


class RandomEvents:
    """What survives restarts: ToAPIs, Discord, the engine's saves, the time. ``happened`` counts the real events."""

    def __init__(self, url: str, painter: Painter, toapis: ToAPIs, image_worker: ImageWorker, hours: Hours) -> None:
        self.painter = painter
        self.toapis = toapis
        self.image_worker = image_worker
        self.hours = hours
        self.places = Places(photo=photo())
        self.engine = MemoryEngine()
        self.happened: Counter[str] = Counter()
        self._url = url
        self._ahead = 0.0
        self._channels = 0
        self._next: Callable[[], Any] | None = None
        """What happens at the next sleep while a picture is painted."""

    def wall(self) -> float:
        """Return the wall clock's time, right or wrong."""
        return self.hours.now + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Wait between two polls of a task, and let the prepared event happen."""
        happens = self._next
        self._next = None
        if happens is not None and (waited_for := happens()) is not None:
            await waited_for
        await self.hours.sleep(seconds)

    async def perform(self, deeds: Sequence[tuple[str, int]]) -> None:
        """Perform all deeds, with as many restarts as it takes, then check all money. Raises AssertionError."""
        await self._life([("nothing", 0)])  # its create is answered, which proves the look-up
        left = list(deeds)
        while left:
            left = left[await self._life(left) :]
        self.painter.calm()
        self.painter.delisted.clear()
        self.places.outside = False
        for hours in (0.1, 2, 25, 25):
            self.hours.now += hours * 3600
            await self._life([])
        await self._right()

    async def _life(self, deeds: Sequence[tuple[str, int]]) -> int:
        """Start the bot, recover what a kill left, then perform deeds until the next kill. Return their number."""
        done = 0
        async with Database.open(self._url) as database:
            life = Life(self, database)
            try:
                await self._recover(life)
                for name, number in deeds:
                    done += 1
                    await self._deed(life, name, random.Random(number))
                    await self._holds(database)
                self.engine.spare()
                await self._recover(life)
            except Killed:
                self.happened["killed"] += 1
            finally:
                self._next = None  # it would happen to the database of this process
            await self._holds(database)
        return done

    async def _recover(self, life: Life) -> None:
        """Run the recovery's duties as at a start and every minute, then every workflow that waits."""
        for _ in range(3):
            self.hours.now += 60
            duties = (life.recovery.accepted, life.recovery.broken, life.recovery.unsettled, life.recovery.unknown)
            for duty in duties:
                await duty()
            for job_id, phase in self.engine.waiting():
                await self.engine.run_workflow(life.pipeline.workflow, job_id, phase)

    async def _deed(self, life: Life, name: str, rng: random.Random) -> None:
        if name == "engine lost":
            self.engine.lose()
            self.happened[name] += 1
            raise Killed
        if name == "hours go by":
            self.hours.now += rng.choice([1, 9, 26]) * 3600
            self.happened[name] += 1
            return
        job = await self._ordered(life, rng)
        if job is None:
            self.happened["refused"] += 1
            return
        self._prepare(life, name, rng, job)
        await self.engine.run_workflow(life.pipeline.workflow, job.id, "paint")
        self._next = None

    async def _ordered(self, life: Life, rng: random.Random) -> Job | None:
        self._channels += 1
        where = Destination(rng.choice(MEMBERS), self._channels, self._channels, guild_id=4, card_id=5, place_id=6)
        self.painter.delisted -= {MODEL} if rng.random() < 0.7 else set()
        self.places.outside = False
        if MODEL in self.painter.delisted:
            return None
        try:
            job = await life.intake.accept(ORDER, PRICE, where)
        except Refused:
            return None
        await life.intake.answered(job, 5)
        return job

    def _prepare(self, life: Life, name: str, rng: random.Random, job: Job) -> None:
        """Make the accident happen to this order."""

        def while_painting(act: Callable[[], Any]) -> None:
            def happens() -> Any:
                self.happened[name] += 1
                return act()

            self._next = happens

        match name:
            case "channel deleted":
                while_painting(lambda: self.places.gone.add(job.destination.channel_id))
            case "thread deleted":
                while_painting(lambda: self.places.threadless.add(job.id))
            case "bot removed":
                while_painting(lambda: setattr(self.places, "outside", True))
            case "model delisted":
                while_painting(lambda: self.painter.delisted.add(MODEL))
            case "clock stepped":
                while_painting(lambda: self._step(rng))
            case "called off":
                while_painting(lambda: life.jobs.cancel(job.id, job.destination.requester_id))
            case "painting fails" | "answer lost":
                self.painter.fault("failed:generation_failed" if name == "painting fails" else "reset-after", times=1)
                self.happened[name] += 1
            case "killed":
                self.engine.die(rng.randrange(9), before=rng.random() < 0.5)

    def _step(self, rng: random.Random) -> None:
        self._ahead += rng.choice(
            [step for step in (-3 * DAY, -1.1 * DAY, 1.1 * DAY, 3 * DAY) if abs(self._ahead + step) <= 3 * DAY]
        )

    # The checks

    async def _holds(self, database: Database) -> None:
        """Check that at this moment nothing paid is returned, and nothing was bought twice."""
        rows = await self._rows(database, "SELECT job_id, kind, amount FROM ledger WHERE phase = 'close'")
        assert len(rows) == len({row[0] for row in rows})
        paid = self._paid()
        returned = {row[0] for row in rows if row[1] == "returned"}
        assert not returned & set(paid), "paid, and returned"

    def _paid(self) -> dict[str, int]:
        """Return the micro-dollars that ToAPIs kept for each job."""
        charges = [charge for charge in self.painter.ledger if not charge.refunded]
        paid = Counter(str(charge.business_id) for charge in charges)
        assert not paid or max(paid.values()) == 1, "bought twice"
        return {str(charge.business_id): charge.micros for charge in charges}

    async def _right(self) -> None:
        async with Database.open(self._url) as database:
            settled = await self._rows(database, "SELECT job_id, amount FROM ledger WHERE kind = 'settled'")
            assert {row[0]: row[1] for row in settled} == self._paid()
            held = set(await Ledger(database).held())
            unknown = await self._rows(database, "SELECT id FROM jobs WHERE state = 'unknown'")
            assert held <= {row[0] for row in unknown}, "held for ever"
            await self._limits_held(database)

    async def _limits_held(self, database: Database) -> None:
        rows = await self._rows(database, "SELECT id, member_id, created_at FROM jobs ORDER BY created_at")
        moments = [(float(row[2]), int(row[1])) for row in rows if row[0] in self._paid()]
        for at, member in moments:
            lately = [moment for moment in moments if at - DAY < moment[0] <= at]
            assert len(lately) * PRICE <= LIMITS.money_per_day
            assert len([moment for moment in lately if moment[1] == member]) <= LIMITS.pictures_per_day

    async def _rows(self, database: Database, query: str) -> Sequence[Any]:
        async with database.read() as read:
            return (await read.execute(sa.text(query))).all()
