"""A gateway session: its intents, the events that it was sent, and the connection that it has at the moment."""

from __future__ import annotations

import asyncio
import json as jsonlib
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import zstandard
from aiohttp import web

Json = dict[str, Any]

REMEMBERED = 2000
"""The number of events that a session keeps for a RESUME."""
SESSION_TIMED_OUT = 4009


def packer(compression: str | None) -> Callable[[bytes], bytes] | None:
    """Return the transport compression that the query string asked for: one stream for the whole connection.

    https://discord.com/developers/docs/events/gateway#transport-compression
    """
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compression == "zstd-stream":
        squeeze = zstandard.ZstdCompressor().compressobj()
        return lambda data: squeeze.compress(data) + squeeze.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return None


class Connection:
    """A connection's outgoing half. ``send`` never waits; one writer keeps the order."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, compression: str | None
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.silent = False
        """True: nothing goes out any more, as on a connection that has died without anybody noticing."""
        self.ignores_heartbeats = False
        """True: events go out, and no heartbeat is acknowledged."""
        self.compression = compression
        self._deadline: asyncio.TimerHandle | None = None
        self._pack = packer(compression)
        self._outgoing: asyncio.Queue[Json | int] = asyncio.Queue()

    def send(self, payload: Json) -> None:
        if not self.silent:
            self._outgoing.put_nowait(payload)

    def close(self, code: int) -> None:
        """Close once everything before it has gone out."""
        self._outgoing.put_nowait(code)

    def expect_heartbeat(self, within: float) -> None:
        """Close as timed out unless this is called again within so many seconds, or ``rest``."""
        self.rest()
        self._deadline = asyncio.get_running_loop().call_later(within, self.close, SESSION_TIMED_OUT)

    def rest(self) -> None:
        """Expect nothing more."""
        if self._deadline is not None:
            self._deadline.cancel()

    def cut(self) -> None:
        """Break the connection without a goodbye."""
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what was queued until the connection closes."""
        while not self.socket.closed:
            payload = await self._outgoing.get()
            try:
                if isinstance(payload, int):
                    await self.socket.close(code=payload)
                    return
                data = jsonlib.dumps(payload).encode()
                if self._pack is None:
                    await self.socket.send_str(data.decode())
                else:
                    await self.socket.send_bytes(self._pack(data))
            except ConnectionError:
                return  # the other side is gone; the reading half notices too


@dataclass(slots=True, eq=False)
class Session:
    id: str
    shard: int
    shards: int
    intents: int
    connection: Connection | None
    sequence: int = 0
    ready: bool = False
    resumes: int = 0
    presence: Json | None = None
    """The presence shown beside the bot's name, once the bot has set one."""
    past: deque[Json] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def dispatch(self, name: str, data: Json) -> None:
        """Send it an event; without a connection it is kept for a RESUME."""
        self.sequence += 1
        payload = {"op": 0, "t": name, "s": self.sequence, "d": data}
        self.past.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def can_resume_from(self, sequence: int) -> bool:
        """Return whether everything after ``sequence`` is still remembered."""
        oldest = self.past[0]["s"] if self.past else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence

    def replay(self, sequence: int) -> None:
        for payload in list(self.past):
            if payload["s"] > sequence and self.connection is not None:
                self.connection.send(payload)
