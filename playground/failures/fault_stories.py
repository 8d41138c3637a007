"""Ways: each mood of the painter as an order meets it, in seconds where life takes minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playground.toapis.faults.fault import Verb

Room = Literal["studio", "slow studio", "uploads"]
"""Where it is played: beside all the others, by a bot that soon gives up, or alone, since it strikes any upload."""


@dataclass(frozen=True, slots=True)
class Way:
    """``how`` often or where the mood strikes, in words; ``times``, ``on`` and ``options`` are the mood's own.

    ``asked``: further options of the order. ``long``: it takes a minute or two.
    """

    fault: str
    how: str = ""
    times: int | None = None
    on: tuple[Verb, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    room: Room = "studio"
    long: bool = False


_CREATE: Final[tuple[Verb, ...]] = ("create",)
_STATUS: Final[tuple[Verb, ...]] = ("status",)
_UPLOAD: Final[tuple[Verb, ...]] = ("upload",)


def ways(faults: Mapping[str, str]) -> list[Way]:
    """At least one way for each of these moods, in their order. Raises ValueError where the table has another mood."""
    table: dict[str, list[Way]] = {}
    for way in _particular():
        table.setdefault(way.fault, []).append(way)
    if unknown := table.keys() - faults.keys():
        raise ValueError(f"the painter has no mood called {', '.join(sorted(unknown))}")
    return [way for fault in faults for way in table.get(fault, [Way(fault)])]


def _particular() -> Iterator[Way]:
    """The moods of which more is to be told than that they are on."""
    yield from _uploads()
    yield from _silences()
    yield from _waits()
    yield from _results()


def _uploads() -> Iterator[Way]:
    for fault in ("upload-unsupported", "upload-too-large", "too-large-413"):
        yield Way(fault, room="uploads")
    yield Way("success-false", "to two uploads", 2, _UPLOAD, room="uploads")
    yield Way("success-false", "to six uploads", 6, _UPLOAD, room="uploads")
    yield Way("edge-403", "at six uploads", 6, _UPLOAD, room="uploads")
    yield Way("edge-403", "once, to the order", 1, _CREATE)
    yield Way("edge-403", "from the order on")
    yield Way("unauthorized", "at the upload", on=_UPLOAD, room="uploads")
    yield Way("unauthorized", "at the order", on=_CREATE)
    yield Way("unauthorized", "at two look-ups", 2, _STATUS)


def _silences() -> Iterator[Way]:
    """Nobody knows whether a task was made: it is looked up before anything is sent again."""
    yield Way("unavailable", "once, to the order", 1, _CREATE)
    yield Way("unavailable", "to everything, for minutes")
    for fault in ("internal-error", "empty-503", "bad-gateway", "gateway-timeout", "timeout-524"):
        yield Way(fault, "once, to the order", 1, _CREATE)
        yield Way(fault, "to everything, for minutes")
    for fault in ("error-as-string", "message-only", "cut-answer"):
        yield Way(fault, "once, to the order", 1, _CREATE)
        yield Way(fault, "at two look-ups", 2, _STATUS)
        yield Way(fault, "to everything, for minutes")
    for fault in ("request-timeout", "reset-before"):
        yield Way(fault, "once", 1)
        yield Way(fault, "each of three times")
    yield Way("hang", "at one look-up", 1, long=True)
    yield Way("hang-after", long=True)
    yield Way("late-task", options={"seconds": 2.0})


def _waits() -> Iterator[Way]:
    for fault in ("rate-limited", "rate-limit-unavailable"):
        yield Way(fault, "two times", 2, _CREATE)
        yield Way(fault, "six times", 6, _CREATE, options={"seconds": 0})
    yield Way("no-channel", "once", 1)
    yield Way("no-channel", "for longer than a minute", long=True)
    yield Way("not-found", "for two minutes", long=True)
    yield Way("task-not-found", "three times", 3)
    yield Way("slow", options={"scale": 0.03}, room="slow studio")
    yield Way("never", room="slow studio")
    yield Way("drip", options={"pace": 0.01})
    yield Way("narrow-tiers", "4:3, without a resolution", asked={"model": "gpt-image-2", "ratio": "4:3"})
    small = {"model": "gpt-image-2", "ratio": "4:3", "resolution": "1K"}
    yield Way("narrow-tiers", "4:3 in 1K", asked=small)


def _results() -> Iterator[Way]:
    for fault in ("result-503", "truncated-result", "empty-result"):
        yield Way(fault, "once", 1)
        yield Way(fault, "each time")
    yield Way("redirect-result", "to a good place", options={"to": "good"})
    for place, words in (("private", "into a private network"), ("metadata", "to a host's secrets"),
                         ("file", "to a file"), ("loop", "to itself, for ever")):  # fmt: skip
        yield Way("redirect-result", words, options={"to": place})
