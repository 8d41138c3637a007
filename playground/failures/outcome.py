"""Endings: what a member sees and has when an order is over, and what it cost by the stand-in's ledger."""

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
"""Words of a card that changes no more, or not for now."""
_MARK: Final = re.compile(r"\b[0-9a-f]{16}(\.\d+(-\d+)?)?\b")
_LAST: Final = re.compile(r"\b[0-9a-f]{16}\.[234]")
"""The mark of a result, of an apology, or of "not known yet"."""


@dataclass(frozen=True, slots=True)
class Ending:
    """``words``: the sentences, once each. ``buttons``: what may be pressed then. ``seen``: the messages to look at.

    ``private``: only this member sees it; ``in_thread``: they are pinged in the order's thread as well.
    """

    words: tuple[str, ...]
    buttons: tuple[str, ...]
    private: bool
    in_thread: bool
    pictures: int
    money: str
    seen: tuple[Message, ...]


def is_over(order: Interaction) -> bool:
    """Return whether the member has been told how it ended: on the card, and by a message wherever one comes."""
    card = order.message
    if card is None or card.ephemeral:
        return order.failed or card is not None
    if not any(word in card.text for word in _OVER):
        return False
    return card.thread is None or any(_LAST.search(message.text) for message in _later(card))


def ending(order: Interaction, painter: Painter) -> Ending:
    """Return the ending as it is now. Raises ValueError where Discord had to say that the bot did not respond."""
    card = order.message
    world = order.world
    if card is None:
        raise ValueError(f"{order!r}: the bot did not answer within three seconds; is this machine very busy?")
    later = _later(card)
    names = [file.name for message in later for file in message.attachments]
    last = later[-1] if later else card
    return Ending(
        words=card_words(card, later, world),
        buttons=tuple(last.buttons),
        private=card.ephemeral,
        in_thread=card.thread is not None,
        pictures=sum(name.startswith("retouch-") for name in names),
        money=_money(card, painter),
        seen=(card, *_written(card)),
    )


def _later(card: Message) -> list[Message]:
    """Return the bot's messages after the card, except the message that keeps the source picture."""
    return [message for message in _written(card) if not _keeps_source(message)]


def _keeps_source(message: Message) -> bool:
    return any(file.name.startswith("source-") for file in message.attachments)


def _written(card: Message) -> list[Message]:
    """Return the bot's messages after the card: in its thread, and in the channel in reply to it."""
    replies = [message for message in card.channel.seen if message.reply_to is card]
    written = [*(card.thread.seen if card.thread is not None else ()), *replies]
    return [message for message in written if message.author is card.author and message.kind != THREAD_STARTER]


def _money(card: Message, painter: Painter) -> str:
    mark = _MARK.search(card.text)
    charges = [charge for charge in painter.ledger if mark and charge.business_id == mark[0].partition(".")[0]]
    standing = sum(not charge.refunded for charge in charges)
    if standing > 1:
        return f"{CHARGED} {standing} times"
    if standing:
        return CHARGED
    return REFUNDED if charges else NO_CHARGE


def card_words(card: Message, later: list[Message], world: WorldState) -> tuple[str, ...]:
    """Return the words of these messages without what every order has: who asked, for what, and the small print."""
    first, *others = [line for line in _lines(card) if line.strip()]
    lines = [first, *(line for line in others if line.startswith("-# "))] if card.embeds else [first, *others]
    texts = [plain(line, world) for line in lines if not line.startswith("Done:")]
    for message in later:
        spoken = [plain(line, world) for line in _lines(message)]
        text = " ".join(line for line in spoken if line)
        news = re.sub(r"^@\w+\s*", "", text)  # a ping at the start says nothing beyond the card
        if news and not any(news in earlier for earlier in texts):
            texts.append(text)
    return tuple(texts)


def _lines(message: Message) -> list[str]:
    """Return the lines without the small print, whose mark is different each time."""
    text = "\n".join([message.content, *(str(embed.get("description", "")) for embed in message.embeds)])
    return [line for line in text.split("\n") if not _MARK.search(line.replace("\\", ""))]


def plain(text: str, world: WorldState) -> str:
    """Return the text as a person reads it: names for mentions, words for moments, no markup."""
    users = {str(user.id): user.name for user in world.users.values()}
    places = {str(place.id): place.name for place in world.channels.values()}
    roles = {str(role.id): role.name for guild in world.guilds.values() for role in guild.roles.values()}
    text = re.sub(r"<@!?(\d+)>", lambda match: f"@{users.get(match[1], 'someone')}", text)
    text = re.sub(r"<#(\d+)>", lambda match: f"#{places.get(match[1], 'somewhere')}", text)
    text = re.sub(r"<@&(\d+)>", lambda match: f"@{roles.get(match[1], 'somebody')}", text)
    text = re.sub(r"<t:(\d+):(\w)>", lambda match: _moment(float(match[1]) - time.time(), match[2]), text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^-# ", "", re.sub(r"\*\*(.+?)\*\*", r"\1", text))
    return re.sub(r"\\(.)", r"\1", text).strip()


def _moment(ahead: float, style: str) -> str:
    hours = round(ahead / 3600)
    if hours < 1:
        return "just now"
    if style == "R":
        if hours >= 72:
            return f"in {round(hours / 24)} days"
        return "in an hour" if hours == 1 else f"in {hours} hours"
    return "this time tomorrow" if hours == 24 else f"{round(hours / 24)} days from now"
