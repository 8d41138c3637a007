"""Requests about threads: open, change, join, leave, list and delete.

https://discord.com/developers/docs/topics/threads
"""

from __future__ import annotations

from typing import Any

from playground.world import conversation
from playground.world.permissions import Permission
from playground.world.places import Channel, ChannelType

from .drafts import read_draft
from .errors import FormErrors, Refusal
from .fields import among, form, mapped, whole, words, yes
from .filters import filter_title
from .rest_context import NOTHING, Answer, Handler, RestContext, RestRequest

Json = dict[str, Any]

ARCHIVE_AFTER = (60, 1440, 4320, 10080)
PARENTS = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT})


def from_message(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request)
    message = context.message(request, channel)
    if channel.kind not in PARENTS:
        raise Refusal(50024)
    _check(request.body)
    context.need(channel, Permission.CREATE_PUBLIC_THREADS)
    if message.thread is not None:
        raise Refusal(160004)
    filter_title(channel)
    _room_for_one(channel)
    thread = conversation.open_thread(
        context.world, channel, context.world.bot, request.body["name"], starter=message,
        auto_archive=request.body.get("auto_archive_duration"),
    )  # fmt: skip
    return Answer(201, context.shapes.channel(thread))


def in_channel(context: RestContext, request: RestRequest) -> Answer:
    """Open a thread without a message; in a forum it comes with its first message."""
    channel = context.channel(request)
    body = request.body
    if channel.kind is ChannelType.FORUM:
        return _forum_post(context, request, channel)
    if channel.kind not in PARENTS:
        raise Refusal(50024)
    _check(body)
    private = body.get("type", int(ChannelType.PRIVATE_THREAD)) == ChannelType.PRIVATE_THREAD
    context.need(channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
    filter_title(channel)
    _room_for_one(channel)
    thread = conversation.open_thread(
        context.world,
        channel,
        context.world.bot,
        body["name"],
        auto_archive=body.get("auto_archive_duration"),
        private=private,
    )
    if not private:
        conversation.announce_thread(context.world, thread, context.world.bot)
    return Answer(201, context.shapes.channel(thread))


def _forum_post(context: RestContext, request: RestRequest, channel: Channel) -> Answer:
    _check(request.body)
    errors = FormErrors()
    body = mapped(errors, ("message",), request.body.get("message"))
    errors.check()
    context.need(channel, Permission.SEND_MESSAGES)
    draft = read_draft(context.world, request, body, channel, pictures=context.may(channel, Permission.ATTACH_FILES))
    filter_title(channel)
    _room_for_one(channel)
    thread = conversation.open_thread(
        context.world,
        channel,
        context.world.bot,
        request.body["name"],
        auto_archive=request.body.get("auto_archive_duration"),
    )
    message = conversation.post(
        context.world, thread, context.world.bot, draft.content, embeds=draft.embeds, attachments=draft.attachments,
        components=draft.components, flags=draft.flags, allowed=draft.allowed,
    )  # fmt: skip
    return Answer(201, context.shapes.channel(thread) | {"message": context.shapes.message(message)})


def _check(body: Json, *, new: bool = True) -> None:
    errors = FormErrors()
    fields = {
        "name": words(100, 1), "auto_archive_duration": among(ARCHIVE_AFTER), "type": among((10, 11, 12)),
        "archived": yes, "locked": yes, "invitable": yes, "rate_limit_per_user": whole(0, 21600),
    }  # fmt: skip
    form(fields, needed=("name",) if new else ())(errors, (), body)
    errors.check()


def _room_for_one(channel: Channel) -> None:
    assert channel.guild is not None  # PARENTS are all a server's
    if len(channel.guild.active_threads) >= channel.guild.active_thread_limit:
        raise Refusal(160006)


def change(context: RestContext, request: RestRequest) -> Answer:
    """Change a thread. Nothing else can be changed here: this bot is nowhere allowed to manage channels."""
    thread = context.channel(request)
    body = request.body
    if not thread.is_thread:
        context.need(thread, Permission.MANAGE_CHANNELS)
        raise Refusal(50024)
    _check(body, new=False)
    manager = context.may(thread, Permission.MANAGE_THREADS)
    mine = thread.owner is context.world.bot
    reopening = body.get("archived") is False
    if not manager:
        if body.get("locked") is not None and body["locked"] != thread.locked:
            raise Refusal(50013)
        if thread.locked and (thread.archived or "archived" in body):
            raise Refusal(50083)
        if not mine and not (reopening and set(body) == {"archived"}):
            raise Refusal(50013)
    if thread.archived and not reopening:
        raise Refusal(50083)
    if reopening and thread.archived:
        _room_for_one(thread)
    conversation.change_thread(
        context.world, thread, by=context.world.bot.name, archived=body.get("archived"), locked=body.get("locked"),
        name=body.get("name"), auto_archive=body.get("auto_archive_duration"),
    )  # fmt: skip
    return Answer(200, context.shapes.channel(thread))


def join(context: RestContext, request: RestRequest) -> Answer:
    thread = context.channel(request)
    if not thread.is_thread:
        raise Refusal(50024)
    if thread.archived:
        raise Refusal(50083)
    user = context.world.users.get(request.id("user")) if "user" in request.call.params else context.world.bot
    if user is None or thread.guild is None or user.id not in thread.guild.members:
        raise Refusal(10007)
    thread.joined.setdefault(user.id, context.world.clock())
    return NOTHING


def leave(context: RestContext, request: RestRequest) -> Answer:
    thread = context.channel(request)
    if not thread.is_thread:
        raise Refusal(50024)
    thread.joined.pop(request.id("user") if "user" in request.call.params else context.world.bot.id, None)
    return NOTHING


def archived(context: RestContext, request: RestRequest) -> Answer:
    threads = [
        thread for thread in context.channel(request, Permission.READ_MESSAGE_HISTORY).threads if thread.archived
    ]
    threads.sort(key=lambda thread: thread.archive_changed_at, reverse=True)
    shapes = [context.shapes.channel(thread) for thread in threads]
    return Answer(200, {"threads": shapes, "members": [], "has_more": False})


def remove(context: RestContext, request: RestRequest) -> Answer:
    thread = context.channel(request)
    context.need(thread, Permission.MANAGE_THREADS if thread.is_thread else Permission.MANAGE_CHANNELS)
    shape = context.shapes.channel(thread)
    context.world.remove_channel(thread)
    return Answer(200, shape)


ROUTES: dict[str, Handler] = {
    "POST /channels/{channel}/messages/{message}/threads": from_message,
    "POST /channels/{channel}/threads": in_channel,
    "PATCH /channels/{channel}": change,
    "DELETE /channels/{channel}": remove,
    "PUT /channels/{channel}/thread-members/@me": join,
    "PUT /channels/{channel}/thread-members/{user}": join,
    "DELETE /channels/{channel}/thread-members/@me": leave,
    "DELETE /channels/{channel}/thread-members/{user}": leave,
    "GET /channels/{channel}/threads/archived/public": archived,
}
