"""What Linux tells about a process: its memory and the processor time that it used."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEASURABLE = Path("/proc/self/status").exists()
"""Only Linux has /proc: elsewhere these figures are missing."""

_SCHEDULED: Final = 2
"""The kind of processor clock: all time in which the process ran."""


def peak(pid: int) -> float:
    """Return the MiB that a process and its children had resident at most (VmHWM), added up."""
    ours = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(ours.split()[1]) / 1024 + sum(peak(child) for child in children(pid))


def proportional(pid: int) -> float:
    """Return the MiB that a process and its children hold now; what several share counts once among them (PSS).

    0 for a process that has ended meanwhile.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        ours = next((line for line in lines if line.startswith("Pss:")), "Pss: 0 kB")
        return int(ours.split()[1]) / 1024 + sum(proportional(child) for child in children(pid))
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def children(pid: int) -> list[int]:
    """Return the living processes that any of its threads started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def memory(pid: int) -> float:
    """Return the resident MiB. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmRSS)"""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)  # a zombie has no memory any more


def processor(pid: int) -> float:
    """Return the seconds of processor time of all its threads, those that have ended among them, to the nanosecond.

    The id of another process's clock is made as in https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html.
    """
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def of_children(pid: int) -> float:
    """Return the seconds of processor time of the processes that this one started, those that have ended among them.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (cutime, cstime)
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(processor(child) + of_children(child) for child in children(pid))


def processor_of_all(pid: int) -> float:
    """Return the seconds of processor time of a process and of those that it started."""
    return processor(pid) + of_children(pid)


class Share:
    """The share of a core that this process, with the stand-ins in it, used: a thread looks once a second."""

    def __init__(self, window: int = 5) -> None:
        self._window = window
        self._looks = [(time.perf_counter(), time.process_time())]
        self._over = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[Share]:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            self._looks.append((time.perf_counter(), time.process_time()))

    def most(self) -> float:
        """Return the greatest share over a window of so many seconds; over the whole time if that was shorter."""
        pairs = zip(self._looks, self._looks[self._window :] or self._looks[-1:], strict=False)
        return max((used_share(*pair) for pair in pairs), default=0.0)


def used_share(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Return the share of a core between two looks, each the time and the processor time."""
    passed = after[0] - before[0]
    return (after[1] - before[1]) / passed if passed > 0 else 0.0
