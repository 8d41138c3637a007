"""Interactions: a person's use of the bot, and its outcome."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from playground.world.messages import Attachment
from playground.world.places import Channel, InteractionMetadata, Message
from playground.world.state import WorldState

Json = dict[str, Any]

ANSWER_WITHIN = 3.0  # https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
TOKEN_LIFE = 15 * 60.0
FOLLOWUPS_WITHOUT_BOT = 5


class CallbackType(IntEnum):
    """https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object"""

    PONG = 1
    MESSAGE = 4
    THINKING = 5
    LATER = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, eq=False, kw_only=True)
class Interaction(InteractionMetadata):
    """``answered``, ``answered_after``, ``ephemeral``, ``message``, ``failed``, ``choices``, ``modal``: the outcome."""

    token: str
    channel: Channel
    created_at: float
    world: WorldState = field(repr=False)
    app_permissions: int = 0
    """The bot's permissions in that place, as the interaction states them."""
    resolved: dict[str, dict[int, Any]] = field(default_factory=dict)
    uploads: list[Attachment] = field(default_factory=list)
    answer: CallbackType | None = None
    answered_at: float | None = None
    failed: bool = False
    """The member was shown "The application did not respond"."""
    followups: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)
    held_up_before: tuple[float, ...] = ()
    """The value of ``World.held_up`` at the start of this interaction."""

    @property
    def answered(self) -> bool:
        return self.answer is not None

    @property
    def answered_after(self) -> float | None:
        """Return the seconds from the interaction to its first answer, or None."""
        return None if self.answered_at is None else self.answered_at - self.created_at

    @property
    def message(self) -> Message | None:
        """Return the first answer's message (``@original``), as it is now."""
        return self.original

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral

    @property
    def overdue(self) -> bool:
        """Return whether the bot is late by its own fault. Seconds in which the machine held it up don't count."""
        if self.answer is not None or self.world.clock() - self.created_at <= ANSWER_WITHIN:
            return False
        held_up = zip(self.world.held_up(), self.held_up_before, strict=False)
        excused = max((now - before for now, before in held_up), default=0.0)
        return self.world.clock() - self.created_at - max(0.0, excused) > ANSWER_WITHIN

    @property
    def expired(self) -> bool:
        return self.world.clock() - self.created_at > TOKEN_LIFE

    @property
    def settled(self) -> bool:
        """Return whether it was answered with something to read, or has failed."""
        return self.failed or (self.answered and not (self.original is not None and self.original.loading))

    def __repr__(self) -> str:
        state = self.answer.name if self.answer is not None else "unanswered"
        if self.failed:
            state = "failed"
        return f"<Interaction {self.name!r} by {self.user.name}: {state}>"

    async def outcome(self, timeout: float = 20.0) -> Interaction:
        """Wait until it is answered in any way, or has failed; returns itself."""
        await self.world.until(lambda: self.answered or self.failed, timeout)
        return self

    async def said(self, timeout: float = 20.0) -> Message:
        """Wait until there is something to read (a "thinking…" has been replaced); returns that message."""
        await self.world.until(lambda: self.settled and self.original is not None, timeout)
        assert self.original is not None  # the line above waited for it
        return self.original
