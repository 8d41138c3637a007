"""A bot without Discord and without a process: real intake, pipeline, purchase, settlement and recovery.

Discord is a Courier that knows which channels are gone, the engine is in memory, and time is a number: the wall clock
may be stepped, and every sleep moves it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from PIL import Image

from bot.database import Database
from bot.errors import Undeliverable
from bot.guilds.api_keys import ApiKeys
from bot.guilds.gate import DAY, Limits
from bot.images.checked import Picture
from bot.images.worker import ImageWorker
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.claim import Claims
from bot.jobs.courier import Courier, Link
from bot.jobs.engine import Engine
from bot.jobs.handover import Handover
from bot.jobs.intake import Intake
from bot.jobs.job import Job, Posted
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.polling import Wait
from bot.jobs.purchase import Purchase
from bot.jobs.recovery import Recovery
from bot.jobs.settlement import Settlement
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.memory import PictureMemory
from bot.toapis.client import ToAPIs
from tests.support.memory_engine import MemoryEngine
from tests.support.studio import CATALOGUE, ORDER, Hours, RecordingCourier

MODEL: Final = ORDER.model
PRICE: Final = CATALOGUE.price(ORDER)
LIMITS: Final = Limits(
    pictures_per_day=4, running_per_member=9, running_in_all=99, money_per_day=7 * PRICE, attempts_per_hour=0
)
MEMBERS: Final = (1, 2)


@dataclass
class Places(RecordingCourier):
    """Discord as a Courier: the channels, threads and servers that are gone for us."""

    gone: set[int] = field(default_factory=set)
    threadless: set[str] = field(default_factory=set)
    outside: bool = False

    def _reached(self, job: Job) -> None:
        nowhere = self.outside or job.destination.channel_id in self.gone
        if nowhere and job.destination.requester_id == MEMBERS[0]:  # accepts no direct messages
            raise Undeliverable("no place is left")

    async def deliver(
        self,
        job: Job,
        pictures: Sequence[Picture],
        links: Sequence[Link],
        *,
        part: int = 0,
        originals: Sequence[Link] = (),
    ) -> Posted:
        self._reached(job)
        return await super().deliver(job, pictures, links, part=part)

    async def apologise(self, job: Job, error: Any) -> None:
        self._reached(job)
        await super().apologise(job, error)


def photo() -> bytes:
    """Return a small JPEG."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


class World(Protocol):
    """What survives a restart. ``wall`` is the wall clock, right or wrong; ``sleep`` waits during a painting."""

    toapis: ToAPIs
    image_worker: ImageWorker
    hours: Hours
    places: Places
    engine: MemoryEngine

    def wall(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Life:
    """The parts of a running bot, until its next restart."""

    def __init__(self, world: World, database: Database) -> None:
        self._world = world
        self._database = database
        self._courier = cast("Courier", world.places)
        world.engine.database = database
        self._engine = cast("Engine", world.engine)
        self._ages = Ages(world.wall, world.hours)
        self.jobs = Jobs(database, world.wall)
        self.ledger = Ledger(database, world.wall)
        self._accounts = Accounts(
            toapis=world.toapis,
            key_values=KeyValueStore(database),
            api_keys=ApiKeys(database),
            window=120.0,
            look_on=DAY,
            clock=world.wall,
            elapsed=world.hours,
            sleep=world.hours.sleep,
        )
        self.settlement = Settlement(self._accounts, self.ledger, world.wall, world.hours)
        self.pipeline = self._open_pipeline()
        self.intake = Intake(
            database=database,
            jobs=self.jobs,
            ledger=self.ledger,
            engine=self._engine,
            limits=LIMITS,
            clock=world.wall,
        )
        self.recovery = Recovery(
            jobs=self.jobs,
            ledger=self.ledger,
            engine=self._engine,
            intake=self.intake,
            settlement=self.settlement,
            accounts=self._accounts,
            courier=self._courier,
            look_on=DAY,
            clock=world.wall,
            elapsed=world.hours,
            sleep=world.hours.sleep,
        )

    def _open_pipeline(self) -> Pipeline:
        return Pipeline(
            engine=self._engine,
            jobs=self.jobs,
            purchase=self._open_purchase(),
            wait=self._open_wait(),
            settlement=self.settlement,
            handover=Handover(
                jobs=self.jobs,
                toapis=self._world.toapis,
                image_worker=self._world.image_worker,
                courier=self._courier,
                memory=PictureMemory(),
                ages=self._ages,
            ),
            accounts=self._accounts,
            catalogue=lambda: CATALOGUE,
            image_worker=self._world.image_worker,
            courier=self._courier,
            patience=Patience(),
            ages=self._ages,
            clock=self._world.wall,
        )

    def _open_purchase(self) -> Purchase:
        return Purchase(
            engine=self._engine,
            jobs=self.jobs,
            claims=Claims(self._database, self._world.wall),
            ledger=self.ledger,
            accounts=self._accounts,
            catalogue=lambda: CATALOGUE,
            ages=self._ages,
            clock=self._world.wall,
            elapsed=self._world.hours,
        )

    def _open_wait(self) -> Wait:
        return Wait(
            self._accounts,
            self._courier,
            deadline=900.0,
            cancelled=self.jobs.is_cancelled,
            ages=self._ages,
            clock=self._world.wall,
            elapsed=self._world.hours,
            sleep=self._world.sleep,
            roll=lambda: 0.5,
        )
