"""The Courier brings a job's news to people. The pipeline knows these verbs and nothing of Discord."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.errors import Fact, RetouchError
from bot.images.picture import Picture
from bot.jobs.job import Job
from bot.memory import Share
from bot.orders import Source

TOGETHER: Final = 10
"""Pictures that come in one message: https://discord.com/developers/docs/resources/message#create-message (files[n])"""

Phase = Literal["preparing", "queued", "painting", "slow", "painted", "held"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job is. ``percent`` only where it can be believed; ``seconds`` since it was submitted.

    ``until`` is when it will most likely be done (Unix seconds); None where nobody can say any more. Where it is
    "held", ``reason`` says what is waited for: the end of the key of a sentence, ``held-…``.
    """

    phase: Phase
    percent: int | None = None
    seconds: int = 0
    until: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A painted picture that could not be brought: its address at ToAPIs and when that ends (Unix seconds).

    ``url`` is None where we refuse to open the address: then it is repeated to nobody.
    """

    url: str | None
    expires_at: int | None


REFUSED: Final = Link(None, None)
"""A picture whose address we refuse to open."""


class Courier(Protocol):
    """Each verb may be called again after a crash and then changes nothing that people already have.

    Each verb that is not said to raise nothing raises Unavailable while Discord does not take what is sent.
    """

    async def read(self, source: Source, share: Share) -> bytes:
        """A source picture, by way of the message that holds it where there is one. ``share`` then holds its bytes.

        Raises SourceGone, and BadPicture for one that is too large or larger than it was declared to be.
        """
        ...

    async def open(self, job: Job, pictures: Sequence[Picture]) -> Job:
        """Opens the thread with the source pictures in it, or finds the next best place. The job that knows it."""
        ...

    async def progress(self, job: Job, progress: Progress) -> None:
        """Shows where the job is. Never raises: news of yesterday must not hurt a picture of today."""
        ...

    async def late(self, job: Job) -> None:
        """Tells that it takes longer than usual, and that nothing is lost."""
        ...

    async def deliver(
        self, job: Job, pictures: Sequence[Picture], links: Sequence[Link], *, part: int = 0
    ) -> int | None:
        """Brings painted pictures, at most ``TOGETHER``, as one new message. Its id.

        None where people had it already, and deleted it before that could be noted: it must not come back.

        A result of more comes in parts, numbered from 0; only the first calls the member.
        Raises Undeliverable, and BadPicture where a picture can't be made small enough: then the links are left.
        """
        ...

    async def done(self, job: Job, seconds: int) -> None:
        """Let its cards say that the pictures came, ``seconds`` after the order, unless they were deleted since."""
        ...

    async def apologise(self, job: Job, error: RetouchError) -> None:
        """Says in one sentence, where the member is waiting, what went wrong and what to do. Raises Undeliverable."""
        ...

    async def cancelled(self, job: Job) -> None:
        """Shows that the job was called off, by whom, and whether it cost something."""
        ...

    async def find_card(self, job: Job) -> int | None:
        """The message id of our answer to the order, where a crash kept us from noting it; None: none was shown."""
        ...

    async def warn_operator(self, job: Job, error: RetouchError, links: Sequence[Link] = ()) -> None:
        """Tells the operators about a job that needs their eyes, with pictures that nobody else got. Never raises."""
        ...

    async def tell_managers(
        self, guild_id: int, key: str, facts: Mapping[str, Fact], *, otherwise: int, nonce: str
    ) -> None:
        """Tells those who manage a server a sentence: in its log channel, or else directly a member of this id.

        ``nonce`` is the same for what is told again after a crash. Never raises.
        """
        ...

    async def tell_operators(self, key: str, facts: Mapping[str, Fact]) -> None:
        """Tells the operators a sentence that is about no job. Never raises."""
        ...
