"""A draft: what a checked message body says, ready to become a message or a change of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.world.messages import (
    COMPONENTS_V2,
    EPHEMERAL,
    SETTABLE_FLAGS,
    SUPPRESS_EMBEDS,
    Attachment,
    Upload,
    parts,
    received,
)
from playground.world.places import Channel, Message
from playground.world.world import World

from .checks import ATTACHMENTS, check_message
from .errors import FormErrors, Refusal
from .rest_context import RestRequest

Json = dict[str, Any]


@dataclass(slots=True)
class Draft:
    content: str
    embeds: list[Json]
    components: list[Json]
    attachments: list[Attachment]
    flags: int
    allowed: Json | None

    @property
    def empty(self) -> bool:
        return not (self.content or self.embeds or self.components or self.attachments)


def read_draft(
    world: World, request: RestRequest, body: Json, channel: Channel, *, allow_ephemeral: bool = False,
    pictures: bool = True, embeds: bool = True,
) -> Draft:  # fmt: skip
    """Read what a new message will say. ``embeds=False``: the sender may not embed links, so embeds vanish silently.

    Raises Refusal 50035, 40005 (a file is too large), 50013 (``pictures=False`` and there is a file), 50006 (empty).
    """
    check_message(body)
    _weigh(request, channel)
    if request.uploads and not pictures:
        raise Refusal(50013)
    flags = (body.get("flags") or 0) & (SETTABLE_FLAGS | (EPHEMERAL if allow_ephemeral else 0))
    draft = Draft(
        (body.get("content") or "").strip(), list(body.get("embeds") or []) if embeds else [],
        _numbered(body.get("components") or []), _files(world, request, body), flags, body.get("allowed_mentions"),
    )  # fmt: skip
    for file in draft.attachments:
        file.ephemeral = bool(flags & EPHEMERAL)
    if draft.empty:
        raise Refusal(50006, foreseeable=not body.get("embeds"))  # else Discord took its embeds away
    _show(draft.attachments, draft.embeds, draft.components, flags)
    return draft


def changes(world: World, request: RestRequest, body: Json, message: Message, *, embeds: bool = True) -> Json:
    """Read what an edit changes, as fields of Message. A field that is missing stays as it is; null empties it."""
    check_message(body, flags_before=message.flags)
    _weigh(request, message.channel)
    fields: Json = {}
    if "content" in body:
        fields["content"] = (body["content"] or "").strip()
    if "embeds" in body:
        fields["embeds"] = list(body["embeds"] or []) if embeds else []
    if "components" in body:
        fields["components"] = _numbered(body["components"] or [])
    if body.get("flags") is not None:
        fields["flags"] = message.flags & ~SUPPRESS_EMBEDS | body["flags"] & (SUPPRESS_EMBEDS | COMPONENTS_V2)
    if "attachments" in body or request.uploads:
        fields["attachments"] = _kept(message, body) + _files(world, request, body)
        if len(fields["attachments"]) > ATTACHMENTS:
            errors = FormErrors()
            errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS} or fewer in length.")
            errors.check()
        for file in fields["attachments"]:
            file.ephemeral = message.ephemeral
    after = {key: fields.get(key, getattr(message, key)) for key in ("content", "embeds", "components", "attachments")}
    if not any(after.values()):
        raise Refusal(50006, foreseeable=not body.get("embeds"))
    _show(after["attachments"], after["embeds"], after["components"], fields.get("flags", message.flags))
    return fields


def _weigh(request: RestRequest, channel: Channel) -> None:
    """Check the size and number of files. https://discord.com/developers/docs/reference#uploading-files"""
    limit = channel.guild.upload_limit if channel.guild is not None else 10 * 1024 * 1024
    if any(len(upload.data) > limit for upload in request.uploads.values()):
        raise Refusal(40005)
    if len(request.uploads) > ATTACHMENTS:
        errors = FormErrors()
        errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {ATTACHMENTS} or fewer in length.")
        errors.check()


def _files(world: World, request: RestRequest, body: Json) -> list[Attachment]:
    """Return the files that came with the request, with what ``attachments`` says about each."""
    said = {str(about.get("id")): about for about in body.get("attachments") or []}
    attachments = []
    for number, upload in request.uploads.items():
        about = said.get(number, {})
        name = about.get("filename") or upload.name
        spoiler = bool(about.get("is_spoiler"))
        named = Upload(name, upload.data, None, about.get("description"), spoiler)
        attachments.append(received(named, world.clock.snowflake()))
    return attachments


def _kept(message: Message, body: Json) -> list[Attachment]:
    if body.get("attachments") is None:
        return list(message.attachments)
    wanted = {str(about.get("id")): about for about in body["attachments"]}
    files = [file for file in message.attachments if str(file.id) in wanted]
    for file in files:
        about = wanted[str(file.id)]
        file.description = about.get("description", file.description)
        file.covered = file.covered if about.get("is_spoiler") is None else about["is_spoiler"]
    return files


def _numbered(components: list[Json]) -> list[Json]:
    """Set an id on components that came without any, as Discord does."""
    for number, component in enumerate(parts(components), start=1):
        component.setdefault("id", number)
    return components


def _show(files: list[Attachment], embeds: list[Json], components: list[Json], flags: int) -> None:
    """Mark where each file is shown: an embed or a layout takes the files that it names out of the list.

    https://discord.com/developers/docs/resources/message#message-object and
    https://github.com/discord/discord-api-docs/pull/8279
    """
    named = {str((embed.get(key) or {}).get("url", "")) for embed in embeds for key in ("image", "thumbnail")}
    wanted = _layout_files(components)
    for file in files:
        file.placed = f"attachment://{file.name}" in named or file.name in wanted
    missing = wanted - {file.name for file in files}
    if missing and flags & COMPONENTS_V2:
        errors = FormErrors()
        errors.add(("components",), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                   f"The referenced attachment was not found: {sorted(missing)}")  # fmt: skip
        errors.check()


def _layout_files(components: list[Json]) -> set[str]:
    names = set()
    for component in parts(components):
        media = [item.get("media") for item in component.get("items") or []]
        media += [component.get("media"), component.get("file")]
        addresses = [str(medium.get("url", "")) for medium in media if isinstance(medium, dict)]
        names |= {address.removeprefix("attachment://") for address in addresses if address.startswith("attachment://")}
    return names
