"""An Ending: what a member has in hand when an order is over, in words, and what it cost by the painter's ledger."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Final

from playground.toapis.server import Painter
from playground.web.view import THREAD_STARTER
from playground.world.interactions import Interaction
from playground.world.places import Message
from playground.world.state import WorldState

NO_CHARGE: Final = "not charged"
REFUNDED: Final = "charged, and given back"
CHARGED: Final = "charged"

_OVER: Final = ("Done:", "No picture this time", "Not known yet")
"""What a card says that changes no more, or not for now."""
_MARK: Final = re.compile(r"\b[0-9a-f]{16}(\.\d+(-\d+)?)?\b")
_LAST: Final = re.compile(r"\b[0-9a-f]{16}\.[234]")
"""The mark of a result, an apology, or of "not known yet"."""


@dataclass(frozen=True, slots=True)
class Ending:
    """``words``: what is told, once each. ``buttons``: what may be pressed then. ``seen``: the messages to look at.

    ``private``: only this member sees it; ``in_thread``: they are called in the order's thread as well.
    """

    words: tuple[str, ...]
    buttons: tuple[str, ...]
    private: bool
    in_thread: bool
    pictures: int
    money: str
    seen: tuple[Message, ...]


def is_over(order: Interaction) -> bool:
    """Whether the member has been told how it ended: on the card, and by a message wherever one comes."""
    card = order.message
    if card is None or card.ephemeral:
        return order.failed or card is not None
    if not any(word in card.text for word in _OVER):
        return False
    return card.thread is None or any(_LAST.search(message.text) for message in _later(card))


def ending(order: Interaction, painter: Painter) -> Ending:
    """How it stands now. Raises ValueError where Discord had to say that the bot did not respond."""
    card = order.message
    world = order.world
    if card is None:
        raise ValueError(f"{order!r}: the bot did not answer within three seconds; is this machine very busy?")
    later = _later(card)
    names = [file.name for message in later for file in message.attachments]
    last = later[-1] if later else card
    return Ending(
        words=told(card, later, world),
        buttons=tuple(last.buttons),
        private=card.ephemeral,
        in_thread=card.thread is not None,
        pictures=sum(name.startswith("retouch-") for name in names),
        money=_money(card, painter),
        seen=(card, *_written(card)),
    )


def _later(card: Message) -> list[Message]:
    """What the bot wrote after the card, but for the message that keeps the source picture."""
    return [one for one in _written(card) if not _keeps_source(one)]


def _keeps_source(message: Message) -> bool:
    return any(file.name.startswith("source-") for file in message.attachments)


def _written(card: Message) -> list[Message]:
    """Everything that the bot wrote after the card: in its thread, and in the channel in reply to it."""
    replies = [one for one in card.channel.seen if one.reply_to is card]
    written = [*(card.thread.seen if card.thread is not None else ()), *replies]
    return [one for one in written if one.author is card.author and one.kind != THREAD_STARTER]


def _money(card: Message, painter: Painter) -> str:
    found = _MARK.search(card.text)
    charges = [charge for charge in painter.ledger if found and charge.business_id == found[0].partition(".")[0]]
    standing = sum(not charge.refunded for charge in charges)
    if standing > 1:
        return f"{CHARGED} {standing} times"
    return CHARGED if standing else REFUNDED if charges else NO_CHARGE


def told(card: Message, later: list[Message], world: WorldState) -> tuple[str, ...]:
    """The words of these messages without what every order has: who asked, for what, and the small print."""
    first, *others = [line for line in _lines(card) if line.strip()]
    lines = [first, *(line for line in others if line.startswith("-# "))] if card.embeds else [first, *others]
    texts = [plain(line, world) for line in lines if not line.startswith("Done:")]
    for message in later:
        spoken = [plain(line, world) for line in _lines(message)]
        text = " ".join(line for line in spoken if line)
        news = re.sub(r"^@\w+\s*", "", text)  # whoever is called is not told anything else than the card says
        if news and not any(news in known for known in texts):
            texts.append(text)
    return tuple(texts)


def _lines(message: Message) -> list[str]:
    """Without the small print, whose mark is different each time."""
    text = "\n".join([message.content, *(str(embed.get("description", "")) for embed in message.embeds)])
    return [line for line in text.split("\n") if not _MARK.search(line.replace("\\", ""))]


def plain(text: str, world: WorldState) -> str:
    """As a person reads it: names for mentions, words for moments, no markup."""
    users = {str(user.id): user.name for user in world.users.values()}
    places = {str(place.id): place.name for place in world.channels.values()}
    roles = {str(role.id): role.name for guild in world.guilds.values() for role in guild.roles.values()}
    text = re.sub(r"<@!?(\d+)>", lambda found: f"@{users.get(found[1], 'someone')}", text)
    text = re.sub(r"<#(\d+)>", lambda found: f"#{places.get(found[1], 'somewhere')}", text)
    text = re.sub(r"<@&(\d+)>", lambda found: f"@{roles.get(found[1], 'somebody')}", text)
    text = re.sub(r"<t:(\d+):(\w)>", lambda found: _moment(float(found[1]) - time.time(), found[2]), text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^-# ", "", re.sub(r"\*\*(.+?)\*\*", r"\1", text))
    return re.sub(r"\\(.)", r"\1", text).strip()


def _moment(ahead: float, style: str) -> str:
    hours = round(ahead / 3600)
    if hours < 1:
        return "just now"
    if style == "R":
        return "in an hour" if hours == 1 else f"in {hours} hours" if hours < 72 else f"in {round(hours / 24)} days"
    return "this time tomorrow" if hours == 24 else f"{round(hours / 24)} days from now"
