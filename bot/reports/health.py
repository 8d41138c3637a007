"""Health: whether database, engine and ToAPIs answer, and how fast. Of this process alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.database import Database
from bot.errors import KeyRefused, NotAllowed, ToAPIsError, ToAPIsUnavailable
from bot.jobs.engine import Engine
from bot.reports.balance import Balance, BalanceMonitor
from bot.toapis.client import ToAPIs

VERSION: Final = "0.1.0"

PATIENCE: Final = 5.0
"""Seconds after which a part counts as not answering: a waiting member would be gone as well."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """Moments in Unix seconds. ``round_trip``: seconds until the database answered; None: it did not, as the engine.

    ``funds``: what the key has, where it could be read. ``reached``: ToAPIs gave any answer. ``key_refused``: it said
    no to the key. ``answered_at``: when it last answered anything.
    """

    up_since: float
    database: str
    round_trip: float | None
    engine: bool
    reached: bool
    key_refused: bool
    funds: Balance | None
    answered_at: float | None


class Health:
    """``look`` asks all of them anew."""

    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        toapis: ToAPIs,
        balance_monitor: BalanceMonitor,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._database = database
        self._engine = engine
        self._toapis = toapis
        self._balance_monitor = balance_monitor
        self._patience = patience
        self._up_since = clock()

    async def look(self) -> Checkup:
        """Check everything anew. Never raises for what does not answer."""
        funds, trouble = await self._funds()
        return Checkup(
            up_since=self._up_since,
            database=self._database.kind,
            round_trip=await self._round_trip(),
            engine=self._engine.is_running,
            reached=not isinstance(trouble, ToAPIsUnavailable),
            key_refused=isinstance(trouble, KeyRefused | NotAllowed),
            funds=funds,
            answered_at=self._toapis.answered_at,
        )

    async def _round_trip(self) -> float | None:
        try:
            async with asyncio.timeout(self._patience):
                return await self._database.round_trip()
        except Exception:  # noqa: BLE001 - whatever is ill is told on the panel, and hides nothing else there
            return None

    async def _funds(self) -> tuple[Balance | None, ToAPIsError | None]:
        try:
            async with asyncio.timeout(self._patience):
                return await self._balance_monitor.look(), None
        except TimeoutError:
            return None, ToAPIsUnavailable("no answer in time")
        except ToAPIsError as error:
            return None, error
        except Exception:  # noqa: BLE001 - as above
            return None, None  # it was reached: what it is compared with could not be read
