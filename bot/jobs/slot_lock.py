"""The lock of a Slot on PostgreSQL: held by a session of its own, as long as this process runs and is reachable.

A process takes any slot that is free; where none is, it is a spare and goes on trying. All that work on a database at
the same time agree on SLOTS and on the number of the gateway's shards: a process that differs waits until the others
have ended. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Literal

from bot.jobs.slot import NEXT_FENCE, Slot
from bot.jobs.slot_session import LEASE, SessionBroke, SlotSession

LOCK: Final = 20261130
"""The first half of the advisory lock's name; the other is the slot."""

AGREEING: Final = 20261202
"""The number of the lock under which one process at a time compares SLOTS and the shards with those that run."""

PING: Final = 2.0
"""Seconds between two checks that the session is open and holds the lock."""

POLL: Final = 0.5
"""Seconds between two tries while other processes have all slots."""

LONGEST_PAUSE: Final = 10.0
"""Seconds between two tries to reach a server that is away, or to find those gone that run with another SLOTS."""

FRESH: Final = 5.0
"""Seconds. An answer that took longer tells nothing of now: this process may have been frozen meanwhile."""

_HOLDER: Final = """
    SELECT activity.pid, activity.application_name, activity.backend_start
    FROM pg_locks AS lock JOIN pg_stat_activity AS activity USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.classid = %s AND lock.objid = %s AND lock.granted
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_OTHERS: Final = """
    SELECT coalesce(slots.slots_in_all, 1), slots.shards
    FROM pg_locks AS lock JOIN slots ON slots.slot = lock.objid::bigint
    WHERE lock.locktype = 'advisory' AND lock.classid = %s AND lock.granted AND lock.pid <> pg_backend_pid()
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""What SLOTS and the number of shards are for the processes that have the other slots."""

# Slots that there are no more, where SLOTS became smaller: what is open there goes to those that are left, and whoever
# held them and was frozen since is fenced off.
_REHOME: Final = (
    "UPDATE slots SET fence = fence + 1 WHERE slot >= %s",
    "UPDATE workflows SET slot = slot %% {slots} WHERE slot >= %s AND ended_at IS NULL",
    "UPDATE jobs SET slot = slot %% {slots} WHERE slot >= %s AND (state IN ('accepted', 'submitted', 'painted', "
    "'unknown') OR id IN (SELECT job_id FROM ledger WHERE held IS NOT NULL))",
)

Met = Literal["mine", "taken", "away", "differs"]
"""The outcome of a try: a lock is ours now; other processes have all; the server can't be reached; others that run have
another SLOTS."""

_log = logging.getLogger(__name__)


class SlotLock:
    """``take`` comes before anything else; ``kept`` holds the lock meanwhile; ``close`` comes last."""

    def __init__(self, url: str, slot: Slot) -> None:
        self._session = SlotSession(url)
        self._slot = slot
        self._shards: int | None = None
        self._told: set[Met] = set()
        slot.ask = self._is_current
        slot.agree_on_shards = self.agree_on_shards
        slot.doubt()

    async def take(self, prepare: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the lock of a slot is ours, and log once why it takes so long.

        ``prepare`` migrates the tables before they are used, and returns False where the server went away meanwhile.
        """
        pause = POLL
        while True:
            met = await self._try(range(self._slot.in_all))
            if met == "mine":
                met = await self._number() if await prepare() else "away"
            if met == "mine":
                self._slot.doubted.clear()
                return
            if met in ("taken", "differs") and met not in self._told:
                self._told.add(met)
                _log.warning(self._why_waiting(met).format(holder=await self._holder()))
            if met == "away":
                await self._session.drop()  # else the next try might take a second slot besides
            pause = POLL if met == "taken" else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    def _why_waiting(self, met: Met) -> str:
        if met == "differs":
            return (
                "waiting for the Retouch processes on this database that run with another SLOTS than "
                f"{self._slot.in_all} to end: all have to agree on it. This one starts by itself then"
            )
        if self._slot.in_all > 1:
            return (
                f"waiting as a spare: each of the {self._slot.in_all} slots has a Retouch process on this database "
                "({holder}). This one takes the first that becomes free"
            )
        return (
            "waiting for another Retouch process on this database ({holder}) to end: two at once could both answer "
            "and buy. This one starts by itself then"
        )

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Look after the lock meanwhile. Where it was lost it is taken again; sets ``slot.gone`` where it can't be."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        """Give the lock up."""
        await self._session.drop()

    async def agree_on_shards(self, wanted: int) -> int:
        """Return the number of shards that the processes of all slots connect with: ``wanted``, if none runs yet.

        Waits while the server is away.
        """
        while True:
            await self._slot.mine()
            with contextlib.suppress(SessionBroke):
                async with self._session.transaction():
                    await self._session.ask("SELECT pg_advisory_xact_lock(%s)", AGREEING)
                    others = await self._session.ask_all(_OTHERS, LOCK)
                    shards = next((int(of_other) for _, of_other in others if of_other is not None), wanted)
                    await self._session.ask("UPDATE slots SET shards = %s WHERE slot = %s", shards, self._slot.number)
                self._shards = shards
                return shards
            self._slot.doubt()

    async def _keep(self) -> None:
        while not self._slot.gone.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._slot.doubted.wait(), PING)
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - whatever it was, who gave up looking would never buy again
                _log.exception("the look at the lock broke off")
                self._slot.doubt()

    async def _look(self) -> None:
        doubted = self._slot.doubted.is_set()
        self._slot.doubted.clear()
        if not await self._holds() or (doubted and await self._number() != "mine"):
            await self._take_again()

    async def _take_again(self) -> None:
        """Hold everything back after the session broke, until it is known whether another process has the lock."""
        self._slot.doubt()
        _log.warning("the lock on the database was lost: nothing is bought or delivered until it is held again")
        pause = 0.1
        while (met := await self._try([self._slot.number])) not in ("taken", "differs"):
            if met == "mine":
                met = await self._number()
            if met == "mine":
                self._slot.doubted.clear()
                _log.warning("the lock on the database is held again: going on")
                return
            if met == "differs":
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        _log.warning("another Retouch process has taken over (%s): standing by", await self._holder())
        self._slot.gone.set()

    async def _try(self, slots: range | list[int]) -> Met:
        """Take the lock of the first of these slots that is free, over the open session or over a new one."""
        try:
            async with self._session.within_patience(reopen=True):
                for number in slots:
                    if await self._is_locked(number):
                        self._slot.number = number
                        return "mine"
        except SessionBroke:
            return "away"
        return "taken"

    async def _is_locked(self, number: int) -> bool:
        if (await self._session.ask("SELECT pg_try_advisory_lock(%s, %s)", LOCK, number))[0]:
            return True
        pid, name, _ = await self._session.ask(_HOLDER, LOCK, number) or (None, None, None)
        if name == self._session.name:  # our own last session: the server has not noticed its end
            await self._session.ask("SELECT pg_terminate_backend(%s)", pid)
        return False

    async def _number(self) -> Met:
        """Take the next number, which fences others off, unless processes run that have another SLOTS or shards."""
        slot = self._slot
        values = {"number": slot.number, "of": slot.in_all, "shards": self._shards}
        began = time.monotonic()
        try:
            async with self._session.transaction():
                await self._session.ask("SELECT pg_advisory_xact_lock(%s)", AGREEING)
                (fence,) = await self._session.ask(_filled(NEXT_FENCE, values))
                others = await self._session.ask_all(_OTHERS, LOCK)
                differs = any(self._differs(slots, shards) for slots, shards in others)
                for statement in () if differs else _REHOME:
                    await self._session.ask(statement.format(slots=slot.in_all), slot.in_all)
            if differs:
                async with self._session.within_patience():
                    await self._session.ask("SELECT pg_advisory_unlock(%s, %s)", LOCK, slot.number)
                return "differs"
        except SessionBroke:
            return "away"
        slot.renew(began + LEASE)
        slot.take(fence)
        return "mine"

    def _differs(self, slots: int, shards: int | None) -> bool:
        """Return whether another process works with another SLOTS or, as far as both have decided, other shards."""
        other_shards = None not in (shards, self._shards) and shards != self._shards
        return slots != self._slot.in_all or other_shards

    async def _holds(self) -> bool:
        """Check with the server whether this very session has the lock: a pooler may have switched it."""
        began = time.monotonic()
        try:
            async with self._session.within_patience():
                holder = await self._session.ask(_HOLDER, LOCK, self._slot.number)
                (mine,) = await self._session.ask("SELECT pg_backend_pid()")
        except SessionBroke:
            return False
        if not holder or holder[0] != mine:
            await self._session.drop()
            return False
        self._slot.renew(began + LEASE)
        return True

    async def _is_current(self) -> bool:
        """Return whether the server says, over the session that holds the lock, that no later number was taken."""
        began = time.monotonic()
        fence = self._slot.fence
        try:
            async with self._session.within_patience():
                row = await self._session.ask("SELECT fence FROM slots WHERE slot = %s", self._slot.number)
        except SessionBroke:
            return False
        is_fresh = time.monotonic() - began < FRESH
        return is_fresh and fence is not None and row is not None and row[0] == fence.number

    async def _holder(self) -> str:
        """Describe the process that has the slot, as far as the server tells."""
        holder = None
        with contextlib.suppress(SessionBroke):
            async with self._session.within_patience():
                holder = await self._session.ask(_HOLDER, LOCK, self._slot.number)
        return f"running since {holder[2]:%Y-%m-%d %H:%M:%S %Z}" if holder and holder[2] else "its start is not known"


def _filled(statement: str, values: dict[str, int | None]) -> str:
    """Return a statement with numbers of ours in place of its named parameters."""
    for name, value in values.items():
        statement = statement.replace(f":{name}", "NULL" if value is None else str(value))
    return statement
