"""The Webhooks: they wake whoever waits for a task that has ended, and know for which keys that works.

1. A create carries the address of our own web server, where the key has a webhook as far as we know.
2. An event is recorded (``webhook_events.py``), then the bell of its job rings. Nothing in it is believed: it only
   brings the next question forward, and the answer to that question is what counts.
3. Once an event of a key has come, its webhooks are known to work, and its jobs are asked for only when an event should
   have come long ago (``timing.tail``). A question that finds a picture of which no event told ends that at once.
4. Where ToAPIs refuses the address, the key is used without one for a day, and the operators are told once.

Each key's state is a small fact. Losing it costs a few questions.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from cachetools import LRUCache

from bot.errors import Fact
from bot.jobs.job import Job
from bot.jobs.webhook_events import Ending, WebhookEvents
from bot.key_value import KeyValueStore
from bot.toapis.webhook import Event

FACT: Final = "webhooks:"
"""Begins the name of the fact that holds the state of a key's webhooks."""

OPERATOR: Final = "operator"

PATH: Final = "/webhooks/toapis"
"""Where our web server takes them."""

AGAIN: Final = 24 * 3600.0
"""Seconds after a refusal until an address is sent again: somebody may have set the webhook up."""

REMEMBERED: Final = 200
"""Keys. The state of another is read again."""

State = Literal["unknown", "works", "refused"]
Tell = Callable[[str, Mapping[str, Fact]], Awaitable[None]]
"""Tells the operators a sentence, by its key and facts: ``Courier.tell_operators``."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class KeyState:
    """What is known of the webhooks of a key. ``at`` in Unix seconds; ``told``: the operators know of the refusal."""

    name: str
    state: State = "unknown"
    at: float = 0.0
    told: bool = False

    @classmethod
    def of(cls, name: str, fact: Any) -> KeyState:
        """Read the state from its fact. What was not written by this version counts as unknown."""
        if not isinstance(fact, dict) or fact.get("state") not in ("works", "refused"):
            return cls(name)
        at = fact.get("at")
        return cls(name, fact["state"], float(at) if isinstance(at, int | float) else 0.0, fact.get("told") is True)


class Bell:
    """Rings where a webhook says that a task has ended. Without a key it never rings."""

    def __init__(self, key: KeyState | None = None) -> None:
        self.key = key
        self.rung = False
        self.seconds: int | None = None
        """How long the task took by the word of the event."""
        self.stirred = asyncio.Event()
        """Set at news that may change when to ask: it rang, or webhooks are not known to work any more."""

    @property
    def is_trusted(self) -> bool:
        """Return whether it is to be expected to ring as soon as the task has ended."""
        return not self.rung and self.key is not None and self.key.state == "works"

    def ring(self, seconds: int | None) -> None:
        """Ring: a webhook says that the task has ended."""
        self.rung = True
        self.seconds = seconds
        self.stirred.set()


class Webhooks:
    """``address`` is where our web server takes webhooks. ``clock`` is in Unix seconds."""

    def __init__(
        self,
        events: WebhookEvents,
        key_values: KeyValueStore,
        address: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._events = events
        self._key_values = key_values
        self.address = address
        self._clock = clock
        self._keys: LRUCache[str, KeyState] = LRUCache(REMEMBERED)
        self._bells: dict[str, list[Bell]] = {}
        """By job and by task: the bells of those who wait."""
        self._refused = asyncio.Event()

    async def callback_for(self, job: Job) -> str | None:
        """Return the address that the job's create should carry, or None where its key has no webhook of ours.

        A server's own key has none, as far as we know, until an event of it has come.
        """
        key = await self._key(job.key_id)
        if key.state == "refused" and 0 <= self._clock() - key.at < AGAIN:
            return None
        return self.address if job.key_id is None or key.state == "works" else None

    async def refused(self, job: Job, detail: str) -> None:
        """Note that ToAPIs refused the address with this job's create. Never raises: the purchase goes on."""
        _log.warning("job %s: ToAPIs sends no webhooks for its key: %s", job.id, detail)
        try:
            key = await self._key(job.key_id)
            await self._change(key, "refused", told=key.told and key.state == "refused")
        except Exception as error:  # noqa: BLE001 - its state can't be read; the next create is refused in the same way
            _log.warning("that webhooks were refused can't be noted now: %r", error)
        self._refused.set()

    @asynccontextmanager
    async def waiting(self, job: Job) -> AsyncIterator[Bell]:
        """Yield the bell of a job that was bought. It has rung already where its event came before."""
        bell = Bell(await self._key(job.key_id))
        names = [name for name in (job.id, job.task_id) if name]
        for name in names:
            self._bells.setdefault(name, []).append(bell)
        try:
            ending = await self._events.of(job.id, job.task_id)
            if ending is not None:
                bell.ring(ending.seconds)
            yield bell
        finally:
            for name in names:
                self._bells[name].remove(bell)
                if not self._bells[name]:
                    del self._bells[name]

    async def missed(self, bell: Bell) -> None:
        """Note that a task has ended, and the bell that was trusted did not ring. From now on others are not either."""
        if bell.key is not None and bell.is_trusted:
            _log.warning("a task ended without a webhook: until one comes again, I ask as if there were none")
            await self._change(bell.key, "unknown")

    async def take(self, event: Event) -> None:
        """Record an event, and ring for it. Raises where it can't be recorded: ToAPIs then sends it again."""
        if event.is_test:
            await self._tested()
        elif event.is_end and await self._events.record(event):
            await self._ring(Ending(event.job_id, event.task_id, event.seconds), look=True)

    async def heard(self, ending: Ending) -> None:
        """Ring for an event that another process recorded, where its job is waited for here."""
        await self._ring(ending, look=False)

    async def look_again(self, since: float) -> None:
        """Ring for all that was recorded since a moment (Unix seconds), in which this process heard nothing."""
        if self._bells:
            for ending in await self._events.since(since):
                await self._ring(ending, look=False)

    async def report_forever(self, tell: Tell) -> None:
        """Report to the operators, once, that their key has no webhook. Until cancelled."""
        while True:
            self._refused.clear()
            key = await self._key(None)
            if key.state == "refused" and not key.told:
                await tell("operator-webhooks", {"address": self.address})
                await self._change(key, "refused", told=True, at=key.at)
            await self._refused.wait()

    async def purge(self) -> None:
        """Delete old events. A chore of recovery."""
        await self._events.purge()

    async def _ring(self, ending: Ending, *, look: bool) -> None:
        """Ring the bells of a task, and note that its key's webhooks work. ``look``: also where nobody waits here."""
        key = None
        for name in (ending.job_id, ending.task_id):
            for bell in self._bells.get(name or "", ()):
                key = bell.key
                bell.ring(ending.seconds)
        try:
            if key is None and look and ending.job_id is not None:
                is_ours, key_id = await self._events.payer(ending.job_id)
                key = await self._key(key_id) if is_ours else None
            if key is not None and key.state != "works":
                await self._change(key, "works")
        except Exception as error:  # noqa: BLE001 - whose key it is can't be read; the next event tells it
            _log.warning("that webhooks work can't be noted now: %r", error)

    async def _tested(self) -> None:
        """Let the next create carry the address again: somebody has set the webhook up, and tried it."""
        _log.info("a test of the webhook at ToAPIs has come")
        key = await self._key(None)
        if key.state == "refused":
            await self._change(key, "unknown")

    async def _key(self, key_id: str | None) -> KeyState:
        name = key_id or OPERATOR
        key = self._keys.get(name)
        if key is None:
            read = KeyState.of(name, await self._key_values.get(FACT + name))
            key = self._keys.setdefault(name, read)
        return key

    async def _change(self, key: KeyState, state: State, *, told: bool = False, at: float | None = None) -> None:
        """Change the state in memory, at once for everybody, and then in the database. Never raises."""
        was_trusted = key.state == "works"
        key.state = state
        key.at = self._clock() if at is None else at
        key.told = told
        if was_trusted:
            for bell in [bell for bells in self._bells.values() for bell in bells]:
                bell.stirred.set()
        try:
            await self._key_values.put(FACT + key.name, {"state": state, "at": key.at, "told": told})
        except Exception as error:  # noqa: BLE001 - what it is about goes on; after a restart it is learned again
            _log.warning("the state of a key's webhooks can't be saved now: %r", error)
