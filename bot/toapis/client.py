"""The client of ToAPIs: its calls are paced and repeated where safe; each answer becomes a value or one error."""

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
from bot.toapis.error_text import blames_callback, says_twice
from bot.toapis.rate_limit import TIERS, Allowance, Bucket, Tier, first
from bot.toapis.responses import Answer, rate_limit
from bot.toapis.retry import TABLE, Again, CallbackRefused, Patience, Verb, classify, pause
from bot.toapis.tasks import Balance, Download, Task, Upload
from bot.toapis.transport import BeforePaid, Exchange, Timeouts, clean_base_url
from bot.toapis.url_guard import loopback_of
from bot.toapis.wire import create_body, read_balance, read_found, read_models, read_task, read_upload

BASE_URL: Final = "https://toapis.com"
USER_AGENT: Final = "Retouch/0.1 (Discord bot)"
"""ToAPIs' edge answers 403 to some libraries' default names, so every call and every download sends ours."""
UPLOAD_LIMIT: Final = 10_000_000
"""Bytes. The documents say "10 MB", in which of the two units is open: this is within both.
https://docs.toapis.com/docs/en/api-reference/uploads/images"""

_PARALLEL_UPLOADS: Final = 4
_TASKS: Final = "/v1/images/generations"
_T = TypeVar("_T")


class Sendable(Protocol):
    """The attributes of a checked picture that an upload needs."""

    @property
    def data(self) -> bytes: ...

    @property
    def mime(self) -> str: ...

    @property
    def filename(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a call. The defaults are for production; tests pass smaller ones."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: Patience = field(default_factory=Patience)
    download: DownloadLimits = field(default_factory=DownloadLimits)


async def _always() -> None:
    """Allow every create."""


class ToAPIs:
    """ToAPIs as one key sees it, built with ``open``. Every method returns a value or raises a ToAPIsError."""

    def __init__(
        self, exchange: Exchange, downloader: Downloader, tier: Tier, patience: Patience, among: int = 1
    ) -> None:
        self._exchange = exchange
        self._downloader = downloader
        self._tier: Final[Tier] = tier
        self._patience = patience
        self._among = among
        self._submit = Bucket(TIERS[tier].submit.shared(among))
        self._query = Bucket(TIERS[tier].query.shared(among))
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
        among: int = 1,
        before_paid: BeforePaid | None = None,
    ) -> AsyncIterator[ToAPIs]:
        """Open the sessions, and close them at the end. Raise ValueError, in words, for an unusable ``base_url``.

        ``among`` so many processes what the tier allows is shared evenly. ``before_paid`` is awaited at the last moment
        before a create is sent.
        """
        base = clean_base_url(base_url)
        limits = limits or Limits()
        async with (
            Exchange.open(base, key, user_agent, limits.timeouts, before_paid) as exchange,
            Downloader.open(user_agent=user_agent, loopback=loopback_of(base), limits=limits.download) as downloader,
        ):
            yield cls(exchange, downloader, tier, limits.patience, among)

    @property
    def answered_at(self) -> float | None:
        """Return when ToAPIs last answered anything, an error or not (Unix seconds). None: not since the start."""
        return self._exchange.answered_at

    def for_key(self, key: str) -> ToAPIs:
        """Build a client for another key: with its own pace, over the same connections. It ends with this one."""
        return ToAPIs(self._exchange.for_key(key), self._downloader, self._tier, self._patience, self._among)

    async def upload(self, picture: Sendable) -> Upload:
        """Upload a picture so that ToAPIs can read it. Free, so it is repeated after any failure that may pass."""
        if len(picture.data) > UPLOAD_LIMIT:
            raise OrderRejected(f"{len(picture.data)} bytes are more than an upload may have")

        # A line break in a name would be a second header; aiohttp raises ValueError for it.
        name = "".join(character for character in picture.filename if character.isprintable()) or "picture"

        async def once() -> Upload:
            form = aiohttp.FormData()
            # A file object, since aiohttp warns about large plain bytes. The type was found by reading the bytes.
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
        callback_url: str | None = None,
    ) -> Task:
        """Submit the order, which costs money. ``urls`` are the uploads'; the job's id becomes the task's business id.

        ToAPIs sends a webhook to ``callback_url`` when the task has ended; None: to the key's own address, if it has
        any. Raise CallbackRefused where nothing but this address was refused.

        ``permit`` is awaited right before each request, after the pacing. If it raises, nothing is sent.

        Raise CreateLost if ToAPIs may have made a task that we do not know of: then ``find`` is the only right next
        step. Any other error means that no task was made and nothing was charged.
        """
        body = create_body(order, model, urls, reservation.job_id, callback_url)

        async def once() -> Task:
            await self._submit.turn()
            await permit()
            answer = await self._exchange.buy(_TASKS, body)
            _learn(self._submit, TIERS[self._tier].submit, answer)
            with _pausing_on_429(self._submit, self._patience):
                return _created(answer, has_callback=callback_url is not None)

        try:
            return await self._repeat(Verb.CREATE, once)
        except ToAPIsError as error:
            if TABLE[Verb.CREATE][classify(error)] is not Again.LOOK_UP:
                raise
            raise CreateLost(error.detail, request_id=error.request_id) from error

    async def status(self, task_id: str, worth: Callable[[], float] = first) -> Task:
        """Get a task's state. A failed task is a value; raise NotFound only after a few tries.

        Where more is asked than ToAPIs allows, the question whose answer is ``worth`` most goes first.
        """
        return await self._look(Verb.STATUS, task_id, partial(read_task, requested_id=task_id), worth)

    async def find(self, business_id: str) -> Task | None:
        """Find the task that a lost create may have made. Return None if ToAPIs knows none with this id now."""
        return await self._look(Verb.FIND, business_id, partial(read_found, business_id=business_id))

    async def download(self, url: str, share: Share, until: float | None = None) -> Download:
        """Download a painted picture, without the key. ``share`` then holds its bytes, and room for a smaller copy.

        ``until`` is when ToAPIs stops serving the picture (Unix seconds), if it said so. Raise ResultExpired if that
        time is over, and ResultGone if the picture can't be downloaded for another reason.
        """
        portion: Portion | None = await share.portion(self._downloader.most)  # this wait is not part of an attempt

        async def once() -> Download:
            nonlocal portion
            attempt_portion = portion or await share.portion(self._downloader.most)
            portion = None
            try:
                return await self._downloader.fetch(url, attempt_portion, until)
            except BaseException:
                attempt_portion.shrink(0)  # others may use the memory until the next attempt
                raise

        return await self._repeat(Verb.DOWNLOAD, once)

    async def balance(self) -> Balance:
        """Get the balance that this key may still spend."""
        return await self._get(Verb.BALANCE, "/v1/balance", read_balance)

    async def account_balance(self) -> Balance:
        """Get the balance of the account behind the key. A capped key can be empty while its account is not."""
        return await self._get(Verb.BALANCE, "/v1/user/balance", read_balance)

    async def models(self) -> frozenset[str]:
        """Get the ids of the image models that this key may use now. Without the type, ToAPIs lists none."""
        return await self._get(Verb.MODELS, "/v1/models?type=image", read_models)

    async def _get(self, verb: Verb, path: str, read: Callable[[Answer], _T]) -> _T:
        async def once() -> _T:
            return read(await self._exchange.get(path))

        return await self._repeat(verb, once)

    async def _look(
        self, verb: Verb, task: str, read: Callable[[Answer], _T], worth: Callable[[], float] = first
    ) -> _T:
        async def once() -> _T:
            await self._query.turn(worth)
            answer = await self._exchange.get(f"{_TASKS}/{quote(task, safe='')}")
            _learn(self._query, TIERS[self._tier].query, answer)
            with _pausing_on_429(self._query, self._patience):
                return read(answer)

        return await self._repeat(verb, once)

    async def _repeat(self, verb: Verb, once: Callable[[], Awaitable[_T]]) -> _T:
        """Call ``once``, and repeat it if the table says so.

        stamina logs the arguments of a retried function, so ``once`` takes none: no key or prompt gets into the log.
        """
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


def _learn(bucket: Bucket, tiers: Allowance, answer: Answer) -> None:
    """Learn from an answer what ToAPIs allows in a minute: an account may be in another tier than the settings say."""
    if (limit := rate_limit(answer)) is not None:
        bucket.learn(limit / tiers.per_minute)


@contextmanager
def _pausing_on_429(bucket: Bucket, patience: Patience) -> Iterator[None]:
    """Stop the bucket for a while after a 429: it holds back all calls of the same bucket, not only this one."""
    try:
        yield
    except RateLimited as error:
        seconds = patience.unsaid_retry_after if error.retry_after is None else error.retry_after
        bucket.pause(min(seconds, patience.longest_retry_after))
        raise


def _created(answer: Answer, *, has_callback: bool) -> Task:
    """Read the task from a create's answer. Raise ToAPIsUnavailable if the answer leaves open whether there is one."""
    try:
        return read_task(answer)
    except NotFound as error:
        # "No such task" can't answer a create: the address or the model does not exist. No task was made.
        raise OrderRejected(error.detail, request_id=error.request_id) from error
    except OrderRejected as error:
        if says_twice(error.detail):
            raise ToAPIsUnavailable(error.detail, request_id=error.request_id) from error
        is_clear = answer.status == 400 and answer.body.lstrip().startswith(b"{")  # and no page of a proxy
        if has_callback and is_clear and blames_callback(error.detail):
            raise CallbackRefused(error.detail, request_id=error.request_id) from error
        raise
