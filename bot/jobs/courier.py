"""The Courier: the interface by which jobs reach people. The pipeline knows these verbs and nothing of Discord."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.errors import Fact, RetouchError
from bot.images.checked import Picture
from bot.jobs.job import Job, Posted
from bot.memory import Share
from bot.orders import Source

TOGETHER: Final = 10
"""Pictures that come in one message: https://discord.com/developers/docs/resources/message#create-message (files[n])"""

Phase = Literal["preparing", "queued", "painting", "slow", "painted", "held"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job. ``percent`` only where it can be believed; ``seconds`` since it was submitted.

    ``until`` is when it will most likely be done (Unix seconds); None where nobody can say any more. Where it is
    "held", ``reason`` says what is waited for: the end of the key of a sentence, ``held-…``.
    """

    phase: Phase
    percent: int | None = None
    seconds: int = 0
    until: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The place of a job in the queue, 1 for the next to begin. ``begins_at``: Unix seconds, or None where unknown."""

    number: int
    begins_at: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A painted picture that could not be sent: its address at ToAPIs and when that ends (Unix seconds).

    ``url`` is None where we refuse to open the address: then it is shown to nobody. ``why``: the reason for which a
    message with the picture itself was refused, the end of a key ``result-why-…`` where there is one.
    """

    url: str | None
    expires_at: int | None
    why: str = ""


REFUSED: Final = Link(None, None)
"""A picture whose address we refuse to open."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What people have of a job, where the database was restored from a copy that is older.

    ``place_id`` and ``source_id``: its thread and the message with its sources. ``posted``: its result. ``is_over``:
    its card offers no Cancel any more, so that it was delivered, failed or was cancelled.
    """

    place_id: int | None = None
    source_id: int | None = None
    posted: Posted | None = None
    is_over: bool = False


class Courier(Protocol):
    """Each verb may be called again after a crash and then changes nothing that people already have.

    Each verb that is not said to raise nothing raises Unavailable while Discord does not take what is sent.
    """

    async def read(self, source: Source, share: Share) -> bytes:
        """Return the bytes of a source picture, through the message that holds it if there is one.

        ``share`` accounts for them.

        Raises SourceGone, and BadPicture for one that is too large or larger than it was declared to be.
        """
        ...

    async def open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        """Open the thread with the source pictures in it, or use the next best place.

        Return the job with that place.
        """
        ...

    async def queued(self, job: Job, place: QueuePlace) -> bool:
        """Update the place that the card of a waiting job shows. Never raises.

        Return False, showing nothing, where other news would have to wait for that.
        """
        ...

    async def progress(self, job: Job, progress: Progress) -> None:
        """Update the progress shown for a job. Never raises: a failed status update must not fail the job."""
        ...

    async def late(self, job: Job) -> None:
        """Show the member that it takes longer than usual, and that nothing is lost."""
        ...

    async def deliver(
        self,
        job: Job,
        pictures: Sequence[Picture],
        links: Sequence[Link],
        *,
        part: int = 0,
        originals: Sequence[Link] = (),
    ) -> Posted | None:
        """Send painted pictures, at most ``TOGETHER``, as one new message. Return where it is.

        ``originals``: the addresses of ``pictures``, for those that must be made smaller to be sent.

        Return None where people had it already and deleted it before that was recorded: it must not come back.

        A larger result comes in parts, numbered from 0; only the first mentions the member. Raises Undeliverable, and
        BadPicture where a picture can't be made small enough: then only the links can be sent.
        """
        ...

    async def done(self, job: Job, seconds: int) -> None:
        """Update its cards: the pictures came, ``seconds`` after the order, unless they were deleted since."""
        ...

    async def apologise(self, job: Job, error: RetouchError) -> None:
        """Send one sentence, where the member is waiting, on what went wrong and what to do. Raises Undeliverable."""
        ...

    async def cancelled(self, job: Job) -> None:
        """Show that the job was cancelled, by whom, and whether it cost something."""
        ...

    async def find_card(self, job: Job) -> int | None:
        """Return the message id of our answer to the order where a crash kept it from being recorded, or None."""
        ...

    async def recall(self, job: Job) -> Recalled:
        """Look in its places for what a life that is not recorded showed of a job, after the database's copy."""
        ...

    async def warn_operator(self, job: Job, error: RetouchError, links: Sequence[Link] = ()) -> None:
        """Report a job that needs them to the operators, with pictures that nobody else got. Never raises."""
        ...

    async def tell_managers(
        self, guild_id: int, key: str, facts: Mapping[str, Fact], *, otherwise: int, nonce: str
    ) -> None:
        """Send a sentence to the managers of a server: in its log channel, or else to the member ``otherwise``.

        ``nonce`` is the same for what is sent again after a crash. Never raises.
        """
        ...

    async def tell_operators(self, key: str, facts: Mapping[str, Fact]) -> None:
        """Send the operators a sentence that is about no job. Never raises."""
        ...
