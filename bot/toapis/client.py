"""The verbs of ToAPIs: paced, repeated where they may be, each answer read into a value or one error."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol, TypeVar
from urllib.parse import quote

import aiohttp
import stamina

from bot.errors import CreateLost, NotFound, OrderRejected, RateLimited, ToAPIsError, ToAPIsUnavailable
from bot.memory import Portion, Share
from bot.money import Reservation
from bot.orders import Order
from bot.toapis.catalogue.model import Model
from bot.toapis.download import Downloader, DownloadLimits
from bot.toapis.error_text import says_twice
from bot.toapis.rate_limit import TIERS, Bucket, Tier
from bot.toapis.responses import Answer
from bot.toapis.retry import TABLE, Again, Patience, Verb, pause, trouble
from bot.toapis.tasks import Balance, Download, Task, Upload
from bot.toapis.transport import Exchange, Timeouts, clean_base_url
from bot.toapis.url_guard import loopback_of
from bot.toapis.wire import create_body, read_balance, read_found, read_models, read_task, read_upload

BASE_URL: Final = "https://toapis.com"
USER_AGENT: Final = "Retouch/0.1 (Discord bot)"
"""ToAPIs' edge answers 403 to some libraries' own names, so every call and every download carries ours."""
UPLOAD_LIMIT: Final = 10_000_000
"""Bytes. "10 MB" is documented without saying which kind: this is within both.
https://docs.toapis.com/docs/en/api-reference/uploads/images"""

_PARALLEL_UPLOADS: Final = 4
_TASKS: Final = "/v1/images/generations"
_T = TypeVar("_T")


class Sendable(Protocol):
    """A checked picture: what an upload needs of it."""

    @property
    def data(self) -> bytes: ...

    @property
    def mime(self) -> str: ...

    @property
    def filename(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number that bounds a call. The defaults are for life; tests hand in smaller ones."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: Patience = field(default_factory=Patience)
    download: DownloadLimits = field(default_factory=DownloadLimits)


async def _always() -> None:
    """Permits everything."""


class ToAPIs:
    """One key's view of ToAPIs, built with ``open``. Every verb returns a value or raises one error of its family."""

    def __init__(self, exchange: Exchange, downloader: Downloader, tier: Tier, patience: Patience) -> None:
        self._exchange = exchange
        self._downloader = downloader
        self._tier: Final[Tier] = tier
        self._patience = patience
        self._submit = Bucket(TIERS[tier].submit)
        self._query = Bucket(TIERS[tier].query)
        self._uploads = asyncio.Semaphore(_PARALLEL_UPLOADS)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *,
        key: str,
        base_url: str = BASE_URL,
        tier: Tier = "default",
        user_agent: str = USER_AGENT,
        limits: Limits | None = None,
    ) -> AsyncIterator[ToAPIs]:
        """Opens the sessions and closes them at the end. Raises ValueError, in words, for an unusable ``base_url``."""
        base, limits = clean_base_url(base_url), limits or Limits()
        async with (
            Exchange.open(base, key, user_agent, limits.timeouts) as exchange,
            Downloader.open(user_agent=user_agent, loopback=loopback_of(base), limits=limits.download) as downloader,
        ):
            yield cls(exchange, downloader, tier, limits.patience)

    @property
    def answered_at(self) -> float | None:
        """When ToAPIs last answered anything, well or not (Unix seconds). None: not since the start."""
        return self._exchange.answered_at

    def for_key(self, key: str) -> ToAPIs:
        """The view of another key: with a pace of its own, over the same connections. It ends with this one."""
        return ToAPIs(self._exchange.for_key(key), self._downloader, self._tier, self._patience)

    async def upload(self, picture: Sendable) -> Upload:
        """Puts a picture where ToAPIs can read it. Free, so it is repeated after any passing trouble."""
        if len(picture.data) > UPLOAD_LIMIT:
            raise OrderRejected(f"{len(picture.data)} bytes are more than an upload may have")

        # A line break in a name would be a second header; aiohttp raises ValueError for it.
        name = "".join(character for character in picture.filename if character.isprintable()) or "picture"

        async def once() -> Upload:
            form = aiohttp.FormData()
            # A file object, since aiohttp warns of large plain bytes; the type is what the bytes were checked to be.
            form.add_field("file", io.BytesIO(picture.data), filename=name, content_type=picture.mime)
            form.add_field("purpose", "generation")
            return read_upload(await self._exchange.upload("/v1/uploads/images", form))

        async with self._uploads:
            return await self._repeat(Verb.UPLOAD, once)

    async def create(
        self,
        order: Order,
        model: Model,
        urls: Sequence[str],
        reservation: Reservation,
        *,
        permit: Callable[[], Awaitable[None]] = _always,
    ) -> Task:
        """Buys the order. ``urls`` are the uploads'; the task carries the job's id as its business id.

        ``permit`` is awaited right before each sending, after the pacing; what it raises is handed on, nothing is sent.

        Raises CreateLost where a task may have been made without our knowing: then ``find`` is the only right next
        step. Any other error says that no task was made and nothing was charged.
        """
        body = create_body(order, model, urls, reservation.job_id)

        async def once() -> Task:
            await self._submit.turn()
            await permit()
            answer = await self._exchange.buy(_TASKS, body)
            with _heeding(self._submit, self._patience):
                return _created(answer)

        try:
            return await self._repeat(Verb.CREATE, once)
        except ToAPIsError as error:
            if TABLE[Verb.CREATE][trouble(error)] is not Again.LOOK_UP:
                raise
            raise CreateLost(error.detail, request_id=error.request_id) from error

    async def status(self, task_id: str) -> Task:
        """How a task is getting on. A failed task is a value; NotFound is raised only after a few tries."""
        return await self._look(Verb.STATUS, task_id, partial(read_task, asked=task_id))

    async def find(self, business_id: str) -> Task | None:
        """The task that a lost create may have made. None: ToAPIs knows none under this id at this moment."""
        return await self._look(Verb.FIND, business_id, partial(read_found, business_id=business_id))

    async def download(self, url: str, share: Share, until: float | None = None) -> Download:
        """Fetch a painted picture's bytes, without the key; ``share`` then holds them, and room for a smaller copy.

        ``until`` is when ToAPIs ceases to hand it out (Unix seconds), where it said so. Raises ResultExpired where that
        is why they can't be had any more, and ResultGone for any other reason.
        """
        portion: Portion | None = await share.portion(self._downloader.most)  # the wait is no time of an attempt

        async def once() -> Download:
            nonlocal portion
            portion, mine = None, portion or await share.portion(self._downloader.most)
            try:
                return await self._downloader.fetch(url, mine, until)
            except BaseException:
                mine.shrink(0)  # whoever waits for the next attempt must not keep others from the memory
                raise

        return await self._repeat(Verb.DOWNLOAD, once)

    async def balance(self) -> Balance:
        """What this key may still spend."""
        return await self._get(Verb.BALANCE, "/v1/balance", read_balance)

    async def account_balance(self) -> Balance:
        """What the account behind the key has. A capped key can be empty while its account is not."""
        return await self._get(Verb.BALANCE, "/v1/user/balance", read_balance)

    async def models(self) -> frozenset[str]:
        """The ids of the image models that this key may use now. Without the type, none would be listed."""
        return await self._get(Verb.MODELS, "/v1/models?type=image", read_models)

    async def _get(self, verb: Verb, path: str, read: Callable[[Answer], _T]) -> _T:
        async def once() -> _T:
            return read(await self._exchange.get(path))

        return await self._repeat(verb, once)

    async def _look(self, verb: Verb, task: str, read: Callable[[Answer], _T]) -> _T:
        async def once() -> _T:
            await self._query.turn()
            answer = await self._exchange.get(f"{_TASKS}/{quote(task, safe='')}")
            with _heeding(self._query, self._patience):
                return read(answer)

        return await self._repeat(verb, once)

    async def _repeat(self, verb: Verb, once: Callable[[], Awaitable[_T]]) -> _T:
        """Does it, and does it again where the table says so. stamina logs what a retried function is called with, so
        ``once`` takes nothing: no key and no prompt can get into the log."""
        patience = self._patience
        async for attempt in stamina.retry_context(
            on=lambda error: pause(verb, error, patience),
            attempts=patience.attempts,
            timeout=patience.total,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.jitter,
        ):
            with attempt:
                return await once()
        raise AssertionError("stamina ends with a value or an error")


@contextmanager
def _heeding(bucket: Bucket, patience: Patience) -> Iterator[None]:
    """A 429 holds back everybody who waits for the same bucket, not only the one who got it."""
    try:
        yield
    except RateLimited as error:
        told = patience.unsaid_retry_after if error.retry_after is None else error.retry_after
        bucket.pause(min(told, patience.longest_retry_after))
        raise


def _created(answer: Answer) -> Task:
    """What a create made. An answer that leaves open whether there is a task now is ToAPIsUnavailable."""
    try:
        return read_task(answer)
    except NotFound as error:
        # "No such task" is no answer to a create: the address or the model is not there. Nothing was made.
        raise OrderRejected(error.detail, request_id=error.request_id) from error
    except OrderRejected as error:
        if says_twice(error.detail):
            raise ToAPIsUnavailable(error.detail, request_id=error.request_id) from error
        raise
