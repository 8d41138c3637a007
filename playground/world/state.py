"""The state of a world, and the news of each change: for listeners, for the transcript, and for those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from playground.world.clock import Clock
from playground.world.people import Application, User
from playground.world.places import Channel, Guild
from playground.world.transcript import Entry, Transcript

Json = dict[str, Any]
T = TypeVar("T")

SLOWEST: Final = 3
"""Timeouts are written for a quiet machine: a busy one may be so many times slower."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event for gateway listeners. ``thing`` is the noun that changed, as it is now."""

    name: str
    thing: Any
    extra: Json = field(default_factory=dict)


class WorldState:
    """The nouns of a world by id, and the verbs that spread the news of a change. ``World`` adds people's actions."""

    application: Application

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.transcript = Transcript()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self.held_up: Callable[[], tuple[float, ...]] = tuple
        """Seconds so far for which the machine kept the bot from answering, by each way to measure them."""
        self.offences: list[str] = []
        """Foreseeable refusals: see ``playground.discord.offences``. A scenario ends with none."""
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def bot(self) -> User:
        return self.application.user

    def tell(self, name: str, thing: Any, **extra: Any) -> None:
        event = Event(name, thing, extra)
        for listener in self.listeners:
            listener(event)
        self.changed()

    def record(self, kind: str, who: str, channel: Channel, text: str = "", **facts: Any) -> None:
        facts = {"channel": str(channel.id), **facts}
        self.transcript.add(Entry(self.clock(), kind, who, channel.label, text, facts))
        self.changed()

    def changed(self) -> None:
        """Run the checks of everybody who waits in ``until``."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, predicate: Callable[[], T | None], timeout: float = 20.0) -> T:
        """Wait until ``predicate()`` is true, looking again at each change of the world; returns what it returned.

        ``timeout``: seconds of a quiet machine. For what changes outside of the world, call ``changed()`` then.

        Raises TimeoutError, with the transcript in its text.
        """
        deadline = asyncio.get_running_loop().time() + timeout * SLOWEST
        while not (outcome := predicate()):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                async with asyncio.timeout_at(deadline):
                    await waiter
            except TimeoutError:
                raise TimeoutError(f"not within {timeout} s. What happened:\n{self.transcript}") from None
            finally:
                self._waiting.discard(waiter)
        return outcome
