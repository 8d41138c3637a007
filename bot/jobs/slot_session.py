"""The session that holds the lock of a slot on PostgreSQL: it lies in the server, and ends with the process.

The server ends it as well where this process is frozen, or can't be reached any more, for ``LEASE`` seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator
from typing import Any, Final

import psycopg
import sqlalchemy as sa

PATIENCE: Final = 5.0
"""Seconds within which the server must answer."""

LEASE: Final = 12.0
"""Seconds without a word after which the server ends the session, and this process takes the lock for lost."""

_log = logging.getLogger(__name__)


class SlotSession:
    """A session that is opened anew where it broke. ``name`` tells it from those of other processes."""

    def __init__(self, url: str) -> None:
        self._address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.name = f"retouch {secrets.token_hex(8)}"
        """So that a session of ours that the server has not given up yet is not taken for another process's."""
        self._session: psycopg.AsyncConnection[Any] | None = None

    async def ask(self, query: str, *values: object) -> Any:
        """Return the first row, None where there is none. Raises where there is no session, or it broke."""
        if self._session is None:
            raise psycopg.OperationalError("there is no session")
        cursor = await self._session.execute(query.encode(), values or None)
        return await cursor.fetchone() if cursor.description is not None else None

    async def ask_all(self, query: str, *values: object) -> list[Any]:
        """Return all rows. Raises as ``ask`` does."""
        if self._session is None:
            raise psycopg.OperationalError("there is no session")
        return await (await self._session.execute(query.encode(), values or None)).fetchall()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Join what is asked within to a transaction. Where it fails the session is dropped, which ends it as well."""
        async with self.within_patience():
            await self.ask("BEGIN")
            yield
            await self.ask("COMMIT")

    @contextlib.asynccontextmanager
    async def within_patience(self, *, reopen: bool = False) -> AsyncIterator[None]:
        """Limit the time of what is asked within. Raises SessionBroke where the session broke, and drops it.

        ``reopen``: open a session first where there is none.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                if reopen and self._session is None:
                    self._session = await self._connect()
                yield
        except (psycopg.Error, TimeoutError, OSError) as error:
            _log.info("the lock's session can't be had: %s", type(error).__name__)
            await self.drop()
            raise SessionBroke from error

    async def drop(self) -> None:
        """End the session, and with it every lock that it holds. Waits for no answer of the server."""
        session = self._session
        self._session = None
        if session is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await session.close()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        session = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            application_name=self.name,
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
            ("idle_in_transaction_session_timeout", f"'{int(PATIENCE)}s'"),
        ):
            await session.execute(f"SET {name} = {value}".encode())
        with contextlib.suppress(psycopg.errors.UndefinedObject):  # before PostgreSQL 14
            await session.execute(f"SET idle_session_timeout = '{lasts}s'".encode())
        return session


class SessionBroke(Exception):
    """The session broke, or there is none: whether the lock is held is not known."""
