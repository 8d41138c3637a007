"""Requests about messages: send, read, edit, delete and react.

https://discord.com/developers/docs/resources/message
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from playground.world import conversation
from playground.world.permissions import Permission
from playground.world.places import Channel, ChannelType, Message

from .drafts import changes, read_draft
from .errors import FormErrors, Refusal
from .filters import filter_draft
from .rest_context import NOTHING, Answer, Handler, RestContext, RestRequest

Json = dict[str, Any]

NONCE_LIFE = 300.0
"""Seconds for which a repeated nonce is recognised; Discord says "a few minutes"."""
SPEAKABLE = frozenset(ChannelType) - {ChannelType.CATEGORY, ChannelType.FORUM}


def create(context: RestContext, request: RestRequest) -> Answer:
    world = context.world
    channel = context.channel(request)
    if channel.kind not in SPEAKABLE:
        raise Refusal(50008)
    context.need(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    _open(context, channel)
    if channel.guild is None and not all(user.dms_open for user in channel.recipients):
        raise Refusal(50007)
    if request.uploads:
        context.need(channel, Permission.ATTACH_FILES)
    body = request.body
    draft = read_draft(world, request, body, channel, embeds=context.may(channel, Permission.EMBED_LINKS))
    filter_draft(channel, draft)
    again = _sent_before(context, channel, body)
    if again is not None:
        return Answer(200, context.shapes.message(again))
    reply_to, reference = _reference(context, channel, body)
    message = conversation.post(
        world, channel, world.bot, draft.content, kind=19 if reply_to is not None else 0, embeds=draft.embeds,
        attachments=draft.attachments, components=draft.components, flags=draft.flags, allowed=draft.allowed,
        reply_to=reply_to, reference=reference, nonce=body.get("nonce"),
    )  # fmt: skip
    if body.get("enforce_nonce") and body.get("nonce") is not None:
        world.nonces[channel.id, world.bot.id, str(body["nonce"])] = (world.clock(), message.id)
    return Answer(200, context.shapes.message(message))


def _open(context: RestContext, channel: Channel) -> None:
    """Check that a message may open this thread again; a locked thread opens for moderators only."""
    if channel.locked and not context.may(channel, Permission.MANAGE_THREADS):
        raise Refusal(50083 if channel.archived else 160005)
    guild = channel.guild
    if channel.archived and guild is not None and len(guild.active_threads) >= guild.active_thread_limit:
        raise Refusal(160006)


def _sent_before(context: RestContext, channel: Channel, body: Json) -> Message | None:
    """Return the message that was sent with this nonce and enforce_nonce a moment ago, or None.

    https://discord.com/developers/docs/resources/message#create-message
    """
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    earlier = context.world.nonces.get((channel.id, context.world.bot.id, str(body["nonce"])))
    if earlier is None or context.world.clock() - earlier[0] > NONCE_LIFE:
        return None
    return channel.messages.get(earlier[1])


def _reference(context: RestContext, channel: Channel, body: Json) -> tuple[Message | None, Json | None]:
    wanted = body.get("message_reference")
    if not wanted:
        return None, None
    if not context.may(channel, Permission.READ_MESSAGE_HISTORY):
        raise Refusal(160002)
    message = channel.messages.get(int(wanted.get("message_id") or 0))
    if message is None or message.seen_only_by is not None:
        if wanted.get("fail_if_not_exists", True):
            errors = FormErrors()
            errors.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            errors.check()
        return None, None
    reference = {"channel_id": str(channel.id), "message_id": str(message.id)}
    if channel.guild is not None:
        reference["guild_id"] = str(channel.guild.id)
    return message, reference


def fetch(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request, Permission.READ_MESSAGE_HISTORY)
    message = context.message(request, channel)
    return Answer(200, context.shapes.message(message, readable=context.shapes.readable(message)))


def history(context: RestContext, request: RestRequest) -> Answer:
    """Return messages, newest first. Without READ_MESSAGE_HISTORY the list is empty, and that is no error."""
    channel = context.channel(request)
    limit = _limit(request)
    messages = sorted(channel.seen, key=lambda message: message.id, reverse=True)
    if not context.may(channel, Permission.READ_MESSAGE_HISTORY):
        messages = []
    if "around" in request.query:
        middle = int(request.query["around"])
        older = [message for message in messages if message.id <= middle][: limit // 2 + 1]
        messages = [message for message in messages if message.id > middle][-(limit // 2) :] + older
    elif "after" in request.query:
        messages = [message for message in messages if message.id > int(request.query["after"])][-limit:]
    elif "before" in request.query:
        messages = [message for message in messages if message.id < int(request.query["before"])]
    shapes = context.shapes
    return Answer(200, [shapes.message(message, readable=shapes.readable(message)) for message in messages[:limit]])


def _limit(request: RestRequest) -> int:
    text = request.query.get("limit", "50")
    if not text.isdigit() or not 1 <= int(text) <= 100:
        errors = FormErrors()
        errors.add(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        errors.check()
    return int(text)


def change(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request)
    message = context.message(request, channel)
    if message.author is not context.world.bot:
        raise Refusal(50005)
    if channel.archived:
        raise Refusal(50083)
    if request.uploads:
        context.need(channel, Permission.ATTACH_FILES)
    fields = changes(context.world, request, request.body, message, embeds=context.may(channel, Permission.EMBED_LINKS))
    conversation.edit(context.world, message, fields, allowed=request.body.get("allowed_mentions"))
    return Answer(200, context.shapes.message(message))


def remove(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request)
    message = context.message(request, channel)
    if message.author is not context.world.bot:
        context.need(channel, Permission.MANAGE_MESSAGES)
    if channel.archived:
        raise Refusal(50083)
    conversation.delete(context.world, message, context.world.bot.name)
    return NOTHING


def react(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request, Permission.READ_MESSAGE_HISTORY)
    message = context.message(request, channel)
    if channel.archived:
        raise Refusal(50083)
    emoji = unquote(request.call.params["emoji"])
    who = message.reactions.setdefault(emoji, [])
    if not who:
        context.need(channel, Permission.ADD_REACTIONS)
    if context.world.bot not in who:
        who.append(context.world.bot)
        context.world.record("reaction", context.world.bot.name, channel, emoji, message=str(message.id))
    return NOTHING


def unreact(context: RestContext, request: RestRequest) -> Answer:
    message = context.message(request, context.channel(request))
    emoji = unquote(request.call.params["emoji"])
    message.reactions[emoji] = [who for who in message.reactions.get(emoji, []) if who is not context.world.bot]
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
