"""A probe inside the bot's process: how late its event loop is, or where its processor time goes. Alters nothing.

``python -m playground.redirect bench.probe lateness FILE MODULE [ARGUMENT …]`` runs the module, and appends a line of
JSON to the file each second; ``processor`` instead of ``lateness`` likewise. A bench reads the file meanwhile: a killed
process could not write it at its end.
"""

from __future__ import annotations

import asyncio
import json
import re
import runpy
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

BEAT: Final = 0.02
"""Seconds between two looks at the event loop's clock."""

LOOK: Final = 0.005
"""Seconds between two looks at all threads: of processor time for the main thread."""

FLUSH: Final = 1.0
"""Seconds between two lines in the file."""

_THREAD_CLOCK: Final = 6
"""The kind of processor clock of another thread. https://man7.org/linux/man-pages/man3/pthread_getcpuclockid.3.html"""

Line = dict[str, Any]


class LoopLateness:
    """Is called at each beat of an event loop, and keeps by how many seconds that was too late."""

    def __init__(self) -> None:
        self._late: list[float] = []

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + BEAT
        loop.call_at(due, self._beat, loop, due)

    def _beat(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._late.append(max(0.0, loop.time() - due))
        self.begin(loop)

    def line(self) -> Line:
        """Return what is new since the last line."""
        new = self._late
        self._late = []
        return {"at": time.time(), "late": [round(seconds, 5) for seconds in new]}


class Policy(asyncio.DefaultEventLoopPolicy):
    """Makes event loops as always, and lets a probe begin with each."""

    def __init__(self, begin: Callable[[asyncio.AbstractEventLoop], None]) -> None:
        super().__init__()
        self._begin = begin

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        self._begin(loop)
        return loop


class ProcessorTime:
    """Adds up each thread's processor time, for the code that the thread ran when it was looked at.

    The main thread looks at itself, at a signal after each 5 ms of processor time: another thread only gets to look
    when the main thread waits, and would see nothing but the waiting.
    """

    def __init__(self) -> None:
        self._last: dict[int, float] = {}
        self._threads: defaultdict[str, float] = defaultdict(float)
        self._packages: defaultdict[str, float] = defaultdict(float)

    def look_at_main(self, _: int, frame: FrameType | None) -> None:
        """Count what the main thread used since it last ran anything, unless it is waiting just now."""
        thread = threading.main_thread()
        if frame is not None and frame.f_globals.get("__name__") != "selectors":
            self._count(thread, thread.native_id or 0, time.thread_time(), frame)

    def look_at_others(self) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            if thread in (threading.main_thread(), threading.current_thread()) or thread.native_id is None:
                continue
            try:
                now = time.clock_gettime(~thread.native_id << 3 | _THREAD_CLOCK)
            except OSError:
                continue  # it has ended
            self._count(thread, thread.native_id, now, frames.get(thread.ident or 0))

    def _count(self, thread: threading.Thread, number: int, now: float, frame: FrameType | None) -> None:
        before = self._last.get(number, 0.0)
        used = now - before if now >= before else now  # the system gives the numbers of ended threads again
        self._last[number] = now
        self._threads[re.sub(r"\d+", "N", thread.name)] += used
        self._packages[package(frame) if frame else "?"] += used

    def line(self) -> Line:
        """Return all seconds so far."""
        return {"at": time.time(), "threads": dict(self._threads), "packages": dict(self._packages)}


def package(frame: FrameType) -> str:
    """Return what the code of a frame belongs to: a library, a part of ours such as bot.jobs, or a module of Python."""
    words = str(frame.f_globals.get("__name__", "?")).split(".")
    if words[0] in ("bot", "cogs"):
        return ".".join(words[:2])
    return f"Python: {words[0]}" if words[0] in sys.stdlib_module_names else words[0]


def main(words: list[str]) -> None:
    what, file, module, *rest = words
    probe: LoopLateness | ProcessorTime
    if what == "lateness":
        probe = LoopLateness()
        asyncio.set_event_loop_policy(Policy(probe.begin))
        look: Callable[[], None] | None = None
    else:
        probe = ProcessorTime()
        look = probe.look_at_others
        signal.signal(signal.SIGPROF, probe.look_at_main)
        signal.setitimer(signal.ITIMER_PROF, LOOK, LOOK)
    threading.Thread(target=_write, args=(Path(file), probe.line, look), name="probe", daemon=True).start()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _write(file: Path, line: Callable[[], Line], look: Callable[[], None] | None) -> None:
    written = time.monotonic()
    while True:
        time.sleep(LOOK if look else FLUSH)
        if look:
            look()
        if time.monotonic() - written >= FLUSH:
            with file.open("a") as out:
                out.write(json.dumps(line()) + "\n")
            written = time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1:])
