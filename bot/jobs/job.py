"""The Job: an accepted order with its destination and its state. Values only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Literal

from bot.errors import Fact
from bot.images.ai_mark import MadeBy
from bot.money import Micros
from bot.orders import Order, Source


class JobState(StrEnum):
    """The states of a job. Each says what is already true and saved."""

    ACCEPTED = "accepted"
    """The promise and the reservation are written; nothing was bought."""
    SUBMITTED = "submitted"
    """ToAPIs has the order and named a task: it will cost money."""
    PAINTED = "painted"
    """The picture exists at ToAPIs, for 24 hours."""
    DELIVERED = "delivered"
    """The member has it."""
    FAILED = "failed"
    """There will be no picture, and the member was notified. For its cost see ``bot/jobs/settlement.py``."""
    CANCELLED = "cancelled"
    """Cancelled. Before the purchase the money was returned; after it the money is settled, and nobody waits."""
    UNKNOWN = "unknown"
    """The create's answer was lost and could not be looked up: the money is held, and we go on looking."""


WAYS_OUT: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.ACCEPTED: frozenset({JobState.SUBMITTED, JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN}),
    JobState.SUBMITTED: frozenset({JobState.PAINTED, JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN}),
    JobState.PAINTED: frozenset({JobState.DELIVERED, JobState.FAILED, JobState.UNKNOWN}),
    JobState.UNKNOWN: frozenset({JobState.SUBMITTED, JobState.FAILED}),
    JobState.DELIVERED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}

RUNNING: Final = frozenset({JobState.ACCEPTED, JobState.SUBMITTED, JobState.PAINTED})
"""The states in which somebody is waiting and a place is taken."""

ENDED: Final = frozenset({JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED})
"""The states that no way leads out of."""

Kind = Literal["channel", "thread", "direct"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Enough to find the way back after a restart. Ids are Discord's.

    ``channel_id`` is where the member asked; ``place_id`` where pictures go, once it is known: a thread of ours, or
    the same channel; ``result_place_id`` where they came in the end. ``card_id`` is the answer, ``source_id`` the
    message that holds the source pictures and progress: the card itself, where the pictures are archived already.
    ``word`` is the key of a sentence about why there is no thread. ``threaded`` False: the server wants none;
    ``spoiler``: it wants the pictures covered until they are clicked.
    """

    requester_id: int
    channel_id: int
    interaction_id: int
    guild_id: int | None = None
    kind: Kind = "channel"
    locale: str = "en"
    card_id: int | None = None
    place_id: int | None = None
    source_id: int | None = None
    result_place_id: int | None = None
    word: str | None = None
    threaded: bool = True
    spoiler: bool = False

    @property
    def places(self) -> frozenset[int]:
        """Return the channels, threads and direct messages with messages of the job. Empty once they are forgotten."""
        places = (self.channel_id, self.place_id, self.result_place_id)
        return frozenset(place for place in places if place)

    @property
    def came_direct(self) -> bool:
        """Return whether the result of a server's job came as a direct message, which only its requester sees."""
        return self.result_place_id not in (None, self.channel_id, self.place_id)

    def is_in(self, guild_id: int | None, channel_id: int) -> bool:
        """Return whether messages of the job stand in this channel, thread or direct message.

        ``guild_id`` is None in direct messages. What was ordered in a server is there only where its result was
        delivered there.
        """
        if guild_id == self.guild_id:
            return channel_id in self.places
        return guild_id is None and channel_id == self.result_place_id


@dataclass(frozen=True, slots=True)
class Posted:
    """The message that brought a result, and the channel, thread or direct message that it is in."""

    place_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """The sentence that the member got when the job failed, by key and facts, so that it can be shown again."""

    key: str
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """An accepted order. ``created_at`` and the other times are Unix seconds. ``price`` is what was reserved."""

    id: str
    order: Order
    destination: Destination
    state: JobState
    price: Micros
    created_at: float
    task_id: str | None = None
    submitted_at: float | None = None
    painted_at: float | None = None
    """When ToAPIs first said that its picture is painted: from then on it is paid for, whatever becomes of it."""
    result_id: int | None = None
    trouble: Trouble | None = None
    parent_id: str | None = None
    """The job whose picture this one goes on from, or whose order it repeats."""
    cancelled_at: float | None = None
    cancelled_by: int | None = None
    """When and by whom it was cancelled. While it is being bought, it ends only once the outcome is known."""
    key_id: str | None = None
    """The server's own key (``bot/guilds/api_keys.py``) that it was accepted with, to its end; None: the operator's."""
    forgotten_at: float | None = None
    """When prompt, sources and links were erased (``bot/privacy/forget_jobs.py``). The order is empty since then."""
    erased_id: int | None = None
    """The message that had the painted picture, which somebody deleted."""
    slot: int = 0
    """The slot (``bot/jobs/slot.py``) whose holder accepted it, and goes on with it."""
    in_doubt: bool = False
    """Whether its create was sent, or is being sent, and nobody knows yet what came of it (``bot/jobs/claim.py``)."""

    @property
    def covered(self) -> bool:
        """Return whether its pictures are posted as spoilers: by the server's rule, the member's wish, or a source."""
        return self.destination.spoiler or self.order.covered

    @property
    def nonce(self) -> str:
        """Return what begins the nonce of each message about this job, and stands in it for later processes to find."""
        return self.id

    def stem(self, kind: Literal["source", "retouch"], number: int, count: int) -> str:
        """Return a file name without its ending for source or painted picture ``number`` (from 1) of ``count``."""
        return f"{kind}-{self.id}" if count == 1 else f"{kind}-{self.id}-{number}"

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the source pictures where they last, in messages.

        Uploads are returned only where none was archived.
        """
        where = self.destination
        sources = self.order.sources
        if where.source_id is None or all(source.message_id is not None for source in sources):
            return sources
        return tuple(
            replace(
                source,
                url="",
                name=self.stem("source", number, len(sources)),
                channel_id=where.place_id,
                message_id=where.source_id,
                covered=self.covered,
            )
            for number, source in enumerate(sources, 1)
        )

    @property
    def made_by(self) -> MadeBy:
        """Return whether its pictures are painted from pictures or from words alone: files say so."""
        return "edit" if self.order.sources else "text"


def new_id() -> str:
    """Return 64 random bits as 16 hexadecimal digits: short enough for a nonce (25), a button and a file name."""
    return secrets.token_hex(8)
