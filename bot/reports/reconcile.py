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
class Reconciliation:
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
        for difference in self.differences:
            words = phrases.say(locale, f"reconcile-{difference.key}", difference.facts)
            said.append(f"job {difference.job_id}: {words}" if difference.job_id else words)
        return [*said, phrases.say(locale, "reconcile-end", {"count": len(self.differences)})]


class Reconcile:
    """Compares the books. Each ``key`` has a snapshot of its own, under a hash that does not reveal it."""

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

    async def look(self) -> Reconciliation:
        """Compare jobs, ledger and ToAPIs. Stores what the key has used by now, for the next time."""
        try:
            used: int | None = (await self._toapis.balance()).credits_used * CREDIT
        except ToAPIsError:
            used = None
        now = self._clock()
        before = await self._key_values.get(self._fact)
        async with self._database.snapshot() as read:  # after the balance: what is bought meanwhile is open here
            differences = await contradictions(read, now)
            added = await sums(read)
            sample = await newest(read, SAMPLE)
            closed = await since(read, before["at"]) if before is not None else None
        if used is None:
            return Reconciliation(tuple(differences), added, "silent", None, 0)
        await self._key_values.put(self._fact, {"at": now, "used": used})
        billed, asked = await self._billed(sample)
        if closed is None:
            return Reconciliation((*differences, *billed), added, "first", None, asked)
        differences += _spending(used - before["used"], closed)
        return Reconciliation((*differences, *billed), added, "since", before["at"], asked)

    async def _billed(self, sample: Sequence[Bought]) -> tuple[list[Difference], int]:
        """Return the differences in the newest bills, and how many bills could be read.

        An unknown task proves nothing.
        """
        differences = []
        asked = 0
        for bought in sample:
            try:
                bill_cost = _bill(await self._toapis.status(bought.task_id))
            except (KeyRefused, RateLimited, ToAPIsUnavailable):
                break  # the next would fare no better
            except ToAPIsError:
                continue
            if bill_cost is None:
                continue
            asked += 1
            if bill_cost != bought.cost:
                differences.append(
                    Difference("bill", bought.job_id, {"told": dollars(bill_cost), "cost": dollars(bought.cost)})
                )
        return differences, asked


def _bill(task: Task) -> Micros | None:
    """Return what ToAPIs says a task cost, or None where it does not say, or not yet."""
    bill = task.billing if isinstance(task, Painted | Failed) else None
    if bill is None:
        return Micros(0) if isinstance(task, Failed) else None
    if bill.state == "refunded":
        return Micros(0)
    return bill.cost if bill.state == "settled" else None


def _spending(used: int, closed: Since) -> list[Difference]:
    """Compare what the key used with what was closed meanwhile. What is held now may be charged already, or not."""
    least = closed.cost - closed.freed - CREDIT
    most = closed.cost + closed.late + closed.held + CREDIT
    if least <= used <= most:
        return []
    facts: dict[str, Fact] = {
        "told": _signed(used),
        "ours": dollars(Micros(closed.cost + closed.late)),
        "held": dollars(closed.held),
        "gap": dollars(Micros(used - most if used > most else least - used)),
    }
    return [Difference("used-more" if used > most else "used-less", None, facts)]


def _signed(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}${dollars(Micros(abs(amount)))}"
