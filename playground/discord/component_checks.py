"""The form of components: rows, buttons, selects, the newer layout components, and those of a modal.

https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from playground.world.messages import parts

from .errors import FormErrors
from .fields import Json, Path, Rule, address, among, form, many, snowflake, whole, words, yes
from .file_types import FILE_TYPES

ROW = 1
BUTTON = 2
MENU = 3
TEXT_INPUT = 4
SECTION = 9
TEXT = 10
THUMBNAIL = 11
GALLERY = 12
FILE = 13
SEPARATOR = 14
CONTAINER = 17
LABEL = 18
UPLOAD = 19
SELECTS = frozenset({MENU, 5, 6, 7, 8})
LINK = 5
PREMIUM = 6
AT_TOP_V2 = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
IN_CONTAINER = AT_TOP_V2 - {CONTAINER}
AT_TOP_OF_FORM = frozenset({ROW, TEXT, LABEL})
ROWS = 5
BUTTONS_IN_ROW = 5
OPTIONS = 25
ALL_V2 = 40
TEXT_V2 = 4000
FORM_ROWS = 5

_NUMBER = whole(0, (1 << 31) - 1)
_CUSTOM_ID = words(100, 1)
_EMOJI = form({"id": snowflake, "name": words(32), "animated": yes}, needed=("name",))
_MEDIA = form({"url": address()}, needed=("url",))
_OPTION = form(
    {"label": words(100, 1), "value": words(100, 1), "description": words(100), "default": yes, "emoji": _EMOJI},
    needed=("label", "value"),
)
_SELECT: dict[str, Rule] = {
    "custom_id": _CUSTOM_ID, "placeholder": words(150), "min_values": whole(0, 25), "max_values": whole(1, 25),
    "disabled": yes, "required": yes, "channel_types": many(among(range(20)), 20, unique=True),
    "default_values": many(form({"id": snowflake}, needed=("id",)), 25),
}  # fmt: skip


def _short(errors: FormErrors, path: Path, value: Any) -> None:
    """Check a button's label; Discord names both ends of its length."""
    if not isinstance(value, str):
        words(80)(errors, path, value)
    elif len(value) > 80:
        errors.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 80 in length.")


def _kinds(allowed: Collection[int], most: int, least: int = 1) -> Rule:
    """Build the rule of a list of components of these kinds."""
    return many(_kind(allowed), most, least)


def _kind(allowed: Collection[int]) -> Rule:
    def rule(errors: FormErrors, path: Path, value: Any) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if type(kind) is not int or kind not in allowed:
            errors.add(path, "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {tuple(sorted(allowed))}.')
        else:
            FORMS[kind](errors, path, value)

    return rule


def _button(errors: FormErrors, path: Path, button: Json) -> None:
    fields: dict[str, Rule] = {
        "style": among(range(1, PREMIUM + 1)), "label": _short, "custom_id": _CUSTOM_ID, "disabled": yes,
        "url": address(512), "sku_id": snowflake, "emoji": _EMOJI, "id": _NUMBER,
    }  # fmt: skip
    style = button.get("style")
    by_id = style in (LINK, PREMIUM)
    form(fields, needed=("style", *(() if by_id else ("custom_id",)), *(("url",) if style == LINK else ())))(
        errors, path, button
    )
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        errors.add(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji.")
    if style == LINK and button.get("custom_id") is not None:
        errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A custom id and url cannot both be specified")


def _menu(errors: FormErrors, path: Path, menu: Json) -> None:
    form(_SELECT | {"options": many(_OPTION, OPTIONS, 1), "id": _NUMBER}, needed=("custom_id", "options"))(
        errors, path, menu
    )
    options = menu.get("options")
    if not isinstance(options, list):
        return
    values = [str(option.get("value")) for option in options if isinstance(option, dict)]
    if len(set(values)) < len(values):
        sentence = "The specified option value is already used"
        errors.add((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", sentence)
    most = menu.get("max_values")
    if type(most) is int and most > len(options):
        errors.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES", "More values than options.")


def _row(errors: FormErrors, path: Path, row: Json) -> None:
    inside = row.get("components")
    _kinds({BUTTON, TEXT_INPUT, *SELECTS}, BUTTONS_IN_ROW)(errors, (*path, "components"), inside or [])
    components = inside if isinstance(inside, list) else []
    kinds = [component.get("type") for component in components if isinstance(component, dict)]
    if len(kinds) > 1 and any(kind != BUTTON for kind in kinds):
        sentence = "The specified component exceeds the maximum width"
        errors.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", sentence)


def _with_id(needed: Collection[str], **fields: Rule) -> Rule:
    return form(fields | {"id": _NUMBER}, needed=needed)


_FILE = form({"url": address(schemes=("attachment://",))}, needed=("url",))
FORMS: dict[int, Rule] = {
    ROW: _row,
    BUTTON: _button,
    MENU: _menu,
    **{kind: _with_id(("custom_id",), **_SELECT) for kind in SELECTS - {MENU}},
    TEXT_INPUT: _with_id(
        ("custom_id", "style"), custom_id=_CUSTOM_ID, style=among((1, 2)), label=words(45, 1), value=words(4000),
        placeholder=words(100), required=yes, min_length=whole(0, 4000), max_length=whole(1, 4000),
    ),
    TEXT: _with_id(("content",), content=words(TEXT_V2, 1)),
    SECTION: _with_id(
        ("components", "accessory"), components=_kinds({TEXT}, 3), accessory=_kind({BUTTON, THUMBNAIL}),
    ),
    THUMBNAIL: _with_id(("media",), media=_MEDIA, description=words(1024, 1), spoiler=yes),
    GALLERY: _with_id(
        ("items",),
        items=many(form({"media": _MEDIA, "description": words(1024, 1), "spoiler": yes}, needed=("media",)), 10, 1),
    ),
    FILE: _with_id(("file",), file=_FILE, spoiler=yes),
    SEPARATOR: _with_id((), divider=yes, spacing=among((1, 2))),
    CONTAINER: _with_id(
        ("components",), components=_kinds(IN_CONTAINER, ALL_V2), accent_color=whole(0, 0xFFFFFF), spoiler=yes,
    ),
    LABEL: _with_id(
        ("label", "component"), label=words(45, 1), description=words(100, 1),
        component=_kind({TEXT_INPUT, UPLOAD, *SELECTS}),
    ),
    UPLOAD: _with_id(
        ("custom_id",), custom_id=_CUSTOM_ID, min_values=whole(0, 10), max_values=whole(1, 10), required=yes,
        file_types=FILE_TYPES,
    ),
}  # fmt: skip


def check_components(errors: FormErrors, components: Any, *, v2: bool, where: Path = ("components",)) -> None:
    """Add to ``errors`` whatever Discord would refuse in a message's components."""
    if components is None or components == []:
        return
    _kinds(AT_TOP_V2 if v2 else {ROW}, ALL_V2 if v2 else ROWS)(errors, where, components)
    everything = list(parts(components)) if _is_tree(components) else []
    if v2 and len(everything) > ALL_V2:
        errors.add(where, "COMPONENT_MAX_TOTAL", f"The maximum number of components is {ALL_V2}")
    if any(component.get("type") in (TEXT_INPUT, LABEL, UPLOAD) for component in everything):
        errors.add(where, "UNION_TYPE_CHOICES", "This component stands in forms only.")
    _unique(errors, where, everything)
    letters = sum(len(str(component.get("content") or "")) for component in everything if component.get("type") == TEXT)
    if letters > TEXT_V2:
        errors.add(where, "COMPONENT_TEXT_MAX", f"All text together must be {TEXT_V2} or fewer in length.")


def check_form(errors: FormErrors, data: Json, where: Path) -> None:
    """Check a form.

    https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal
    """
    fields = {"title": words(45, 1), "custom_id": _CUSTOM_ID, "components": _kinds(AT_TOP_OF_FORM, FORM_ROWS)}
    form(fields, needed=tuple(fields))(errors, where, data)
    rows: list[Json] = data["components"] if _is_tree(data.get("components")) else []
    for n, row in enumerate(rows):
        for m, field in enumerate(row.get("components") or []):
            if field.get("type") != TEXT_INPUT or not field.get("label"):
                errors.add(
                    (*where, "components", n, "components", m, "label"), "BASE_TYPE_REQUIRED", "A labelled text."
                )
    _unique(errors, (*where, "components"), list(parts(rows)))


def _is_tree(components: Any) -> bool:
    """Check that it can be walked: lists of objects, all the way down."""
    if not isinstance(components, list) or not all(isinstance(component, dict) for component in components):
        return False
    inside = [component["components"] for component in components if component.get("components") is not None]
    for component in components:
        inside += [[component[key]] for key in ("accessory", "component") if component.get(key) is not None]
    return all(_is_tree(level) for level in inside)


def _unique(errors: FormErrors, where: Path, everything: list[Json]) -> None:
    seen: set[str] = set()
    for component in everything:
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if str(custom_id) in seen:
            errors.add(where, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen.add(str(custom_id))
