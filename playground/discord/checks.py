"""The form of a message body. A body that breaks it is answered with 50035.

https://discord.com/developers/docs/resources/message#create-message-jsonform-params
"""

from __future__ import annotations

from typing import Any

from playground.world.messages import COMPONENTS_V2

from .component_checks import check_components
from .errors import FormErrors
from .fields import Json, Path, address, among, form, listed, many, mapped, moment, snowflake, text, whole, words, yes

CONTENT = 2000
ATTACHMENTS = 10
DESCRIPTION = 1024
EMBEDS = 10
EMBED_FIELDS = 25
EMBED_TOTAL = 6000
EMBED_TEXTS = {"title": 256, "description": 4096}

_PICTURE = form({"url": address(), "width": whole(), "height": whole()}, needed=("url",))
_FIELD = form({"name": words(256, 1), "value": words(1024, 1), "inline": yes}, needed=("name", "value"))
_EMBED = form(
    {
        **{key: words(most) for key, most in EMBED_TEXTS.items()},
        "type": words(100),
        "url": address(schemes=("http://", "https://")),
        "color": whole(0, 0xFFFFFF),
        "timestamp": moment,
        "author": form({"name": words(256), "url": address(), "icon_url": address()}, needed=("name",)),
        "footer": form({"text": words(2048), "icon_url": address()}, needed=("text",)),
        "image": _PICTURE,
        "thumbnail": _PICTURE,
        "fields": many(_FIELD, EMBED_FIELDS),
    }
)
"""https://discord.com/developers/docs/resources/message#embed-object-embed-limits"""
_ATTACHMENT = form(
    {
        "id": snowflake,
        "filename": words(1024, 1),
        "description": words(DESCRIPTION),
        "title": words(1024),
        "is_spoiler": yes,
    },
    needed=("id",),
)
_REFERENCE = form(
    {
        "message_id": snowflake,
        "channel_id": snowflake,
        "guild_id": snowflake,
        "fail_if_not_exists": yes,
        "type": among((0, 1)),
    },
    needed=("message_id",),
)
_MESSAGE = form(
    {
        "content": words(CONTENT),
        "flags": whole(),
        "tts": yes,
        "enforce_nonce": yes,
        "embeds": many(_EMBED, EMBEDS),
        "attachments": many(_ATTACHMENT, ATTACHMENTS),
        "message_reference": _REFERENCE,
        "sticker_ids": many(snowflake, 3),
    }
)


def check_message(body: Json, *, flags_before: int = 0) -> None:
    """Check the shape of a message to send or to edit. Raises Refusal 50035 with everything that is wrong with it."""
    errors = FormErrors()
    add_message_errors(errors, (), body, flags_before=flags_before)
    errors.check()


def add_message_errors(errors: FormErrors, path: Path, body: Json, *, flags_before: int = 0) -> None:
    """Check a message inside another body in the same way, as a form's answer holds it."""
    _MESSAGE(errors, path, body)
    _embed_total(errors, (*path, "embeds"), body.get("embeds"))
    _allowed(errors, (*path, "allowed_mentions"), body.get("allowed_mentions"))
    _nonce(errors, (*path, "nonce"), body.get("nonce"))
    flags = body.get("flags")
    v2 = bool(((flags if type(flags) is int else 0) | flags_before) & COMPONENTS_V2)
    check_components(errors, body.get("components"), v2=v2, where=(*path, "components"))
    for key in ("content", "embeds", "poll", "sticker_ids") if v2 else ():
        if body.get(key):
            sentence = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((*path, key), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence)


def _embed_total(errors: FormErrors, path: Path, embeds: Any) -> None:
    total = 0
    for embed in embeds if isinstance(embeds, list) else ():
        fields = embed if isinstance(embed, dict) else {}
        texts = [fields.get(key) for key in EMBED_TEXTS]
        for key, name in (("footer", "text"), ("author", "name")):
            part = fields.get(key)
            texts.append(part.get(name) if isinstance(part, dict) else None)
        for row in fields.get("fields") or [] if isinstance(fields.get("fields"), list | None) else []:
            texts += [row.get("name"), row.get("value")] if isinstance(row, dict) else []
        total += sum(len(str(words or "")) for words in texts)
    if total > EMBED_TOTAL:
        errors.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _allowed(errors: FormErrors, path: Path, allowed: Any) -> None:
    """Check allowed_mentions. https://discord.com/developers/docs/resources/message#allowed-mentions-object"""
    if allowed is None:
        return
    mentions = mapped(errors, path, allowed)
    parse = listed(errors, (*path, "parse"), mentions.get("parse"), 1000)
    for n, what in enumerate(parse):
        if what not in ("users", "roles", "everyone"):
            errors.add((*path, "parse", n), "BASE_TYPE_CHOICES", "Value must be one of ('users', 'everyone', 'roles').")
    if mentions.get("replied_user") is not None:
        yes(errors, (*path, "replied_user"), mentions["replied_user"])
    for key in ("users", "roles"):
        if mentions.get(key) is not None:
            many(snowflake, 100, unique=True)(errors, (*path, key), mentions[key])
        if mentions.get(key) and key in parse:
            sentence = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            errors.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", sentence)


def _nonce(errors: FormErrors, path: Path, nonce: Any) -> None:
    if nonce is not None and type(nonce) is not int:
        text(errors, path, nonce, 25)
