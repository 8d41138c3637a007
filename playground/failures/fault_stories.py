"""Fault stories: each fault of the stand-in ToAPIs as an order meets it, in seconds where life takes minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playground.toapis.faults.fault import Verb

Room = Literal["studio", "slow studio", "uploads"]
"""The bot that plays it: with all the others, one that soon gives up, or alone, since it strikes any upload."""


@dataclass(frozen=True, slots=True)
class FaultStory:
    """``how`` often or where the fault strikes, in words; ``times``, ``on`` and ``options`` are the fault's own.

    ``order_options``: further options of the order. ``long``: it takes a minute or two.
    """

    fault: str
    how: str = ""
    times: int | None = None
    on: tuple[Verb, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    order_options: Mapping[str, str] = field(default_factory=dict)
    room: Room = "studio"
    long: bool = False


_CREATE: Final[tuple[Verb, ...]] = ("create",)
_STATUS: Final[tuple[Verb, ...]] = ("status",)
_UPLOAD: Final[tuple[Verb, ...]] = ("upload",)


def fault_stories(faults: Mapping[str, str]) -> list[FaultStory]:
    """Return at least one story for each of these faults, in their order. Raises ValueError for any other fault."""
    table: dict[str, list[FaultStory]] = {}
    for story in _particular():
        table.setdefault(story.fault, []).append(story)
    if unknown := table.keys() - faults.keys():
        raise ValueError(f"the stand-in has no fault called {', '.join(sorted(unknown))}")
    return [story for fault in faults for story in table.get(fault, [FaultStory(fault)])]


def _particular() -> Iterator[FaultStory]:
    """Yield the faults that need more than to be switched on."""
    yield from _uploads()
    yield from _silences()
    yield from _waits()
    yield from _results()


def _uploads() -> Iterator[FaultStory]:
    for fault in ("upload-unsupported", "upload-too-large", "too-large-413"):
        yield FaultStory(fault, room="uploads")
    yield FaultStory("success-false", "to two uploads", 2, _UPLOAD, room="uploads")
    yield FaultStory("success-false", "to six uploads", 6, _UPLOAD, room="uploads")
    yield FaultStory("edge-403", "at six uploads", 6, _UPLOAD, room="uploads")
    yield FaultStory("edge-403", "once, to the order", 1, _CREATE)
    yield FaultStory("edge-403", "from the order on")
    yield FaultStory("unauthorized", "at the upload", on=_UPLOAD, room="uploads")
    yield FaultStory("unauthorized", "at the order", on=_CREATE)
    yield FaultStory("unauthorized", "at two look-ups", 2, _STATUS)


def _silences() -> Iterator[FaultStory]:
    """Yield the cases in which nobody knows whether a task was made: it is looked up before anything is sent again."""
    yield FaultStory("unavailable", "once, to the order", 1, _CREATE)
    yield FaultStory("unavailable", "to everything, for minutes")
    for fault in ("internal-error", "empty-503", "bad-gateway", "gateway-timeout", "timeout-524"):
        yield FaultStory(fault, "once, to the order", 1, _CREATE)
        yield FaultStory(fault, "to everything, for minutes")
    for fault in ("error-as-string", "message-only", "cut-answer"):
        yield FaultStory(fault, "once, to the order", 1, _CREATE)
        yield FaultStory(fault, "at two look-ups", 2, _STATUS)
        yield FaultStory(fault, "to everything, for minutes")
    for fault in ("request-timeout", "reset-before"):
        yield FaultStory(fault, "once", 1)
        yield FaultStory(fault, "each of three times")
    yield FaultStory("hang", "at one look-up", 1, long=True)
    yield FaultStory("hang-after", long=True)
    yield FaultStory("late-task", options={"seconds": 2.0})


def _waits() -> Iterator[FaultStory]:
    for fault in ("rate-limited", "rate-limit-unavailable"):
        yield FaultStory(fault, "two times", 2, _CREATE)
        yield FaultStory(fault, "six times", 6, _CREATE, options={"seconds": 0})
    yield FaultStory("no-channel", "once", 1)
    yield FaultStory("no-channel", "for longer than a minute", long=True)
    yield FaultStory("not-found", "for two minutes", long=True)
    yield FaultStory("task-not-found", "three times", 3)
    yield FaultStory("slow", options={"scale": 0.03}, room="slow studio")
    yield FaultStory("never", room="slow studio")
    yield FaultStory("drip", options={"pace": 0.01})
    yield FaultStory(
        "narrow-tiers", "4:3, without a resolution", order_options={"model": "gpt-image-2", "ratio": "4:3"}
    )
    small = {"model": "gpt-image-2", "ratio": "4:3", "resolution": "1K"}
    yield FaultStory("narrow-tiers", "4:3 in 1K", order_options=small)


def _results() -> Iterator[FaultStory]:
    for fault in ("result-503", "truncated-result", "empty-result"):
        yield FaultStory(fault, "once", 1)
        yield FaultStory(fault, "each time")
    yield FaultStory("redirect-result", "to a good place", options={"to": "good"})
    for place, words in (("private", "into a private network"), ("metadata", "to a host's secrets"),
                         ("file", "to a file"), ("loop", "to itself, for ever")):  # fmt: skip
        yield FaultStory("redirect-result", words, options={"to": place})
