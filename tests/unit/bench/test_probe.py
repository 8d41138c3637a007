"""The probe in a bot's process: lateness of its event loop, and processor time by threads and packages."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from bench.probe import BEAT, LoopLateness, ProcessorTime, package
from bench.readings import lateness, lines


async def test_a_beat_that_comes_late_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    probe = LoopLateness()
    probe.begin(loop)
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now + 5.0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert probe.line()["late"] == [pytest.approx(5.0 - BEAT, abs=0.01)]
    assert probe.line()["late"] == []


def test_processor_time_of_the_main_thread_counts_where_it_ran() -> None:
    probe = ProcessorTime()
    probe.look_at_main(0, sys._getframe())
    line = probe.line()
    assert line["threads"]["MainThread"] > 0
    assert list(line["packages"]) == [package(sys._getframe())] == ["tests"]


def test_processor_time_of_other_threads_is_counted_by_their_names() -> None:
    probe = ProcessorTime()
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="worker-3")
    thread.start()
    probe.look_at_others()
    over.set()
    thread.join()
    assert probe.line()["threads"]["worker-N"] > 0


def test_lines_are_read_whole_and_by_their_time(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    assert lines(file) == []
    file.write_text('{"at": 1, "late": [0.1]}\n{"at": 2, "late": [0.2, 0.3]}\n{"at": 3, "la')
    assert len(lines(file)) == 2
    assert lateness(file, 1.5, 9.0) == [0.2, 0.3]
