"""What the tests of ``bot/jobs`` need: a clock that sleeping moves, a stand-in ToAPIs on it, and rows with money."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.database import Database, metadata
from bot.errors import Fact, RetouchError
from bot.images.checked import Picture
from bot.jobs.accounts import Accounts
from bot.jobs.courier import Link, Progress, QueuePlace
from bot.jobs.job import Destination, Job, JobState, Posted, new_id
from bot.jobs.lookup import Lookup
from bot.jobs.store import Jobs
from bot.ledger import Ledger
from bot.memory import Share
from bot.money import Micros
from bot.orders import Order, Source
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.client import Limits, ToAPIs
from bot.toapis.retry import Patience
from bot.toapis.tasks import Task
from bot.toapis.transport import Timeouts
from playground.toapis.server import Painter

NOW = 1_790_000_000.0
PRICE = Micros(50_000)
SEAL = SecretStr(Fernet.generate_key().decode())
"""One of the operator's SECRET_KEYS."""
PICTURE_URL = "https://pictures.example/cat.png"
CATALOGUE = Catalogue.load()
ORDER = CATALOGUE.check(
    Order("watercolour", "gemini-3-pro-image-preview", sources=(Source(PICTURE_URL, "cat.png", "image/png", 1),))
)
WHERE = Destination(requester_id=1, channel_id=2, interaction_id=3, guild_id=4, locale="de")

ONE_TRY = Limits(
    Timeouts(connect=30, idle=30, upload=30, create=30, query=30),  # nothing hangs here, and a slow machine is no error
    Patience(attempts=1, first_wait=0.001, longest_wait=0.002, jitter=0.001, unsaid_retry_after=0.001),
)
"""The client's own retries are tested in ``test_retry.py``: here each error reaches its caller at once."""


@dataclass
class Hours:
    """A clock in Unix seconds that nobody waits for: sleeping moves it. ``slept`` is every sleep, in seconds."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class RecordingCourier:
    """A Courier that records. ``trouble`` is raised, first to last, by the methods that may raise."""

    queue: list[tuple[str, QueuePlace]] = field(default_factory=list)
    """For each place that was shown: the job's id and the place."""
    busy: bool = False
    progressed: list[Progress] = field(default_factory=list)
    delivered: list[tuple[str, int, int]] = field(default_factory=list)
    """For each delivery: the job's id, the number of pictures and of links."""
    late_ones: list[str] = field(default_factory=list)
    sorry: list[tuple[str, str]] = field(default_factory=list)
    """For each apology: the job's id and the sentence's key."""
    warned: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Fact]]] = field(default_factory=list)
    """What the operators were told apart from jobs: the sentence's key and its facts."""
    managers: list[tuple[int, str, int]] = field(default_factory=list)
    """What managers were told: the server's id, the sentence's key, and the user's id used without a log channel."""
    ended: list[str] = field(default_factory=list)
    """The jobs that were cancelled."""
    cards: dict[str, int] = field(default_factory=dict)
    photo: bytes = b""
    trouble: list[Exception] = field(default_factory=list)

    async def read(self, source: Source, share: Share) -> bytes:
        self._raise()
        return self.photo

    async def open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        return job

    async def cancelled(self, job: Job) -> None:
        self.ended.append(job.id)

    async def queued(self, job: Job, place: QueuePlace) -> bool:
        self.queue.append((job.id, place))
        return not self.busy

    async def progress(self, job: Job, progress: Progress) -> None:
        self.progressed.append(progress)

    async def late(self, job: Job) -> None:
        self.late_ones.append(job.id)

    async def deliver(
        self,
        job: Job,
        pictures: Sequence[Picture],
        links: Sequence[Link],
        *,
        part: int = 0,
        originals: Sequence[Link] = (),
    ) -> Posted:
        self._raise()
        self.delivered.append((job.id, len(pictures), len(links)))
        return Posted(job.destination.channel_id, 77)

    async def done(self, job: Job, seconds: int) -> None:
        pass

    async def apologise(self, job: Job, error: RetouchError) -> None:
        self._raise()
        self.sorry.append((job.id, error.key))

    async def find_card(self, job: Job) -> int | None:
        return self.cards.get(job.id)

    async def warn_operator(self, job: Job, error: RetouchError, links: Sequence[Link] = ()) -> None:
        self.warned.append((job.id, error.key))

    async def tell_managers(
        self, guild_id: int, key: str, facts: Mapping[str, Fact], *, otherwise: int, nonce: str
    ) -> None:
        self.managers.append((guild_id, key, otherwise))

    async def tell_operators(self, key: str, facts: Mapping[str, Fact]) -> None:
        self.told.append((key, dict(facts)))

    def _raise(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)


@dataclass
class _OneAccount:
    toapis: Any
    lookup: Any

    async def of(self, _: Job) -> _OneAccount:
        return self

    async def blame(self, _: Job, error: RetouchError, __: object) -> RetouchError:
        return error


def one_account(toapis: ToAPIs, lookup: Lookup | None = None) -> Accounts:
    """Return accounts where no server has its own key. The real ones are tested in ``test_accounts.py``."""
    return cast("Accounts", _OneAccount(toapis, lookup))


async def never_cancelled(_: str) -> bool:
    """Return False: nobody cancelled the job."""
    return False


@asynccontextmanager
async def studio(
    hours: Hours | None = None, *, seconds: float = 0.0, key: str | None = None
) -> AsyncIterator[tuple[Painter, ToAPIs]]:
    """Serve a stand-in ToAPIs that takes ``seconds`` of these hours for a picture, and open a real client of it."""
    painter = Painter(seconds=(seconds, seconds), seed=1, clock=hours or Hours())
    painter.edge = 32
    async with (
        painter.serve(),
        ToAPIs.open(key=key or painter.key, base_url=painter.url, limits=ONE_TRY) as toapis,
    ):
        yield painter, toapis


def a_job(state: JobState = JobState.ACCEPTED, *, task_id: str | None = None, submitted_at: float | None = None) -> Job:
    """Return a job of one picture that was accepted at NOW."""
    job = Job(new_id(), ORDER, WHERE, state, PRICE, NOW)
    return replace(job, task_id=task_id, submitted_at=submitted_at)


async def stored(database: Database, job: Job, clock: Hours | None = None) -> tuple[Jobs, Ledger]:
    """Return the stores with the job and its money in them. Where the job has come further, so has its row."""
    hours = clock or Hours()
    jobs = Jobs(database, hours)
    ledger = Ledger(database, hours)
    async with database.write() as write:
        await jobs.add(write, job)
        await ledger.reserve(write, job.id, job.price, member_id=1, guild_id=4)
    if job.task_id is not None:
        assert await jobs.move(job.id, job.state, task_id=job.task_id, submitted_at=job.submitted_at)
    return jobs, ledger


async def bought(toapis: ToAPIs, ledger: Ledger, job: Job) -> Task:
    """Create a task with the job's money, as a purchase does."""
    reservation = await ledger.reservation(job.id)
    assert reservation is not None
    return await toapis.create(job.order, CATALOGUE.model(job.order.model), [PICTURE_URL], reservation)


async def entries(database: Database, job_id: str) -> list[tuple[str, int]]:
    """Return a job's ledger entries, oldest first: kind and micro-dollars."""
    table = metadata.tables["ledger"]
    query = sa.select(table).where(table.c.job_id == job_id).order_by(table.c.id)
    async with database.read() as read:
        return [(row.kind, row.amount) for row in await read.execute(query)]


async def state_of(jobs: Jobs, job: Job) -> JobState:
    """Return the state of the job's row."""
    row = await jobs.get(job.id)
    assert row is not None
    return row.state
