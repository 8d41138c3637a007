"""Accounts: each key's view of ToAPIs. The operator's pays, unless a server has a key of its own.

Trouble with a server's own key stops that server alone, and its managers are told; the operator's never stands in.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from pydantic import SecretStr

from bot import logs
from bot.errors import (
    KeyLocked,
    KeyRefused,
    NotAllowed,
    OutOfCredit,
    OwnKeyEmpty,
    OwnKeyNotAllowed,
    OwnKeyRefused,
    Refused,
    RetouchError,
    ToAPIsError,
)
from bot.guilds.api_keys import ApiKeys, StoredKey
from bot.jobs.courier import Courier
from bot.jobs.job import RUNNING, Job, JobState
from bot.jobs.lookup import PROOF, Lookup
from bot.jobs.table import JOBS
from bot.jobs.webhooks import FACT
from bot.key_value import KeyValueStore
from bot.ledger import CLOSED, is_closing_of
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import Balance

REMEMBERED: Final = 200
"""Servers' accounts. A forgotten account loses its rate, which is found again by ToAPIs' own limits."""

_SHAPE: Final = re.compile(r"sk-[\x21-\x7e]{17,197}")
"""``sk-`` and 48 characters, as documented; nothing that could end a header."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """One key's client, and its look-up with a proof of its own."""

    toapis: ToAPIs
    lookup: Lookup


class Accounts:
    """``toapis`` is the operator's. ``window`` is the look-up's; ``look_on``: seconds for which it is asked at most.

    ``owns`` tells the servers whose managers this process can reach, by their ids.
    """

    def __init__(
        self,
        *,
        toapis: ToAPIs,
        key_values: KeyValueStore,
        api_keys: ApiKeys,
        window: float,
        look_on: float,
        owns: Callable[[int], bool] = lambda _: True,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._toapis = toapis
        self._key_values = key_values
        self._api_keys = api_keys
        self._window = window
        self._look_on = look_on
        self._owns = owns
        self._clock = clock
        self._elapsed = elapsed
        self._sleep = sleep
        self._operators = self._account(toapis, "operator")
        self._servers: OrderedDict[str, Account] = OrderedDict()

    def _account(self, toapis: ToAPIs, name: str) -> Account:
        lookup = Lookup(
            toapis,
            self._key_values,
            name=name,
            window=self._window,
            clock=self._clock,
            elapsed=self._elapsed,
            sleep=self._sleep,
        )
        return Account(toapis, lookup)

    async def of(self, job: Job) -> Account:
        """Return the account that the job was accepted with. Raises KeyLocked."""
        if job.key_id is None:
            return self._operators
        account = self._servers.get(job.key_id)
        if account is None:
            stored_key = await self._api_keys.get(job.key_id)
            if stored_key is None:
                raise KeyLocked(f"the key {job.key_id} is not kept any more")
            client = self._toapis.for_key(self._api_keys.opened(stored_key).get_secret_value())
            account = self._servers.setdefault(job.key_id, self._account(client, job.key_id))
        self._servers.move_to_end(job.key_id)
        while len(self._servers) > REMEMBERED:
            self._servers.popitem(last=False)
        return account

    async def check(self, key: SecretStr) -> Balance:
        """Return what a key may still spend.

        Raises Refused for a malformed or refused key, or if it can't be checked now.
        """
        text = key.get_secret_value()
        if not _SHAPE.fullmatch(text):
            raise Refused("own-key-shape")
        logs.conceal_tried(text)
        try:
            return await self._toapis.for_key(text).balance()
        except (KeyRefused, NotAllowed) as error:
            raise Refused("own-key-refused") from error
        except ToAPIsError as error:
            _log.warning("a server's own key can't be checked now: %s", error.detail)
            raise Refused("own-key-unchecked") from error

    async def blame(self, job: Job, error: RetouchError, courier: Courier) -> RetouchError:
        """Return the error as the job's member should read it. If a server's own key is at fault, notify its managers.

        May be called twice for one error.
        """
        if job.key_id is None or not isinstance(error, KeyRefused | NotAllowed | OutOfCredit):
            return error
        if isinstance(error, OutOfCredit):
            stored_key = await self._api_keys.get(job.key_id)
            if stored_key is not None and await self._api_keys.record_notice(stored_key.id, at_most_daily=True):
                await _tell(courier, stored_key, "own-key-empty")
            return OwnKeyEmpty(error.detail)
        if isinstance(error, NotAllowed) and await self._answers(job):
            return OwnKeyNotAllowed(error.detail)
        await self._api_keys.reject(job.key_id)
        await self._notify_managers(courier)
        return OwnKeyRefused(error.detail)

    async def _answers(self, job: Job) -> bool:
        """Return whether ToAPIs accepts the job's key at all.

        A 403 may be about the model alone; the balance is not.
        """
        try:
            await (await self.of(job)).toapis.balance()
        except (KeyRefused, NotAllowed):
            return False
        except ToAPIsError as error:
            _log.warning("job %s: its key can't be checked now: %s", job.id, error.detail)
        return True

    async def look_after(self, courier: Courier) -> None:
        """Report rejected keys to managers after a crash, and delete the keys that no job needs.

        A chore of recovery.
        """
        await self._notify_managers(courier)
        for key_id in await self._api_keys.clear(needed_keys(self._clock() - self._look_on)):
            self._servers.pop(key_id, None)
            for fact in (PROOF, FACT):
                await self._key_values.forget(fact + key_id, before=self._clock())

    async def _notify_managers(self, courier: Courier) -> None:
        """Send the managers the news, then record it. After a crash in between it is sent again, by the same nonce."""
        for stored_key in filter(lambda key: self._owns(key.guild_id), await self._api_keys.unreported()):
            try:
                await _tell(courier, stored_key, "own-key-stopped")
                await self._api_keys.record_notice(stored_key.id)
            except Exception:  # noqa: BLE001 - repeated in a minute; other servers' managers are notified now
                _log.exception("server %d: its managers can't be told of their key now", stored_key.guild_id)


async def _tell(courier: Courier, stored_key: StoredKey, key: str) -> None:
    facts = {"last_four": stored_key.last_four}
    await courier.tell_managers(stored_key.guild_id, key, facts, otherwise=stored_key.set_by, nonce=stored_key.id)


def needed_keys(looked_for_since: float) -> sa.Select[tuple[str | None]]:
    """Select the ids of the servers' keys that jobs still need.

    A job needs its key until it has ended and its money is closed. A job whose create was lost needs it only while it
    is looked for, which are the jobs that were accepted after ``looked_for_since`` (Unix seconds).
    """
    lost = sa.and_(JOBS.c.state == JobState.UNKNOWN, JOBS.c.created_at > looked_for_since)
    unsettled = sa.and_(JOBS.c.state != JobState.UNKNOWN, CLOSED.c.id.is_(None))
    return (
        sa.select(JOBS.c.key_id)
        .select_from(JOBS.outerjoin(CLOSED, is_closing_of(JOBS.c.id)))
        .where(JOBS.c.key_id.is_not(None), sa.or_(JOBS.c.state.in_(RUNNING), lost, unsettled))
    )
