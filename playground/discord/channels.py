"""Requests about channels: read a channel, type in it, open a direct conversation.

https://discord.com/developers/docs/resources/channel
"""

from __future__ import annotations

from playground.world.permissions import Permission

from .errors import FormErrors, Refusal
from .rest_context import NOTHING, Answer, Handler, RestContext, RestRequest


def fetch(context: RestContext, request: RestRequest) -> Answer:
    return Answer(200, context.shapes.channel(context.channel(request)))


def typing(context: RestContext, request: RestRequest) -> Answer:
    channel = context.channel(request)
    context.need(channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES)
    return NOTHING


def open_dm(context: RestContext, request: RestRequest) -> Answer:
    """Open a DM, which always succeeds; whether its reader takes messages shows at the first message (50007)."""
    recipient = request.body.get("recipient_id")
    user = context.world.users.get(int(str(recipient))) if str(recipient).isdigit() else None
    if user is None or user is context.world.bot:
        errors = FormErrors()
        errors.add(("recipient_id",), "BASE_TYPE_REQUIRED", "This field is required")
        if recipient is None:
            errors.check()
        raise Refusal(10013 if user is None else 50007)
    return Answer(200, context.shapes.channel(context.world.dm(user)))


ROUTES: dict[str, Handler] = {
    "GET /channels/{channel}": fetch,
    "POST /channels/{channel}/typing": typing,
    "POST /users/@me/channels": open_dm,
}
