"""The Wire: what the bot and a worker process tell each other, over a pair of sockets.

The worker opens strangers' files, so nothing that it says is trusted: its answers are JSON and bytes, never pickles.
What the bot says to the worker is its own, and may be any value of ours that can be pickled.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from bot.errors import BadPicture, Fact
from bot.images.checked import Picture
from bot.images.sniff import Format

SIZE: Final = struct.Struct(">I")
"""The length in bytes of what follows."""

MOST_WORDS: Final = 64 * 1024
"""Bytes of an answer, without the pictures in it."""

MOST_BYTES: Final = 128_000_000
"""Bytes of all pictures in an answer: a result of 100 MB that was written anew may be a little larger."""

_MOST_PICTURES: Final = 4
_MOST_FACTS: Final = 8
_MOST_LETTERS: Final = 200
_FORMATS: Final = get_args(Format)


class WrongAnswer(ValueError):
    """An answer that no program of ours would give."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may use, in seconds of processor time and seconds in all."""

    processor: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work: the name of a function (``works.WORKS``), the files that it gets, and its other arguments."""

    work: str
    files: Sequence[bytes | None] = field(repr=False)
    options: dict[str, Any]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a task on the wire: the same with the files' sizes in bytes instead of the files."""

    work: str
    sizes: Sequence[int | None]
    options: dict[str, Any]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Refusal:
    """A BadPicture of the worker. ``pressed``: a decoder gave up, and more memory could have helped."""

    reason: str
    detail: str
    facts: dict[str, Fact]
    pressed: bool

    def error(self) -> BadPicture:
        """Return it as an error."""
        reason = self.reason
        return BadPicture(reason, self.detail, **self.facts)


@dataclass(frozen=True, slots=True)
class Described:
    """A picture in an answer without its bytes: ``size`` in bytes, ``same`` the number of the file that it equals."""

    format: Format
    width: int
    height: int
    animated: bool
    turned: bool
    size: int
    same: int | None

    def holding(self, data: bytes) -> Picture:
        """Return the picture with its bytes."""
        return Picture(data, self.format, self.width, self.height, self.animated, self.turned)


Answer = Sequence[Described] | Refusal


def request_head(task: Task) -> bytes:
    """Return what is sent before the files of a task."""
    sizes = [None if file is None else len(file) for file in task.files]
    head = pickle.dumps(Request(task.work, sizes, task.options, task.limits))
    return SIZE.pack(len(head)) + head


def answer_head(words: dict[str, Any]) -> bytes:
    """Return what is sent before the pictures of an answer."""
    head = json.dumps(words).encode()
    return SIZE.pack(len(head)) + head


def refused(error: BadPicture, *, pressed: bool) -> dict[str, Any]:
    """Return the words of an answer for a picture that is refused."""
    detail = error.detail[:_MOST_LETTERS]
    return {"refused": {"reason": error.reason, "detail": detail, "facts": error.facts, "pressed": pressed}}


def described(picture: Picture, files: Sequence[bytes | None]) -> dict[str, Any]:
    """Return the words for one picture of an answer. A file that comes back as it was is not sent again."""
    same = next((number for number, file in enumerate(files) if file is picture.data), None)
    return {
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "animated": picture.animated,
        "turned": picture.turned,
        "size": len(picture.data),
        "same": same,
    }


def read_answer(head: bytes, files: Sequence[bytes | None]) -> Answer:
    """Read an answer to a task with these files. Raise WrongAnswer."""
    try:
        words = json.loads(head)
        if "failed" in words:
            raise WrongAnswer(str(words["failed"])[:_MOST_LETTERS])
        if "refused" in words:
            return _refusal(words["refused"])
        pictures = [_described(entry, files) for entry in words["pictures"]]
    except (TypeError, KeyError, AttributeError, RecursionError, ValueError) as error:
        raise WrongAnswer(repr(error)[:_MOST_LETTERS]) from error
    if not 1 <= len(pictures) <= _MOST_PICTURES or sum(picture.size for picture in pictures) > MOST_BYTES:
        raise WrongAnswer("too many pictures, or too large ones")
    return pictures


def _refusal(words: dict[str, Any]) -> Refusal:
    reason = words["reason"]
    facts = words["facts"]
    if not reason.replace("-", "").isalpha() or not reason.islower() or len(reason) > _MOST_LETTERS:
        raise WrongAnswer("no reason")
    if len(facts) > _MOST_FACTS or not all(_is_fact(fact) for fact in facts.values()):
        raise WrongAnswer("no facts")
    return Refusal(reason, str(words["detail"])[:_MOST_LETTERS], facts, words["pressed"] is True)


def _is_fact(value: Any) -> bool:
    return type(value) is int or (isinstance(value, str) and len(value) <= _MOST_LETTERS)


def _described(words: dict[str, Any], files: Sequence[bytes | None]) -> Described:
    numbers = [words[name] for name in ("width", "height", "size")]
    same = words["same"]
    if words["format"] not in _FORMATS or not all(type(number) is int and number > 0 for number in numbers):
        raise WrongAnswer("no picture")
    if same is not None and (type(same) is not int or not 0 <= same < len(files) or files[same] is None):
        raise WrongAnswer("no such file")
    width, height, size = numbers  # in the order above
    return Described(words["format"], width, height, words["animated"] is True, words["turned"] is True, size, same)
