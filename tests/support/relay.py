"""A socket in front of the PostgreSQL server of the tests, which may be cut and mended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import make_url

NAME = ".s.PGSQL.5432"
"""The socket that libpq looks for in a folder: https://www.postgresql.org/docs/current/runtime-config-connection.html"""


class Relay:
    """A relay of connections. ``url`` leads to the database through its socket, which is absent while it is cut."""

    def __init__(self, url: str, folder: Path) -> None:
        target = make_url(url)
        host = target.query["host"]
        assert isinstance(host, str)  # the tests' server listens on one socket
        self._behind = Path(host, NAME)
        self._front = folder / NAME
        self.url = target.set(query={**target.query, "host": str(folder)}).render_as_string(hide_password=False)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str, folder: Path) -> AsyncIterator[Relay]:
        """Serve until the block ends. ``folder`` is empty, and its path short: a socket's has 107 characters."""
        relay = cls(url, folder)
        await relay.mend()
        try:
            yield relay
        finally:
            await relay.cut()

    async def cut(self) -> None:
        """Take the database away: all connections end, and none is accepted. Nothing happens in the database itself."""
        if self._server is None:
            return
        server = self._server
        self._server = None
        server.close()
        self._front.unlink(missing_ok=True)
        for writer in tuple(self._writers):
            writer.transport.abort()
        await self._idle.wait()

    async def mend(self) -> None:
        """Serve the database again."""
        self._server = await asyncio.start_unix_server(self._serve, self._front)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._behind)
        self._writers |= {writer, back}
        self._idle.clear()
        try:
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
        finally:
            for end in (writer, back):
                end.transport.abort()
                self._writers.discard(end)
            if not self._writers:
                self._idle.set()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
