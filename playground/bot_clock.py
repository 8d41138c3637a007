"""The clocks of the bot's process, which a test may move: a small shared file says how far they are ahead.

``PLAYGROUND_CLOCK`` names that file. The bot knows nothing of it: ``time.time`` and ``time.monotonic`` are replaced
before its first import. Threads that the interpreter itself puts to sleep still sleep in real seconds.
"""

from __future__ import annotations

import mmap
import selectors
import struct
import time
from pathlib import Path
from typing import Any, Final

_LAYOUT: Final = struct.Struct("dd")
"""Seconds that the wall clock, and seconds that the monotonic clock is ahead."""

_GLANCE: Final = 0.05
"""Real seconds after which a sleeping event loop looks at its clock again, since nothing wakes it when that jumps."""


class BotClock:
    """Both clocks of one machine. ``file`` is made anew; hand its path to the bot before its start."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(_LAYOUT.pack(0.0, 0.0))
        self._shared = _mapped(file)

    def step(self, seconds: float) -> None:
        """Set the wall clock alone, forward or back: NTP, an operator, a battery that ran out."""
        wall, monotonic = _LAYOUT.unpack(self._shared[:])
        self._shared[:] = _LAYOUT.pack(wall + seconds, monotonic)

    def advance(self, seconds: float) -> None:
        """Move both clocks of the bot forward, and with them whatever sleeps in its event loop. Never backwards."""
        assert seconds >= 0  # no machine has a monotonic clock that goes back
        wall, monotonic = _LAYOUT.unpack(self._shared[:])
        self._shared[:] = _LAYOUT.pack(wall + seconds, monotonic + seconds)


_ahead: list[mmap.mmap] = []
"""The file that this process goes by, once there is one."""

_real: Final = (time.time, time.monotonic)


def _wall() -> float:
    return _real[0]() + (float(_LAYOUT.unpack(_ahead[-1][:])[0]) if _ahead else 0.0)


def _monotonic() -> float:
    return _real[1]() + (float(_LAYOUT.unpack(_ahead[-1][:])[1]) if _ahead else 0.0)


def prepare() -> None:
    """Make this process ready for ``install``. Call it before anything keeps ``time.time`` as a default."""
    time.time = _wall
    time.monotonic = _monotonic


def install(file: Path) -> None:
    """Set this process's clocks to those of the file. Call ``prepare`` first, or call this before any other import."""
    prepare()
    _ahead.append(_mapped(file))
    kind: Any = selectors.DefaultSelector
    select = kind.select

    def glancing(self: Any, timeout: float | None = None) -> Any:
        return select(self, _GLANCE if timeout is None else min(timeout, _GLANCE))

    kind.select = glancing


def _mapped(file: Path) -> mmap.mmap:
    with file.open("r+b") as opened:
        return mmap.mmap(opened.fileno(), _LAYOUT.size)
