"""The lock of the Slot on PostgreSQL: held by a session of its own, as long as this process runs and is reachable.

It lies in the server, so that it ends with the process, whatever way that goes. The server ends it as well where this
process is frozen, or can't be reached any more, for ``LEASE`` seconds.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

import psycopg
import sqlalchemy as sa

from bot.jobs.slot import NEXT_FENCE, SLOT, Slot

LOCK: Final = 20261130
"""The first half of the advisory lock's name; the other is the slot."""

PING: Final = 2.0
"""Seconds between two checks that the session is open and holds the lock."""

POLL: Final = 0.5
"""Seconds between two tries while another process has it."""

PATIENCE: Final = 5.0
"""Seconds within which the server must answer."""

LEASE: Final = 15.0
"""Seconds without a word after which the server ends the session, and this process takes the lock for lost."""

LONGEST_PAUSE: Final = 10.0
"""Seconds between two tries to reach a server that is away."""

_HOLDER: Final = """
    SELECT activity.pid, activity.application_name, activity.backend_start
    FROM pg_locks AS lock JOIN pg_stat_activity AS activity USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.classid = %s AND lock.objid = %s AND lock.granted
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

Met = Literal["mine", "taken", "away"]
"""The outcome of a try: the lock is ours now; another process has it; the server can't be reached."""

_log = logging.getLogger(__name__)


class SlotLock:
    """The lock's session. ``take`` comes before anything else; ``kept`` holds it meanwhile; ``close`` comes last."""

    def __init__(self, url: str, slot: Slot) -> None:
        self._address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._slot = slot
        self._name = f"retouch {secrets.token_hex(8)}"
        """Of the session, so that one of ours that the server has not given up yet is not taken for another process."""
        self._session: psycopg.AsyncConnection[Any] | None = None
        self._told = False
        slot.doubt()

    async def take(self, prepare: Callable[[], Awaitable[bool]]) -> None:
        """Wait until the lock is ours, and log once why it takes so long.

        ``prepare`` migrates the tables before they are used, and returns False where the server went away meanwhile.
        """
        pause = POLL
        while True:
            met = await self._try()
            if met == "mine" and await prepare() and await self._number():
                self._slot.doubted.clear()
                return
            if met == "taken" and not self._told:
                self._told = True
                _log.warning(
                    "waiting for another Retouch process on this database (%s) to end: two at once could both answer "
                    "and buy. This one starts by itself then",
                    await self._holder(),
                )
            pause = POLL if met == "taken" else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

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
        session = self._session
        self._session = None
        if session is not None:
            with contextlib.suppress(psycopg.Error):
                await session.close()

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
        if not await self._holds() or (doubted and not await self._number()):
            await self._take_again()

    async def _take_again(self) -> None:
        """Hold everything back after the session broke, until it is known whether another process has the lock."""
        self._slot.doubt()
        _log.warning("the lock on the database was lost: nothing is bought or delivered until it is held again")
        pause = 0.1
        while (met := await self._try()) != "taken":
            if met == "mine" and await self._number():
                self._slot.doubted.clear()
                _log.warning("the lock on the database is held again: going on")
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        _log.warning("another Retouch process has taken over (%s): standing by", await self._holder())
        self._slot.gone.set()

    async def _try(self) -> Met:
        """Take the lock over the open session, or over a new one."""
        try:
            async with asyncio.timeout(PATIENCE):
                if self._session is None:
                    self._session = await self._connect()
                if await self._is_locked():
                    return "mine"
        except (psycopg.Error, TimeoutError, OSError) as error:
            _log.info("the lock's session can't be had: %s", type(error).__name__)
            await self._drop()
            return "away"
        return "taken"

    async def _is_locked(self) -> bool:
        if (await self._ask("SELECT pg_try_advisory_lock(%s, %s)", LOCK, SLOT))[0]:
            return True
        pid, name, _ = await self._ask(_HOLDER, LOCK, SLOT) or (None, None, None)
        if name == self._name:  # our own last session: the server has not noticed its end
            await self._ask("SELECT pg_terminate_backend(%s)", pid)
        return False

    async def _number(self) -> bool:
        """Take the next number, which fences others off. Return False where the session broke."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                (fence,) = await self._ask(NEXT_FENCE)
        except (psycopg.Error, TimeoutError, OSError):
            await self._drop()
            return False
        self._slot.renew(began + LEASE)
        self._slot.take(fence)
        return True

    async def _holds(self) -> bool:
        """Check with the server whether this very session has the lock: a pooler may have switched it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                if self._session is None:
                    return False
                holder = await self._ask(_HOLDER, LOCK, SLOT)
                (mine,) = await self._ask("SELECT pg_backend_pid()")
        except (psycopg.Error, TimeoutError, OSError) as error:
            _log.info("the lock's session broke: %s", type(error).__name__)
            await self._drop()
            return False
        if not holder or holder[0] != mine:
            await self._drop()
            return False
        self._slot.renew(began + LEASE)
        return True

    async def _holder(self) -> str:
        """Describe the process that has the lock, as far as the server tells."""
        try:
            async with asyncio.timeout(PATIENCE):
                holder = await self._ask(_HOLDER, LOCK, SLOT)
        except (psycopg.Error, TimeoutError, OSError):
            holder = None
        return f"running since {holder[2]:%Y-%m-%d %H:%M:%S %Z}" if holder and holder[2] else "its start is not known"

    async def _ask(self, query: str, *values: object) -> Any:
        """Return the first row, None where there is none."""
        if self._session is None:
            raise psycopg.OperationalError("there is no session")
        cursor = await self._session.execute(query.encode(), values or None)
        return await cursor.fetchone()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        session = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            application_name=self._name,
            prepare_threshold=None,
            connect_timeout=int(PATIENCE),
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=int(LEASE * 1000),
        )
        # A host that vanishes, and a process that is frozen while its system answers for it, lose the lock.
        lasts = int(LEASE)
        for name, value in (
            ("tcp_keepalives_idle", lasts),
            ("tcp_keepalives_interval", 2),
            ("tcp_keepalives_count", 3),
        ):
            await session.execute(f"SET {name} = {value}".encode())
        with contextlib.suppress(psycopg.errors.UndefinedObject):  # before PostgreSQL 14
            await session.execute(f"SET idle_session_timeout = '{lasts}s'".encode())
        return session

    async def _drop(self) -> None:
        """Drop a session whose state is unknown. Closing it sends nothing to the server."""
        session = self._session
        self._session = None
        if session is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await session.close()
