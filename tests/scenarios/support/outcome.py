"""How an order ended: what its member received, who was pinged, and what the books say about it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.wording import error_keys

_OVER: Final = ("Done:", "No picture this time", "Not known yet")
_LINKED: Final = "could not bring it here"


@dataclass(slots=True)
class Ending:
    """An order, from its interaction on. Every property is read anew."""

    stage: Stage
    interaction: Interaction

    @property
    def card(self) -> Message:
        assert self.interaction.message is not None  # an order is answered with a card, or it is no order
        return self.interaction.message

    @property
    def job_id(self) -> str:
        """Return the job's id, from the small print of the card."""
        return str(self.card.embeds[0]["footer"]["text"]).split()[-1].partition(".")[0]

    @property
    def thread(self) -> list[Message]:
        """Return the bot's messages in the order's thread; empty if there is none."""
        place = self.card.thread
        return [message for message in place.seen if message.author is self.stage.world.bot] if place else []

    @property
    def is_over(self) -> bool:
        """Return whether the card says that it is over and, if there is a thread, its last message has come."""
        if not any(word in self.card.text for word in _OVER):
            return False
        return "Done:" in self.card.text or not self.thread or any(error_keys(message.text) for message in self.thread)

    @property
    def pictures(self) -> list[str]:
        """Return the names of the painted pictures, in any channel."""
        messages = [*self.thread, *(reply for reply in self.card.channel.seen if reply.reply_to is self.card)]
        names = [file.name for message in messages for file in message.attachments]
        return [name for name in names if name.startswith("retouch-")]

    @property
    def sorry(self) -> tuple[list[str], list[str]]:
        """Return the keys of the error sentences on the card and in the thread, each as often as it appears."""
        return error_keys(self.card.text), [key for message in self.thread for key in error_keys(message.text)]

    @property
    def links(self) -> list[str]:
        """Return the messages that bring an address instead of a picture."""
        return [message.content for message in self.thread if _LINKED in message.content]

    @property
    def words(self) -> str:
        """Return everything that the member can read about the order."""
        return "\n".join(message.text for message in (self.card, *self.thread))

    @property
    def pinged(self) -> set[str]:
        """Return the names of those whom Discord pinged because of the order."""
        return {user.name for message in (self.card, *self.thread) for user in message.pinged}

    @property
    def paid(self) -> int:
        """Count the order's charges that were not refunded, by ToAPIs' ledger."""
        charges = [charge for charge in self.stage.painter.ledger if charge.business_id == self.job_id]
        return sum(not charge.refunded for charge in charges)

    @property
    def cost(self) -> int:
        """Return the micro-dollars of the charges that were not refunded."""
        charges = [charge for charge in self.stage.painter.ledger if charge.business_id == self.job_id]
        return sum(charge.micros for charge in charges if not charge.refunded)

    @property
    def creates(self) -> int:
        """Count the creates that were sent for the order."""
        sent = [call for call in self.stage.painter.requests if call.route == "POST /v1/images/generations"]
        return sum(call.json["client_business_id"] == self.job_id for call in sent)


@dataclass(slots=True)
class RecordedAnswers:
    """A hook of the stand-in ToAPIs that records its own words, and when each create came (monotonic seconds)."""

    said: set[str] = field(default_factory=set)
    creates: dict[str, list[float]] = field(default_factory=dict)

    async def __call__(self, phase: Phase, call: Call) -> None:
        if phase == "before" and call.route == "POST /v1/images/generations":
            self.creates.setdefault(call.json["prompt"], []).append(time.monotonic())
        if phase == "after" and isinstance(call.answer, dict):
            self.said.update(text for text in _texts(call.answer) if len(text) > 8)

    def in_words(self, words: str) -> list[str]:
        """Return those of ToAPIs' own words that appear in a text."""
        return [text for text in (*self.said, "<html", "HTTP 4", "HTTP 5", "sk-") if text in words]


def _texts(body: dict[str, Any]) -> list[str]:
    error = body.get("error")
    inner = error if isinstance(error, dict) else {"message": error}
    return [str(value) for value in (inner.get("message"), body.get("fail_reason"), body.get("message")) if value]
