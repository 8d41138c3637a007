"""Requests about messages: send, read, edit, delete and react.

https://discord.com/developers/docs/resources/message
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from playground.world import conversation
from playground.world.permissions import Permission
from playground.world.places import Channel, Kind, Message

from .desk import NOTHING, Answer, Ask, Desk, Handler
from .drafts import changes, read_draft
from .errors import Faults, Refusal

Json = dict[str, Any]

NONCE_LIFE = 300.0
"""Seconds for which a repeated nonce is recognised; Discord says "a few minutes"."""
SPEAKABLE = frozenset(Kind) - {Kind.CATEGORY, Kind.FORUM}


def create(desk: Desk, ask: Ask) -> Answer:
    world = desk.world
    channel = desk.channel(ask)
    if channel.kind not in SPEAKABLE:
        raise Refusal(50008)
    desk.need(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    _open(desk, channel)
    if channel.guild is None and not all(user.dms_open for user in channel.recipients):
        raise Refusal(50007)
    if ask.uploads:
        desk.need(channel, Permission.ATTACH_FILES)
    body = ask.body
    draft = read_draft(world, ask, body, channel, embeds=desk.may(channel, Permission.EMBED_LINKS))
    again = _sent_before(desk, channel, body)
    if again is not None:
        return Answer(200, desk.shapes.message(again))
    reply_to, reference = _reference(desk, channel, body)
    message = conversation.post(
        world, channel, world.bot, draft.content, kind=19 if reply_to is not None else 0, embeds=draft.embeds,
        attachments=draft.attachments, components=draft.components, flags=draft.flags, allowed=draft.allowed,
        reply_to=reply_to, reference=reference, nonce=body.get("nonce"),
    )  # fmt: skip
    if body.get("enforce_nonce") and body.get("nonce") is not None:
        world.nonces[channel.id, world.bot.id, str(body["nonce"])] = (world.clock(), message.id)
    return Answer(200, desk.shapes.message(message))


def _open(desk: Desk, channel: Channel) -> None:
    """Check that a message may open this thread again; a locked thread opens for moderators only."""
    if channel.locked and not desk.may(channel, Permission.MANAGE_THREADS):
        raise Refusal(50083 if channel.archived else 160005)
    guild = channel.guild
    if channel.archived and guild is not None and len(guild.active_threads) >= guild.active_thread_limit:
        raise Refusal(160006)


def _sent_before(desk: Desk, channel: Channel, body: Json) -> Message | None:
    """Return the message that was sent with this nonce and enforce_nonce a moment ago, or None.

    https://discord.com/developers/docs/resources/message#create-message
    """
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    earlier = desk.world.nonces.get((channel.id, desk.world.bot.id, str(body["nonce"])))
    if earlier is None or desk.world.clock() - earlier[0] > NONCE_LIFE:
        return None
    return channel.messages.get(earlier[1])


def _reference(desk: Desk, channel: Channel, body: Json) -> tuple[Message | None, Json | None]:
    wanted = body.get("message_reference")
    if not wanted:
        return None, None
    if not desk.may(channel, Permission.READ_MESSAGE_HISTORY):
        raise Refusal(160002)
    message = channel.messages.get(int(wanted.get("message_id") or 0))
    if message is None or message.seen_only_by is not None:
        if wanted.get("fail_if_not_exists", True):
            faults = Faults()
            faults.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            faults.check()
        return None, None
    reference = {"channel_id": str(channel.id), "message_id": str(message.id)}
    if channel.guild is not None:
        reference["guild_id"] = str(channel.guild.id)
    return message, reference


def fetch(desk: Desk, ask: Ask) -> Answer:
    channel = desk.channel(ask, Permission.READ_MESSAGE_HISTORY)
    message = desk.message(ask, channel)
    return Answer(200, desk.shapes.message(message, readable=desk.shapes.readable(message)))


def history(desk: Desk, ask: Ask) -> Answer:
    """Return messages, newest first. Without READ_MESSAGE_HISTORY the list is empty, and that is no error."""
    channel = desk.channel(ask)
    limit = _limit(ask)
    messages = sorted(channel.seen, key=lambda message: message.id, reverse=True)
    if not desk.may(channel, Permission.READ_MESSAGE_HISTORY):
        messages = []
    if "around" in ask.query:
        middle = int(ask.query["around"])
        older = [message for message in messages if message.id <= middle][: limit // 2 + 1]
        messages = [message for message in messages if message.id > middle][-(limit // 2) :] + older
    elif "after" in ask.query:
        messages = [message for message in messages if message.id > int(ask.query["after"])][-limit:]
    elif "before" in ask.query:
        messages = [message for message in messages if message.id < int(ask.query["before"])]
    shapes = desk.shapes
    return Answer(200, [shapes.message(message, readable=shapes.readable(message)) for message in messages[:limit]])


def _limit(ask: Ask) -> int:
    text = ask.query.get("limit", "50")
    if not text.isdigit() or not 1 <= int(text) <= 100:
        faults = Faults()
        faults.add(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        faults.check()
    return int(text)


def change(desk: Desk, ask: Ask) -> Answer:
    channel = desk.channel(ask)
    message = desk.message(ask, channel)
    if message.author is not desk.world.bot:
        raise Refusal(50005)
    if channel.archived:
        raise Refusal(50083)
    if ask.uploads:
        desk.need(channel, Permission.ATTACH_FILES)
    fields = changes(desk.world, ask, ask.body, message, embeds=desk.may(channel, Permission.EMBED_LINKS))
    conversation.edit(desk.world, message, fields, allowed=ask.body.get("allowed_mentions"))
    return Answer(200, desk.shapes.message(message))


def remove(desk: Desk, ask: Ask) -> Answer:
    channel = desk.channel(ask)
    message = desk.message(ask, channel)
    if message.author is not desk.world.bot:
        desk.need(channel, Permission.MANAGE_MESSAGES)
    if channel.archived:
        raise Refusal(50083)
    conversation.delete(desk.world, message, desk.world.bot.name)
    return NOTHING


def react(desk: Desk, ask: Ask) -> Answer:
    channel = desk.channel(ask, Permission.READ_MESSAGE_HISTORY)
    message = desk.message(ask, channel)
    if channel.archived:
        raise Refusal(50083)
    emoji = unquote(ask.call.params["emoji"])
    who = message.reactions.setdefault(emoji, [])
    if not who:
        desk.need(channel, Permission.ADD_REACTIONS)
    if desk.world.bot not in who:
        who.append(desk.world.bot)
        desk.world.record("reaction", desk.world.bot.name, channel, emoji, message=str(message.id))
    return NOTHING


def unreact(desk: Desk, ask: Ask) -> Answer:
    message = desk.message(ask, desk.channel(ask))
    emoji = unquote(ask.call.params["emoji"])
    message.reactions[emoji] = [who for who in message.reactions.get(emoji, []) if who is not desk.world.bot]
    return NOTHING


ROUTES: dict[str, Handler] = {
    "POST /channels/{channel}/messages": create,
    "GET /channels/{channel}/messages": history,
    "GET /channels/{channel}/messages/{message}": fetch,
    "PATCH /channels/{channel}/messages/{message}": change,
    "DELETE /channels/{channel}/messages/{message}": remove,
    "PUT /channels/{channel}/messages/{message}/reactions/{emoji}/@me": react,
    "DELETE /channels/{channel}/messages/{message}/reactions/{emoji}/@me": unreact,
}
