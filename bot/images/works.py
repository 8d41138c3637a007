"""The program of a worker process, and what it can do: it opens pictures, one after another, within limits.

``python -m bot.images.works MIB`` is started by ``WorkerProcess`` with a socket as its standard input. It ends when the
bot closes the socket or dies, and the system ends it when a task takes more time than it may, whatever it does then.
"""

from __future__ import annotations

import fcntl
import io
import os
import pickle
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from PIL import Image

from bot.errors import BadPicture
from bot.images import metadata, picture
from bot.images.checked import Picture
from bot.images.sniff import READABLE, kind
from bot.images.wire import SIZE, Limits, Request, answer_head, described, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

Work = Callable[..., Picture | Sequence[Picture]]

WORKS: Final[Mapping[str, Work]] = {
    "check": picture.check,
    "compare": picture.compare,
    "film_strip": lambda *frames, **options: picture.film_strip(frames, **options),
    "fit": picture.fit,
    "for_toapis": picture.for_toapis,
    "inspect_result": picture.inspect_result,
    "thumbnail": picture.thumbnail,
}
"""What can be asked for: functions of files and options, which return one picture or a few."""

_FIRST_TO_GO: Final = 800
"""Of 1,000: where a host has no memory left, Linux shall end the worker and not the bot.
https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html"""

_OPEN_FILES: Final = 32

_BYTES_A_PIXEL: Final = 8
"""Bytes that a decoder needs at most: four for the pixel as Pillow holds it, and as many while it is decoded."""


def main() -> None:
    """Serve the socket that is the standard input, until it is closed."""
    memory = int(sys.argv[1]) * 1024 * 1024
    connection = socket.socket(fileno=os.dup(0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to us beside the bot, which ends us once it is done
    confine(memory)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # decoders in C complain there of each hostile file
    with connection, connection.makefile("rb") as questions:
        while (request := received(questions)) is not None:
            files = [None if size is None else questions.read(size) for size in request.sizes]
            with _limited(request.limits, connection):
                head, pictures = answer(request, files, memory)
            connection.sendall(head)
            for painted in pictures:
                connection.sendall(painted.data)
            del files, pictures


def confine(memory: int) -> None:
    """Limit this process: ``memory`` bytes of data, few files, none written, no core of a picture.

    Where a system does not know a limit, it has none: macOS does not count data.
    """
    limits = ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0))
    for number, most in (*limits, (resource.RLIMIT_NOFILE, _OPEN_FILES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(number, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO))


def received(questions: IO[bytes]) -> Request | None:
    """Read the head of the next task, or return None at the end."""
    size = questions.read(SIZE.size)
    if len(size) < SIZE.size:
        return None
    request: Request = pickle.loads(questions.read(*SIZE.unpack(size)))  # noqa: S301 - only the bot that started us speaks here
    return request


def answer(request: Request, files: Sequence[bytes | None], memory: int) -> tuple[bytes, Sequence[Picture]]:
    """Do the work. Return the head of the answer, and the pictures that are sent after it."""
    try:
        done = WORKS[request.work](*files, **request.options)
    except BadPicture as error:
        refusal = BadPicture("heavy", error.detail) if _is_scarce(error, files, memory) else error
        return answer_head(refused(refusal, pressed=error.__cause__ is not None)), ()
    except MemoryError as error:
        return answer_head(refused(BadPicture("heavy", repr(error)), pressed=True)), ()
    except Exception as error:  # noqa: BLE001 - the bot writes it into its log
        return answer_head({"failed": repr(error)}), ()
    pictures = [done] if isinstance(done, Picture) else list(done)
    words = [described(entry, files) for entry in pictures]
    sent = [entry for entry, word in zip(pictures, words, strict=True) if word["same"] is None]
    return answer_head({"pictures": words}), sent


def _is_scarce(error: BadPicture, files: Sequence[bytes | None], memory: int) -> bool:
    """Return whether a decoder had too little memory. Most of them say only that something went wrong."""
    if error.__cause__ is None:
        return False  # it is our own check that has refused the file
    most = max((_pixels(file) for file in files if file), default=0)
    return isinstance(error.__cause__, MemoryError) or most * _BYTES_A_PIXEL > memory


def _pixels(file: bytes) -> int:
    """Return the number of pixels that a file says it has, or 0 if it does not even say that."""
    format_ = READABLE.get(str(kind(file)))
    with suppress(Exception):
        if format_ is not None:
            body = metadata.read(file, format_)
            return body.width * body.height
        with Image.open(io.BytesIO(file), formats=list(READABLE.values())) as image:
            return image.width * image.height
    return 0


@contextmanager
def _limited(limits: Limits, connection: socket.socket) -> Iterator[None]:
    """Let the system end this process if the work takes too long, or if the bot dies meanwhile.

    Python needs no chance to run for that: these signals end a process unless it asked for them.
    https://man7.org/linux/man-pages/man7/signal.7.html
    """
    signal.setitimer(signal.ITIMER_PROF, limits.processor)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    flags = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETFL, flags | fcntl.FASYNC)
    if _is_hung_up(connection):
        sys.exit()  # before the signal was asked for
    try:
        yield
    finally:
        fcntl.fcntl(connection, fcntl.F_SETFL, flags)
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _is_hung_up(connection: socket.socket) -> bool:
    events = select.poll()
    events.register(connection, 0)
    return bool(events.poll(0))


if __name__ == "__main__":
    main()
