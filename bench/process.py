"""What Linux tells about another process: its memory and the processor time that it used."""

from __future__ import annotations

import os
from pathlib import Path

MEASURABLE = Path("/proc/self/status").exists()
"""Only Linux has /proc: elsewhere these figures are missing."""


def peak(pid: int) -> float:
    """Return the MiB that a process and its children had resident at most (VmHWM), added up."""
    ours = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(ours.split()[1]) / 1024 + sum(peak(child) for child in children(pid))


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
    """Return the seconds of user and system time of all its threads.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # the name before it may hold anything
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
