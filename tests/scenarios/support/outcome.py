"""The Ending of an order: what its member has in hand, who was called, and what stands in the books about it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.wording import told

_OVER: Final = ("Done:", "No picture this time", "Not known yet")
_LINKED: Final = "could not bring it here"


@dataclass(slots=True)
class Ending:
    """One order, from its interaction on. Everything is read anew each time that it is asked for."""

    stage: Stage
    interaction: Interaction

    @property
    def card(self) -> Message:
        assert self.interaction.message is not None  # an order is answered with a card, or it is no order
        return self.interaction.message

    @property
    def job_id(self) -> str:
        """From the small print of the card."""
        return str(self.card.embeds[0]["footer"]["text"]).split()[-1].partition(".")[0]

    @property
    def thread(self) -> list[Message]:
        """What the bot wrote into the order's thread; empty where there is none."""
        place = self.card.thread
        return [one for one in place.seen if one.author is self.stage.world.bot] if place else []

    @property
    def is_over(self) -> bool:
        """The card says so; where there is a thread, its last message has come as well."""
        if not any(word in self.card.text for word in _OVER):
            return False
        return "Done:" in self.card.text or not self.thread or any(told(message.text) for message in self.thread)

    @property
    def pictures(self) -> list[str]:
        """The names of the painted pictures, wherever they came."""
        messages = [*self.thread, *(one for one in self.card.channel.seen if one.reply_to is self.card)]
        names = [file.name for message in messages for file in message.attachments]
        return [name for name in names if name.startswith("retouch-")]

    @property
    def sorry(self) -> tuple[list[str], list[str]]:
        """The keys of the sentences on the card and in the thread, each as often as it stands there."""
        return told(self.card.text), [key for message in self.thread for key in told(message.text)]

    @property
    def links(self) -> list[str]:
        """The messages that bring an address instead of a picture."""
        return [message.content for message in self.thread if _LINKED in message.content]

    @property
    def words(self) -> str:
        """Everything that the member can read of it."""
        return "\n".join(message.text for message in (self.card, *self.thread))

    @property
    def called(self) -> set[str]:
        """Whom Discord called because of it."""
        return {user.name for message in (self.card, *self.thread) for user in message.pinged}

    @property
    def paid(self) -> int:
        """Charges for it that were not given back, by the painter's ledger."""
        charges = [charge for charge in self.stage.painter.ledger if charge.business_id == self.job_id]
        return sum(not charge.refunded for charge in charges)

    @property
    def cost(self) -> int:
        """Micro-dollars of the charges that stand."""
        charges = [charge for charge in self.stage.painter.ledger if charge.business_id == self.job_id]
        return sum(charge.micros for charge in charges if not charge.refunded)

    @property
    def creates(self) -> int:
        """How many were sent."""
        sent = [call for call in self.stage.painter.requests if call.route == "POST /v1/images/generations"]
        return sum(call.json["client_business_id"] == self.job_id for call in sent)


@dataclass(slots=True)
class Overheard:
    """A hook of the painter: what it said in its own words, and when each create came (monotonic seconds)."""

    said: set[str] = field(default_factory=set)
    creates: dict[str, list[float]] = field(default_factory=dict)

    async def __call__(self, phase: Phase, call: Call) -> None:
        if phase == "before" and call.route == "POST /v1/images/generations":
            self.creates.setdefault(call.json["prompt"], []).append(time.monotonic())
        if phase == "after" and isinstance(call.answer, dict):
            self.said.update(text for text in _texts(call.answer) if len(text) > 8)

    def in_words(self, words: str) -> list[str]:
        """What of it is found in a text."""
        return [text for text in (*self.said, "<html", "HTTP 4", "HTTP 5", "sk-") if text in words]


def _texts(body: dict[str, Any]) -> list[str]:
    error = body.get("error")
    inner = error if isinstance(error, dict) else {"message": error}
    return [str(value) for value in (inner.get("message"), body.get("fail_reason"), body.get("message")) if value]
