"""Starts bots without importing everything again: a process that has the modules loaded is forked for each bot.

Importing takes more processor time than most scenarios. Each bot is still a process of its own, with the same
command line, environment and files as one that Python starts afresh, and may be killed like that.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from playground import bot_clock

AVAILABLE: Final = hasattr(os, "pidfd_open") and hasattr(os, "fork")
"""Only Linux reports the end of a process that is not our own child."""


class ForkedProcess:
    """A started process, as ``asyncio.subprocess.Process`` shows one. ``returncode`` is None while it runs."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for the end; return the exit code, or minus the number of the signal."""
        if self.returncode is None:
            handle = os.pidfd_open(self.pid)
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            loop.add_reader(handle, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(handle)
                os.close(handle)
        if self.returncode is None:  # else somebody else waited too, and was first
            self.returncode = self._server.reap(self.pid)
        return self.returncode

    def _signal(self, number: int) -> None:
        if self.returncode is None:  # until then the system keeps its id, even if it has ended
            os.kill(self.pid, number)


class ForkServer:
    """Starts forked processes. Use ``running``. Belongs to no event loop."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def running(cls, *packages: str) -> Iterator[ForkServer]:
        """Start a server that has these packages loaded. At the end its processes are killed."""
        command = [sys.executable, "-m", "tests.support.fork_server", *packages]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield cls(process)
            finally:
                assert process.stdin is not None  # a pipe, as asked for above
                process.stdin.close()

    async def launch(
        self, module: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path | None
    ) -> ForkedProcess:
        """Start ``python -m MODULE ARGUMENT …`` in that folder; its output is appended to ``log``."""
        question = {"module": list(module), "environment": dict(environment), "folder": str(folder)}
        return ForkedProcess(self, self._ask({**question, "log": str(log) if log else None}))

    def reap(self, pid: int) -> int:
        """Return the exit code of a process that has ended, or minus the number of its signal."""
        return self._ask({"reap": pid})

    def _ask(self, question: dict[str, Any]) -> int:
        assert self._process.stdin is not None  # pipes, as asked for above
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main(packages: Sequence[str]) -> None:
    """Load all modules of these packages, then answer; in a forked process, become the requested one."""
    questions = os.dup(0)
    answers = os.dup(1)
    with Path(os.devnull).open("r+b") as nothing:  # forked processes must neither read the questions nor answer them
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    bot_clock.prepare()
    for package in packages:
        _load(package)
    assert threading.active_count() == 1  # another thread would be missing in the forked processes
    gc.freeze()
    if (question := _serve(questions, answers)) is not None:
        _become(question)


def _load(package: str) -> None:
    """Import what a bot imports, but for ``__main__``, which is run."""
    folder = Path(__file__).parents[2] / package
    for file in sorted(folder.rglob("*.py")):
        name = ".".join((package, *file.relative_to(folder).with_suffix("").parts))
        if file.name != "__main__.py" and "migrations" not in file.parts:
            importlib.import_module(name.removesuffix(".__init__"))


def _serve(questions: int, answers: int) -> dict[str, Any] | None:
    """Start and reap processes until the questions end; return the question in a forked one, None in the server."""
    children: set[int] = set()
    with os.fdopen(questions) as lines, os.fdopen(answers, "w") as out:
        for line in lines:
            question: dict[str, Any] = json.loads(line)
            if "reap" in question:
                answer = os.waitstatus_to_exitcode(os.waitpid(question["reap"], 0)[1])
                children.discard(question["reap"])
            elif (answer := os.fork()) == 0:
                return question
            else:
                children.add(answer)
            print(answer, file=out, flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return None


def _become(question: dict[str, Any]) -> None:
    random.seed()  # else all bots would draw the same numbers
    os.environ.clear()
    os.environ.update(question["environment"])
    os.chdir(question["folder"])
    if question["log"] is not None:
        with Path(question["log"]).open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
    sys.argv = list(question["module"])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
