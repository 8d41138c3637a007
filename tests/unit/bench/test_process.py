"""What Linux tells about processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from bench.process import MEASURABLE, memory, of_children, processor, processor_of_all, proportional, used_share


@pytest.mark.skipif(not MEASURABLE, reason="only Linux tells")
def test_processor_time_is_that_of_the_whole_process() -> None:
    worker = threading.Thread(target=lambda: sum(range(100_000)))
    worker.start()
    worker.join()
    before = time.process_time()
    told = processor(os.getpid())
    assert before <= told <= time.process_time()
    assert memory(os.getpid()) > 1


@pytest.mark.skipif(not MEASURABLE, reason="only Linux tells")
def test_proportional_memory_adds_up_children_and_knows_no_ended_process() -> None:
    alone = proportional(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "print(); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None  # a pipe, as asked for
        child.stdout.readline()
        assert proportional(child.pid) > 1
        assert proportional(os.getpid()) > alone
        assert of_children(os.getpid()) > 0
        assert processor_of_all(os.getpid()) > processor(os.getpid())
        child.kill()
    assert proportional(child.pid) == 0.0


def test_share_is_processor_time_by_time() -> None:
    assert used_share((10.0, 1.0), (15.0, 5.5)) == 0.9
    assert used_share((10.0, 1.0), (10.0, 1.0)) == 0.0
