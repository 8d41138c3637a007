"""The WorkerProcess: one process that opens pictures, and may be killed at any moment."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final, Protocol

from bot.errors import BadPicture
from bot.images.checked import Picture
from bot.images.wire import MOST_WORDS, SIZE, Refusal, Task, WrongAnswer, read_answer, request_head

_ROOT: Final = Path(__file__).parents[2]

GRACE: Final = 2.0
"""Seconds after which a worker is killed that did not end by itself when its time was over."""

COMMAND: Final = (sys.executable, "-P", "-m", "bot.images.works")

ENVIRONMENT: Final = {
    "PYTHONPATH": str(_ROOT),
    # glibc gives large blocks back to the system as soon as they are free.
    # https://man7.org/linux/man-pages/man3/mallopt.3.html
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""Nothing else: a file that takes over its worker finds no secrets there."""

_TOO_LONG: Final = frozenset({signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU})
_CRASHES: Final = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP}
)


class Died(Exception):
    """The end of a worker in the middle of its work. ``code`` as of ``subprocess``: minus the number of a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"a worker process ended with {code}")
        self.code = code

    @property
    def verdict(self) -> BadPicture | None:
        """Return what this says about the file, or None where the file need not be the reason."""
        if -self.code in _TOO_LONG:
            return BadPicture("slow", str(self))
        return BadPicture("crash", str(self)) if -self.code in _CRASHES else None


class Worker(Protocol):
    """What a lane needs of a process."""

    pid: int

    @property
    def is_alive(self) -> bool:
        """Return whether it can be given work."""
        ...

    async def ask(self, task: Task) -> list[Picture]:
        """Return the pictures of a task. Raise BadPicture, ``Refused`` …, and Died."""
        ...

    def kill(self) -> None:
        """End its work at once. Whoever waits for it gets Died."""
        ...

    def end(self) -> None:
        """End it, and forget it."""
        ...


class Pressed(Exception):
    """A picture whose decoder gave up, which more memory could have helped. ``error`` says why."""

    def __init__(self, error: BadPicture) -> None:
        super().__init__(str(error))
        self.error = error


class WorkerProcess:
    """A process that runs ``bot.images.works``. It belongs to no event loop. Use ``start``."""

    def __init__(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.pid = process.pid
        self._process = process
        self._connection = connection
        self._killed = False
        self._asked_now = False

    @classmethod
    def start(cls, memory: int) -> WorkerProcess:
        """Start a process that may hold ``memory`` MiB of data. Return at once. Raise OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(  # noqa: S603 - our own program
                    [*COMMAND, str(memory)], stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=ENVIRONMENT
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        return cls(process, ours)

    @property
    def is_alive(self) -> bool:
        """Return whether it can be given work."""
        return not self._killed and self._process.poll() is None

    async def ask(self, task: Task) -> list[Picture]:
        """Return the pictures of a task.

        Raise BadPicture, Pressed, Died, and WrongAnswer for an answer that our program would not give.
        """
        self._asked_now = True
        try:
            async with asyncio.timeout(task.limits.seconds + GRACE):
                return await self._asked(task)
        except (ConnectionError, TimeoutError) as error:
            raise Died(self._ended()) from error
        finally:
            self._asked_now = False
            if self._killed:
                self._connection.close()

    def kill(self) -> None:
        """End its work at once. Whoever waits for it gets Died."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """End it, and forget it."""
        self.kill()
        self._process.wait()
        if not self._asked_now:  # else its end is read from the socket
            self._connection.close()

    def _ended(self) -> int:
        """Return how it ended by itself, or kill it."""
        code = self._process.poll()
        self.kill()
        return self._process.wait() if code is None else code

    async def _asked(self, task: Task) -> list[Picture]:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._connection, request_head(task))
        for file in task.files:
            if file is not None:
                await loop.sock_sendall(self._connection, file)
        (size,) = SIZE.unpack(await self._read(SIZE.size))
        if size > MOST_WORDS:
            raise WrongAnswer("too many words")
        answer = read_answer(await self._read(size), task.files)
        if isinstance(answer, Refusal):
            raise Pressed(answer.error()) if answer.pressed else answer.error()
        pictures = []
        for picture in answer:
            file = None if picture.same is None else task.files[picture.same]
            pictures.append(picture.holding(await self._read(picture.size) if file is None else file))
        return pictures

    async def _read(self, size: int) -> bytes:
        """Read so many bytes. Raise ConnectionError at an early end."""
        loop = asyncio.get_running_loop()
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            count = await loop.sock_recv_into(self._connection, rest)
            if count == 0:
                raise ConnectionResetError("the worker has closed its socket")
            rest = rest[count:]
        rest.release()
        return bytes(data)
