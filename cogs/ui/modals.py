"""Forms, and the answers to them. A form's id holds all that is needed, so a restart loses no open form.

discord.py keeps an open form in memory only. So it is not used for the answer, which is read from Discord's data.
https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import discord

from bot.client import FILE_TYPES
from bot.errors import Refused
from bot.images.sniff import declared
from bot.key_value import FORM
from bot.orders import Source
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.covers import is_upload_covered

VERSION: Final = 1
PREFIX: Final = FORM

LONGEST_PROMPT: Final = 4000
"""Characters that a text field of a form takes."""

OPEN_FOR: Final = 60.0
"""Seconds for which discord.py remembers that a form was opened, in memory. Nothing depends on it."""

_INVALID: Final = 400

AS_IT_IS: Final = "-"
"""The value of the choice "leave it to the model"."""


@dataclass(frozen=True, slots=True)
class FormId:
    """The custom_id of a form: an action, and the ids that it needs."""

    action: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return ":".join((f"{PREFIX}{VERSION}", self.action, *self.ids))

    @classmethod
    def read(cls, text: str) -> FormId | None:
        """Return the FormId in a custom_id, or None for one that is not ours. Raises Refused for an old version."""
        head, _, rest = text.partition(":")
        if not head.startswith(PREFIX) or not head.removeprefix(PREFIX).isdecimal():
            return None
        action, *ids = rest.split(":")
        if head != f"{PREFIX}{VERSION}" or not action or not all(part.isalnum() for part in (action, *ids)):
            raise Refused("form-old")
        return cls(action, tuple(ids))


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a menu in a form. ``value`` comes back."""

    label: str
    value: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The answers of a member. None: left to the model; ``picked``: numbers of pictures, from 0."""

    prompt: str
    model: str = ""
    ratio: str | None = None
    resolution: str | None = None
    picked: tuple[int, ...] = ()
    uploads: tuple[Source, ...] = field(default=())


class PictureUpload(discord.ui.FileUpload[Any]):
    """A field for files that says which ones: discord.py 2.7.1 does not know ``file_types``.

    https://discord.com/developers/docs/components/reference#file-upload
    """

    file_types: tuple[str, ...] = FILE_TYPES

    def to_component_dict(self) -> Any:
        """Return the field as it is sent."""
        types = {"file_types": list(self.file_types)} if self.file_types else {}
        return {**super().to_component_dict(), **types}


async def send_form(interaction: discord.Interaction, form: discord.ui.Modal) -> None:
    """Open a form. Where Discord does not take its file types, open it without them.

    Raises discord.HTTPException.
    """
    uploads = [field for field in form.walk_children() if isinstance(field, PictureUpload) and field.file_types]
    try:
        await interaction.response.send_modal(form)
    except discord.HTTPException as error:
        if error.status != _INVALID or not uploads:
            raise
        for field in uploads:
            field.file_types = ()
        await interaction.response.send_modal(form)


Words = Callable[[str], str]
"""The labels of a form, by key, in the member's language."""


def order_form(
    form_id: FormId,
    words: Words,
    catalogue: Catalogue,
    *,
    prompt: str = "",
    model: str = "",
    ratio: str | None = None,
    resolution: str | None = None,
    pictures: Sequence[str] = (),
) -> discord.ui.Modal:
    """Build a form with prompt, model, ratio, upload, and resolution or, for several ``pictures``, a choice of them.

    A form takes no more than five fields. If the ``model`` is not on offer (any more), the usual one is chosen.
    """
    chosen = catalogue.get(model) or catalogue.model(catalogue.default)
    modal = discord.ui.Modal(title=words("form-title"), custom_id=str(form_id), timeout=OPEN_FOR)
    text: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        default=prompt[:LONGEST_PROMPT] or None,
        placeholder=words("form-prompt-hint"),
        max_length=min(LONGEST_PROMPT, chosen.prompt_limit),
    )
    modal.add_item(discord.ui.Label(text=words("form-prompt"), component=text))
    if len(pictures) > 1:
        picture_choices = [Choice(name, str(number), number == 0) for number, name in enumerate(pictures[:25])]
        modal.add_item(discord.ui.Label(text=words("form-picture"), component=_menu("picked", picture_choices)))
    models = [Choice(offered.name, offered.id, offered.id == chosen.id) for offered in catalogue.models[:25]]
    modal.add_item(discord.ui.Label(text=words("form-model"), component=_menu("model", models)))
    ratios = [Choice(words("form-as-it-is"), AS_IT_IS, ratio is None)]
    ratios += [Choice(name, name, name == ratio) for name in chosen.ratios[:24]]
    modal.add_item(discord.ui.Label(text=words("form-ratio"), component=_menu("ratio", ratios)))
    if len(pictures) <= 1 and len(chosen.resolutions) > 1:
        # The usual size is left to the model: another one that is chosen beside it may not have this size.
        wanted = None if resolution == chosen.default_resolution else resolution
        sizes = [Choice(words("form-as-it-is"), AS_IT_IS, wanted is None)]
        sizes += [Choice(name, name, name == wanted) for name in chosen.resolutions]
        modal.add_item(discord.ui.Label(text=words("form-resolution"), component=_menu("resolution", sizes)))
    extra = PictureUpload(custom_id="uploads", required=False, max_values=1)
    modal.add_item(discord.ui.Label(text=words("form-upload"), component=extra))
    return modal


def _menu(custom_id: str, choices: Sequence[Choice]) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(label=choice.label[:100], value=choice.value, default=choice.chosen) for choice in choices
    ]
    return discord.ui.Select(custom_id=custom_id, options=options, required=False)


def answers(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the answers to a form by field name: a text, or the chosen values. Raises Refused("form-old")."""
    try:
        fields = {str(component["custom_id"]): component for component in _fields(data["components"])}
        return {
            name: [str(component["value"])] if component.get("value") is not None else _values(fields, name)
            for name, component in fields.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused("form-old", f"a form that can't be read: {error!r}") from error


def read(data: Mapping[str, Any], by: int) -> FilledForm:
    """Read the answers to an order form from the interaction's data, which is not trusted.

    Raises Refused("form-old"), and BadPicture for an upload that is declared to be no picture.

    ``by``: the id of the member who sent it, and who owns the uploads.
    """
    try:
        fields = {str(component["custom_id"]): component for component in _fields(data["components"])}
        picked = tuple(int(value) for value in _values(fields, "picked"))
        attachments = data.get("resolved", {}).get("attachments", {})
        uploads = tuple(_upload(attachments[upload_id], by) for upload_id in _values(fields, "uploads"))
        return FilledForm(
            prompt=str(fields["prompt"]["value"]),
            model=_chosen(fields, "model") or "",
            ratio=_chosen(fields, "ratio"),
            resolution=_chosen(fields, "resolution"),
            picked=picked,
            uploads=uploads,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("form-old", f"a form that can't be read: {error!r}") from error


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:
            yield component["component"]
        elif "components" in component:
            yield from component["components"]


def _values(fields: Mapping[str, Mapping[str, Any]], name: str) -> list[str]:
    return [str(value) for value in fields.get(name, {}).get("values") or []]


def _chosen(fields: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    values = _values(fields, name)
    return values[0] if values and values[0] != AS_IT_IS else None


def _upload(attachment: Mapping[str, Any], by: int) -> Source:
    """Return an upload as a source. Raises BadPicture if its declared type or size is refused: before the card."""
    declared(str(attachment["filename"]), attachment.get("content_type"), int(attachment["size"]))
    return Source(
        url=str(attachment["url"]),
        name=str(attachment["filename"]),
        declared_type=attachment.get("content_type"),
        size=int(attachment["size"]),
        owner_ids=(by,),
        covered=is_upload_covered(attachment),
    )
