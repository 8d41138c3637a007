"""Answers to interactions, and the messages that their tokens may write for fifteen minutes.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

from typing import Any

from playground.world import conversation
from playground.world.interactions import FOLLOWUPS_WITHOUT_BOT, CallbackType, Interaction
from playground.world.mentions import permissions_of
from playground.world.messages import EPHEMERAL, LOADING
from playground.world.permissions import Permission
from playground.world.places import InteractionType, Message

from .checks import check_message
from .component_checks import check_form
from .drafts import Draft, changes, read_draft
from .errors import FormErrors, Refusal
from .fields import listed, mapped, text
from .file_types import refuse_file_types
from .filters import filter_draft
from .rest_context import NOTHING, Answer, Handler, RestContext, RestRequest

Json = dict[str, Any]

ANSWERS = {
    InteractionType.COMMAND: {CallbackType.MESSAGE, CallbackType.THINKING, CallbackType.MODAL},
    InteractionType.COMPONENT: {
        CallbackType.MESSAGE,
        CallbackType.THINKING,
        CallbackType.LATER,
        CallbackType.UPDATE,
        CallbackType.MODAL,
    },
    InteractionType.AUTOCOMPLETE: {CallbackType.CHOICES},
    InteractionType.MODAL: {
        CallbackType.MESSAGE,
        CallbackType.THINKING,
        CallbackType.LATER,
        CallbackType.UPDATE,
    },
}
KINDS = {InteractionType.COMMAND: 20, InteractionType.COMPONENT: 19, InteractionType.MODAL: 19}


def callback(context: RestContext, request: RestRequest) -> Answer:
    """Take the first answer. A late one is refused with 10062, a second one with 40060."""
    interaction = context.world.interactions.get(request.id("interaction"))
    if (
        interaction is None
        or interaction.token != request.call.params["token"]
        or interaction.failed
        or interaction.overdue
    ):
        raise Refusal(10062)
    if interaction.answered:
        raise Refusal(40060)
    answer = _kind(interaction, request.body)
    errors = FormErrors()
    data = mapped(errors, ("data",), request.body.get("data") or {})
    errors.check()
    if answer in (CallbackType.MESSAGE, CallbackType.THINKING):
        _say(context, request, interaction, answer, data)
    elif answer is CallbackType.UPDATE:
        _update(context, request, interaction, data)
    elif answer is CallbackType.CHOICES:
        interaction.choices = _choices(data)
    elif answer is CallbackType.MODAL:
        interaction.modal = _modal(context, data)
    _answered(context, interaction, answer)
    if request.query.get("with_response", "").lower() not in ("1", "true"):
        return NOTHING
    return Answer(200, _callback_shape(context, interaction, answer))


def _kind(interaction: Interaction, body: Json) -> CallbackType:
    allowed = set(ANSWERS[interaction.kind])
    if interaction.source is None:
        allowed -= {CallbackType.LATER, CallbackType.UPDATE}
    kind = body.get("type")
    if kind not in [int(kind) for kind in allowed]:
        errors = FormErrors()
        words = f"Value must be one of {{{', '.join(str(int(kind)) for kind in sorted(allowed))}}}."
        errors.add(("type",), "BASE_TYPE_REQUIRED" if kind is None else "BASE_TYPE_CHOICES", words)
        errors.check()
    return CallbackType(int(kind or 0))


def _answered(context: RestContext, interaction: Interaction, answer: CallbackType) -> None:
    world = context.world
    interaction.answer = answer
    interaction.answered_at = world.clock()
    if interaction.timer is not None:
        interaction.timer.cancel()
    original = interaction.original
    says = answer in (CallbackType.MESSAGE, CallbackType.THINKING)
    world.record(
        "answered", world.bot.name, interaction.channel, _words(interaction, answer), interaction=str(interaction.id),
        answer=answer.name, after_ms=round((interaction.answered_after or 0.0) * 1000),
        ephemeral=original is not None and original.ephemeral and says,
    )  # fmt: skip


def _words(interaction: Interaction, answer: CallbackType) -> str:
    if answer is CallbackType.CHOICES:
        return ", ".join(str(choice["name"]) for choice in interaction.choices or [])
    if answer is CallbackType.MODAL:
        return f"the form {(interaction.modal or {}).get('title')}"
    return {CallbackType.THINKING: "thinking…", CallbackType.LATER: "(will change the message later)"}.get(answer, "")


def _forced_ephemeral(context: RestContext, interaction: Interaction) -> bool:
    """Return whether only the member sees it: they brought the app along where they may not use external apps."""
    bits = permissions_of(interaction.user, interaction.channel, context.world.clock())
    return interaction.by_user_install and not bits & Permission.USE_EXTERNAL_APPS


def _say(
    context: RestContext, request: RestRequest, interaction: Interaction, answer: CallbackType, data: Json
) -> None:
    if answer is CallbackType.MESSAGE:
        draft = read_draft(context.world, request, data, interaction.channel, allow_ephemeral=True)
        filter_draft(interaction.channel, draft)
    else:
        check_message(data)
        draft = Draft("", [], [], [], (data.get("flags") or 0) & EPHEMERAL | LOADING, None)
    interaction.original = _post(context, interaction, draft, KINDS[interaction.kind], interaction.source)


def _post(context: RestContext, interaction: Interaction, draft: Draft, kind: int, reply_to: Message | None) -> Message:
    if _forced_ephemeral(context, interaction):
        draft.flags |= EPHEMERAL
        for file in draft.attachments:
            file.ephemeral = True
    if kind == 20 and interaction.target is not None:
        kind = 23
    reference = None
    if reply_to is not None:
        reference = {"channel_id": str(reply_to.channel.id), "message_id": str(reply_to.id)}
    return conversation.post(
        context.world, interaction.channel, context.world.bot, draft.content, kind=kind, embeds=draft.embeds,
        attachments=draft.attachments, components=draft.components, flags=draft.flags,
        allowed=draft.allowed or {"parse": ["users", "roles", "everyone"]}, reply_to=reply_to, reference=reference,
        interaction=interaction, seen_only_by=interaction.user if draft.flags & EPHEMERAL else None,
    )  # fmt: skip


def _update(context: RestContext, request: RestRequest, interaction: Interaction, data: Json) -> None:
    message = interaction.source
    assert message is not None  # _kind refused it otherwise
    if not message.deleted:
        _change(context, request, message, data)
    interaction.original = message


def _change(context: RestContext, request: RestRequest, message: Message, body: Json) -> None:
    fields = changes(context.world, request, body, message)
    fields["flags"] = fields.get("flags", message.flags) & ~LOADING
    conversation.edit(context.world, message, fields, allowed=body.get("allowed_mentions"))


def _choices(data: Json) -> list[Json]:
    errors = FormErrors()
    path: tuple[str | int, ...] = ("data", "choices")
    choices = listed(errors, path, data.get("choices"), 25)
    for n, raw in enumerate(choices):
        choice = mapped(errors, (*path, n), raw)
        text(errors, (*path, n, "name"), choice.get("name"), 100, least=1, needed=True)
        value = choice.get("value")
        if not isinstance(value, int | float):
            text(errors, (*path, n, "value"), value, 100, needed=True)
    errors.check()
    return choices


def _modal(context: RestContext, data: Json) -> Json:
    errors = FormErrors()
    check_form(errors, data, ("data",))
    errors.check()
    if not context.world.takes_file_types:
        refuse_file_types({"data": data})
    return data


def _callback_shape(context: RestContext, interaction: Interaction, answer: CallbackType) -> Json:
    about: Json = {"id": str(interaction.id), "type": int(interaction.kind), "channel_id": str(interaction.channel.id)}
    shape: Json = {"interaction": about}
    original = interaction.original
    if original is not None:
        about |= {
            "response_message_id": str(original.id), "response_message_loading": original.loading,
            "response_message_ephemeral": original.ephemeral,
        }  # fmt: skip
        shape["resource"] = {"type": int(answer), "message": context.shapes.message(original)}
    return shape


# By token: https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages


def _by_token(context: RestContext, request: RestRequest) -> Interaction:
    """Return the interaction of a token. It lives for fifteen minutes, and opens nothing before the first answer."""
    if request.id("webhook") != context.world.application.id:
        raise Refusal(10015)
    for interaction in context.world.interactions.values():
        if interaction.token == request.call.params["token"]:
            if interaction.expired:
                raise Refusal(50027)
            if not interaction.answered:
                raise Refusal(10015)
            return interaction
    raise Refusal(50027)


def _written(context: RestContext, request: RestRequest) -> Message:
    """Return a message that this token may touch: the original answer or one of the follow-ups."""
    interaction = _by_token(context, request)
    wanted = request.call.params["message"]
    for message in (interaction.original or interaction.source, *interaction.followups):
        if message is not None and not message.deleted and wanted in ("@original", str(message.id)):
            return message
    raise Refusal(10008)


def follow_up(context: RestContext, request: RestRequest) -> Answer:
    """Post a message. After "thinking…" the first one replaces the original, and is ephemeral if that was."""
    interaction = _by_token(context, request)
    original = interaction.original
    if original is not None and original.loading and not original.deleted:
        _change(context, request, original, request.body)
        return Answer(200, context.shapes.message(original))
    if interaction.by_user_install and len(interaction.followups) >= FOLLOWUPS_WITHOUT_BOT:
        raise Refusal(40094)
    draft = read_draft(context.world, request, request.body, interaction.channel, allow_ephemeral=True)
    answered_here = original is not None and original.seen_only_by is None
    message = _post(context, interaction, draft, 19 if answered_here else 0, original if answered_here else None)
    interaction.followups.append(message)
    return Answer(200, context.shapes.message(message))


def fetch(context: RestContext, request: RestRequest) -> Answer:
    return Answer(200, context.shapes.message(_written(context, request)))


def change(context: RestContext, request: RestRequest) -> Answer:
    message = _written(context, request)
    _change(context, request, message, request.body)
    return Answer(200, context.shapes.message(message))


def remove(context: RestContext, request: RestRequest) -> Answer:
    conversation.delete(context.world, _written(context, request), context.world.bot.name)
    return NOTHING


ROUTES: dict[str, Handler] = {
    "POST /interactions/{interaction}/{token}/callback": callback,
    "POST /webhooks/{webhook}/{token}": follow_up,
    "GET /webhooks/{webhook}/{token}/messages/{message}": fetch,
    "PATCH /webhooks/{webhook}/{token}/messages/{message}": change,
    "DELETE /webhooks/{webhook}/{token}/messages/{message}": remove,
}
