"""Is this message body well formed? What is not is answered with 50035.

https://discord.com/developers/docs/resources/message#create-message-jsonform-params
"""

from __future__ import annotations

from typing import Any

from playground.messages import COMPONENTS_V2

from .component_checks import check_components
from .errors import Faults

Json = dict[str, Any]
Path = tuple[str | int, ...]

CONTENT, ATTACHMENTS, DESCRIPTION = 2000, 10, 1024
EMBEDS, EMBED_FIELDS, EMBED_TOTAL = 10, 25, 6000
EMBED_TEXTS = {"title": 256, "description": 4096}


def check_message(body: Json, *, flags_before: int = 0) -> None:
    """Check the shape of a message to send or to edit. Raises Refusal 50035 with everything that is wrong with it."""
    faults = Faults()
    text(faults, ("content",), body.get("content"), CONTENT)
    flags = body.get("flags")
    if flags is not None and type(flags) is not int:
        faults.add(("flags",), "NUMBER_TYPE_COERCE", f'Value "{flags}" is not int.')
        flags = 0
    _embeds(faults, body.get("embeds"))
    _attachments(faults, body.get("attachments"))
    _allowed(faults, body.get("allowed_mentions"))
    _nonce(faults, body.get("nonce"))
    v2 = bool((flags or flags_before) & COMPONENTS_V2)
    check_components(faults, body.get("components"), v2=v2)
    if v2:
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(key):
                words = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                faults.add((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", words)
    faults.check()


def text(faults: Faults, path: Path, value: Any, most: int, *, least: int = 0, needed: bool = False) -> None:
    """A text of ``least`` to ``most`` characters."""
    if value is None:
        if needed:
            faults.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not isinstance(value, str):
        faults.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif len(value) > most and not least:
        faults.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif not least <= len(value) <= most:
        faults.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def listed(faults: Faults, path: Path, value: Any, most: int, *, least: int = 0) -> list[Any]:
    """The list, or an empty one where it is none; too long or too short is a fault."""
    if value is None:
        return []
    if not isinstance(value, list):
        faults.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return []
    if not least <= len(value) <= most:
        words = f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer in length."
        faults.add(path, "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH", words)
    return value


def mapped(faults: Faults, path: Path, value: Any) -> Json:
    """The object, or an empty one where it is none."""
    if isinstance(value, dict):
        return value
    faults.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return {}


def _embeds(faults: Faults, embeds: Any) -> None:
    total = 0
    for n, one in enumerate(listed(faults, ("embeds",), embeds, EMBEDS)):
        path: Path = ("embeds", n)
        embed = mapped(faults, path, one)
        for key, most in EMBED_TEXTS.items():
            text(faults, (*path, key), embed.get(key), most)
        total += sum(len(str(embed.get(key) or "")) for key in EMBED_TEXTS)
        for key, name, most in (("footer", "text", 2048), ("author", "name", 256)):
            if embed.get(key) is not None:
                part = mapped(faults, (*path, key), embed[key])
                text(faults, (*path, key, name), part.get(name), most, needed=True)
                total += len(str(part.get(name) or ""))
        for m, row in enumerate(listed(faults, (*path, "fields"), embed.get("fields"), EMBED_FIELDS)):
            total += _field(faults, (*path, "fields", m), row)
        for key in ("image", "thumbnail"):
            if embed.get(key) is not None:
                _address(faults, (*path, key, "url"), mapped(faults, (*path, key), embed[key]).get("url"))
        color = embed.get("color")
        if color is not None and (type(color) is not int or not 0 <= color <= 0xFFFFFF):
            faults.add((*path, "color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    if total > EMBED_TOTAL:
        faults.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _field(faults: Faults, path: Path, row: Any) -> int:
    row = mapped(faults, path, row)
    size = 0
    for key, most in (("name", 256), ("value", 1024)):
        value = row.get(key)
        text(faults, (*path, key), value if value != "" else None, most, needed=True)
        size += len(str(value or ""))
    return size


def _address(faults: Faults, path: Path, address: Any) -> None:
    text(faults, path, address, 2048, needed=True)
    if isinstance(address, str) and not address.startswith(("http://", "https://", "attachment://")):
        faults.add(path, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")


def _attachments(faults: Faults, attachments: Any) -> None:
    for n, one in enumerate(listed(faults, ("attachments",), attachments, ATTACHMENTS)):
        entry = mapped(faults, ("attachments", n), one)
        if entry.get("id") is None or not str(entry["id"]).isdigit():
            faults.add(("attachments", n, "id"), "BASE_TYPE_REQUIRED", "This field is required")
        text(faults, ("attachments", n, "description"), entry.get("description"), DESCRIPTION)


def _allowed(faults: Faults, allowed: Any) -> None:
    """https://discord.com/developers/docs/resources/message#allowed-mentions-object"""
    if allowed is None:
        return
    path: Path = ("allowed_mentions",)
    given = mapped(faults, path, allowed)
    parse = listed(faults, (*path, "parse"), given.get("parse"), 1000)
    for n, what in enumerate(parse):
        if what not in ("users", "roles", "everyone"):
            faults.add((*path, "parse", n), "BASE_TYPE_CHOICES", "Value must be one of ('users', 'everyone', 'roles').")
    for key in ("users", "roles"):
        if listed(faults, (*path, key), given.get(key), 100) and key in parse:
            words = f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.'
            faults.add(path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)


def _nonce(faults: Faults, nonce: Any) -> None:
    if nonce is not None and type(nonce) is not int:
        text(faults, ("nonce",), nonce, 25)
