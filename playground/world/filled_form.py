"""A form as it is filled in and sent. Each field is checked as Discord's app checks it, before anything is sent.

https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.world.messages import Attachment, Upload, received
from playground.world.places import Channel
from playground.world.typed_command import CannotDo, Resolved
from playground.world.world import World

Json = dict[str, Any]

TEXT_INPUT = 4
STRING_SELECT = 3
FILE_UPLOAD = 19
LABEL = 18
SELECTS = frozenset({3, 5, 6, 7, 8})


def filled(
    world: World, channel: Channel, modal: Json, fields: Mapping[str, Any]
) -> tuple[list[Json], Resolved, list[Attachment]]:
    """Return the components that are sent, what their ids mean, and the files. ``fields`` go by custom id or label.

    Raises CannotDo for a field that is missing, unknown, or does not fit.
    """
    answer: list[Json] = []
    resolved: Resolved = {}
    uploads: list[Attachment] = []
    used: set[str | None] = set()
    for row in modal["components"]:
        inner = row["component"] if row["type"] == LABEL else (row.get("components") or [{}])[0]
        if "custom_id" not in inner:
            continue  # a text, which is only read
        names = (inner["custom_id"], row.get("label"), inner.get("label"))
        key = next((name for name in names if name in fields), None)
        used.add(key)
        value = fields[key] if key is not None else None
        if inner["type"] == FILE_UPLOAD:
            sent = _files(world, inner, value, resolved, uploads)
        else:
            sent = _field(inner, value)
            for kind, things in picked(world, channel, inner, sent.get("values", [])).items():
                resolved.setdefault(kind, {}).update(things)
        place = {"component": sent} if row["type"] == LABEL else {"components": [sent]}
        answer.append({"type": row["type"], "id": row.get("id", len(answer) + 1), **place})
    if set(fields) - used:
        raise CannotDo(f"the form has no field {sorted(set(fields) - used)}")
    return answer, resolved, uploads


def picked(world: World, channel: Channel, part: Json, chosen: list[str]) -> Resolved:
    """Return what the ids mean that were chosen in a select of people, roles or channels."""
    guild = channel.guild
    resolved = Resolved()
    for choice in chosen if part["type"] in SELECTS - {STRING_SELECT} and guild is not None else ():
        snowflake = int(choice)
        if snowflake in world.users and guild is not None:
            resolved.setdefault("users", {})[snowflake] = world.users[snowflake]
            resolved.setdefault("members", {})[snowflake] = guild.members[snowflake]
        elif guild is not None and snowflake in guild.roles:
            resolved.setdefault("roles", {})[snowflake] = guild.roles[snowflake]
        else:
            resolved.setdefault("channels", {})[snowflake] = world.channels[snowflake]
    return resolved


def _field(field: Json, value: Any) -> Json:
    answer: Json = {"type": field["type"], "custom_id": field["custom_id"], "id": field.get("id", 0)}
    if field["type"] == TEXT_INPUT:
        text = str(field.get("value") or "") if value is None else str(value)
        least = field.get("min_length") or 0
        most = field.get("max_length") or 4000
        needed = field.get("required", True)
        if (needed and not text) or len(text) > most or (text and len(text) < least):
            raise CannotDo(f"{field['custom_id']}: {len(text)} characters do not fit here")
        return answer | {"value": text}
    values = [value] if isinstance(value, str) else list(value or ())
    if field["type"] == STRING_SELECT:
        options = {option[key]: option["value"] for option in field.get("options", []) for key in ("label", "value")}
        if not set(values) <= set(options):
            raise CannotDo(f"{field['custom_id']}: there is no {values!r} to choose; there is {sorted(options)}")
        values = [options[choice] for choice in values]
    _count(field, len(values))
    return answer | {"values": values}


def _files(world: World, field: Json, value: Any, resolved: Resolved, uploads: list[Attachment]) -> Json:
    """Return the field as it is sent, and add its files.

    https://discord.com/developers/docs/components/reference#file-upload
    """
    files = [value] if isinstance(value, Upload) else list(value or ())
    _count(field, len(files))
    attachments = [received(upload, world.clock.snowflake(), ephemeral=True) for upload in files]
    uploads += attachments
    if attachments:
        resolved.setdefault("attachments", {}).update({file.id: file for file in attachments})
    values = [str(file.id) for file in attachments]
    return {"type": FILE_UPLOAD, "custom_id": field["custom_id"], "id": field.get("id", 0), "values": values}


def _count(field: Json, count: int) -> None:
    needed = field.get("required", True)
    if needed and not count:
        raise CannotDo(f"{field['custom_id']} must be chosen")
    most = field.get("max_values") or 1
    if count > most or (count and count < (field.get("min_values") or 0)):
        raise CannotDo(f"{field['custom_id']}: {count} can't be chosen here")
