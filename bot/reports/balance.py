"""The BalanceMonitor: what the key and the account have left at ToAPIs, and for how long. Warns before it is empty."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import Fact, ToAPIsError
from bot.key_value import KeyValueStore
from bot.money import Micros, dollars
from bot.reports.usage import Reports
from bot.toapis.client import ToAPIs

PAST: Final = 7
"""Days of spending from which is estimated how long the money lasts."""

EVERY: Final = 3600.0
"""Seconds between two checks."""

WARN_EVERY: Final = 24 * 3600.0
"""Seconds between two warnings, as long as nobody adds money. Kept through restarts."""

_WARNED: Final = "purse-warned"

Tell = Callable[[str, Mapping[str, Fact]], Awaitable[None]]
"""Tells the operators a sentence, by its key and facts: ``Courier.tell_operators``."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Balance:
    """``key`` and ``account``: what each has left, None where it is unlimited; ``spent`` in the last ``PAST`` days."""

    key: Micros | None
    account: Micros | None
    spent: Micros

    @property
    def left(self) -> Micros | None:
        """Return what can be spent, the smaller of the two, or None where it is unlimited."""
        limits = [limit for limit in (self.key, self.account) if limit is not None]
        return min(limits) if limits else None

    @property
    def days(self) -> float | None:
        """Return for how many days it lasts at that spending, or None where nothing was spent or it is unlimited."""
        if self.left is None:
            return None
        if self.left == 0:
            return 0.0
        return self.left * PAST / self.spent if self.spent else None


class BalanceMonitor:
    """``warn_days``: the operators are told when the money lasts for less."""

    def __init__(
        self,
        *,
        toapis: ToAPIs,
        reports: Reports,
        key_values: KeyValueStore,
        warn_days: float,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._toapis = toapis
        self._reports = reports
        self._key_values = key_values
        self._warn_days = warn_days
        self._clock = clock
        self._sleep = sleep
        self.last: Balance | None = None
        """The balance at the last look that succeeded, or None before the first."""

    async def look(self) -> Balance:
        """Read the balance now. Raises ToAPIsError where it can't be read."""
        key = await self._toapis.balance()
        account = await self._toapis.account_balance()
        self.last = Balance(key.left, account.left, await self._reports.spent(PAST))
        return self.last

    async def watch_forever(self, tell: Tell) -> None:
        """Check the balance now and then every hour, until cancelled."""
        while True:
            try:
                await self.warn(tell)
            except ToAPIsError as error:
                _log.warning("the balance can't be read now: %s", error.detail)
            except Exception:  # noqa: BLE001 - whatever it was, nobody's picture may suffer from it
                _log.exception("the check of the balance failed")
            await self._sleep(EVERY)

    async def warn(self, tell: Tell) -> None:
        """Report to the operators when the money runs low: at once, then once a day."""
        funds = await self.look()
        warned = await self._key_values.get(_WARNED)
        if funds.left is None or funds.days is None or funds.days >= self._warn_days:
            if warned is not None and warned["at"]:
                await self._key_values.put(_WARNED, {"at": 0.0})  # filled up: the next time is news again
            return
        now = self._clock()
        if warned is not None and now - warned["at"] < WARN_EVERY:
            return
        left = dollars(funds.left)
        _log.warning("the money at ToAPIs runs low: $%s is left", left)
        await tell("operator-purse", {"left": left, "days": int(funds.days)})
        await self._key_values.put(_WARNED, {"at": now})
