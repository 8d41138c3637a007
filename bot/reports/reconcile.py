"""Reconcile: do jobs, ledger and ToAPIs agree? Reports what differs, and changes nothing of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.database import Database
from bot.errors import Fact, KeyRefused, RateLimited, ToAPIsError, ToAPIsUnavailable
from bot.i18n import FALLBACK, Phrases
from bot.key_value import KeyValueStore
from bot.money import Micros, dollars
from bot.reports.consistency import Bought, Difference, Since, Sums, contradictions, newest, since, sums
from bot.toapis.client import ToAPIs
from bot.toapis.tasks import CREDITS_PER_DOLLAR, Failed, Painted, Task

SAMPLE: Final = 10
"""Tasks that are asked for their bill: each is a call."""

CREDIT: Final = 1_000_000 // CREDITS_PER_DOLLAR
"""Micro-dollars. ``credits_used`` is read as a whole number, so it may be off by one."""


@dataclass(frozen=True, slots=True)
class Audit:
    """``spending``: ``reconcile-toapis-<spending>`` says what is known of the key. ``since`` in Unix seconds.

    ``asked``: tasks whose bill could be read.
    """

    differences: tuple[Difference, ...]
    sums: Sums
    spending: str
    since: float | None
    asked: int

    @property
    def is_whole(self) -> bool:
        """Return whether ToAPIs could be asked, too."""
        return self.spending != "silent"

    def lines(self, phrases: Phrases, locale: str = FALLBACK) -> list[str]:
        """Return in plain words the sums, what ToAPIs was asked, and a line for each difference."""
        money = {name: dollars(getattr(self.sums, name)) for name in Sums.__slots__}
        moment = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.since)) if self.since is not None else ""
        said = [
            phrases.say(locale, "reconcile-sums", money),
            phrases.say(locale, f"reconcile-toapis-{self.spending}", {"since": moment, "count": self.asked}),
        ]
        for one in self.differences:
            words = phrases.say(locale, f"reconcile-{one.key}", one.facts)
            said.append(f"job {one.job_id}: {words}" if one.job_id else words)
        return [*said, phrases.say(locale, "reconcile-end", {"count": len(self.differences)})]


class Reconcile:
    """``key`` is told from others by a mark that does not give it away: each has a snapshot of its own."""

    def __init__(
        self,
        *,
        database: Database,
        toapis: ToAPIs,
        key_values: KeyValueStore,
        key: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._toapis = toapis
        self._key_values = key_values
        self._fact = "reconciled:" + hashlib.sha256(key.encode()).hexdigest()[:12]
        self._clock = clock

    async def look(self) -> Audit:
        """Compare jobs, ledger and ToAPIs. Stores what the key has used by now, for the next time."""
        try:
            used: int | None = (await self._toapis.balance()).credits_used * CREDIT
        except ToAPIsError:
            used = None
        now, before = self._clock(), await self._key_values.get(self._fact)
        async with self._database.snapshot() as read:  # after the balance: what is bought meanwhile is open here
            found, added, sample = await contradictions(read, now), await sums(read), await newest(read, SAMPLE)
            closed = await since(read, before["at"]) if before is not None else None
        if used is None:
            return Audit(tuple(found), added, "silent", None, 0)
        await self._key_values.put(self._fact, {"at": now, "used": used})
        billed, asked = await self._billed(sample)
        if closed is None:
            return Audit((*found, *billed), added, "first", None, asked)
        found += _spending(used - before["used"], closed)
        return Audit((*found, *billed), added, "since", before["at"], asked)

    async def _billed(self, sample: Sequence[Bought]) -> tuple[list[Difference], int]:
        """Return the differences in the newest bills, and how many bills could be read.

        An unknown task proves nothing.
        """
        found, asked = [], 0
        for one in sample:
            try:
                told = _bill(await self._toapis.status(one.task_id))
            except (KeyRefused, RateLimited, ToAPIsUnavailable):
                break  # the next would fare no better
            except ToAPIsError:
                continue
            if told is None:
                continue
            asked += 1
            if told != one.cost:
                found.append(Difference("bill", one.job_id, {"told": dollars(told), "cost": dollars(one.cost)}))
        return found, asked


def _bill(task: Task) -> Micros | None:
    """Return what ToAPIs says a task cost, or None where it does not say, or not yet."""
    bill = task.billing if isinstance(task, Painted | Failed) else None
    if bill is None:
        return Micros(0) if isinstance(task, Failed) else None
    return Micros(0) if bill.state == "refunded" else bill.cost if bill.state == "settled" else None


def _spending(told: int, closed: Since) -> list[Difference]:
    """Compare what the key used with what was closed meanwhile. What is held now may be charged already, or not."""
    least, most = closed.cost - closed.freed - CREDIT, closed.cost + closed.late + closed.held + CREDIT
    if least <= told <= most:
        return []
    facts: dict[str, Fact] = {
        "told": _signed(told),
        "ours": dollars(Micros(closed.cost + closed.late)),
        "held": dollars(closed.held),
        "gap": dollars(Micros(told - most if told > most else least - told)),
    }
    return [Difference("used-more" if told > most else "used-less", None, facts)]


def _signed(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}${dollars(Micros(abs(amount)))}"
