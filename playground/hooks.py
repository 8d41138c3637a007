"""Hooks: a test may watch each request to a stand-in, change its answer, or cut the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal["before", "after"]
"""``before``: the request was read, nothing has happened. ``after``: its effect is there, its answer is not sent."""


class Drop(Exception):
    """Raised by a hook to close the connection abruptly, without any answer."""


@dataclass(slots=True)
class Call:
    """One request to a stand-in. ``status`` and ``answer`` are filled in before the phase ``after``."""

    method: str
    path: str
    route: str
    """The template, such as ``POST /v1/images/generations`` or ``POST /channels/{channel}/messages``."""
    params: dict[str, str] = field(default_factory=dict)
    json: Any = None
    """The parsed body; None where there is none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """The names of the files that came with it."""
    status: int | None = None
    answer: Any = None
    at: float = 0.0
    """The time of reading, in seconds since 1970 by the stand-in's clock; the stand-in Discord leaves it 0."""
    note: str = ""
    """The stand-in's own remark: the stand-in ToAPIs writes the task's id here."""


Hook = Callable[[Phase, Call], Awaitable[None]]


async def run_hooks(hooks: Iterable[Hook], phase: Phase, call: Call) -> None:
    """Run each hook in order. What a hook raises goes to the caller; ``Drop`` means: hang up."""
    for hook in tuple(hooks):
        await hook(phase, call)
