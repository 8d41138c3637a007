"""Word to systemd: that the process is ready, what it is at, that it is alive, and that it stops.

A datagram to the socket that systemd names in NOTIFY_SOCKET; without that name nothing is sent. A library (sdnotify)
would be these ten lines. https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from typing import Final

from bot.process.tasks import beside
from bot.reports.readiness import Phase, Readiness

WORDS: Final[dict[Phase, str]] = {
    "starting": "starting",
    "waiting": "waiting for another process on this database to end",
    "working": "working",
    "stopping": "stopping",
}
"""What ``systemctl status`` shows in each phase."""

BEAT: Final = 15.0
"""Seconds between two messages where systemd has no watchdog."""

BEATS: Final = 3
"""Messages in the time after which systemd's watchdog takes this process for hung."""

_log = logging.getLogger("bot")


class ServiceManager:
    """``address`` is the path of the socket, or ``@name`` of an abstract one; None: nobody listens.

    ``watchdog`` is the time in microseconds after which a silent process is restarted, or None.
    """

    def __init__(self, address: str | None, watchdog: int | None = None) -> None:
        self._address = address
        self._pause = BEAT if watchdog is None else watchdog / 1_000_000 / BEATS

    def tell(self, *lines: str) -> None:
        """Send lines such as ``READY=1``. Trouble is logged: nothing fails for want of a listener."""
        if self._address is None:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.setblocking(False)
                speaker.connect(address)
                speaker.sendall("\n".join(lines).encode())
        except OSError as error:
            _log.warning("systemd can't be told %s: %s", " ".join(lines), error)

    async def beat_forever(self, readiness: Readiness) -> None:
        """Tell until cancelled that the process is ready, alive, and what it is at.

        It is ready as soon as it runs at all: one that waits for its slot, or for Discord, is not to be restarted.
        """
        while True:
            self.tell("READY=1", "WATCHDOG=1", f"STATUS={WORDS[readiness.phase]}")
            await asyncio.sleep(self._pause)

    async def tell_stop(self, readiness: Readiness, stop: asyncio.Event) -> None:
        """Tell once that the process stops. One whose slot is gone does not stop: it waits again."""
        await stop.wait()
        if not readiness.slot.gone.is_set():
            readiness.phase = "stopping"
            self.tell("STOPPING=1", f"STATUS={WORDS['stopping']}")

    @contextlib.asynccontextmanager
    async def informed(self, readiness: Readiness, stop: asyncio.Event) -> AsyncIterator[None]:
        """Do both meanwhile. Without a listener only the phase is noted at the stop."""
        works = [self.tell_stop(readiness, stop)]
        works += [self.beat_forever(readiness)] if self._address is not None else []
        async with beside(*works):
            yield
