"""Are these components well formed: rows, buttons, selects, and the newer layout components?

https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from typing import Any

from playground.messages import parts

from .errors import Faults

Json = dict[str, Any]
Path = tuple[str | int, ...]

ROW, BUTTON, TEXT_INPUT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = (
    1, 2, 4, 9, 10, 11, 12, 13, 14, 17, 18,
)  # fmt: skip
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK, PREMIUM = 5, 6
AT_TOP_V2 = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
ROWS, BUTTONS_IN_ROW, OPTIONS, ALL_V2, TEXT_V2 = 5, 5, 25, 40, 4000


def check_components(faults: Faults, components: Any, *, v2: bool, where: Path = ("components",)) -> None:
    """Add to ``faults`` whatever Discord would refuse in a message's components."""
    if components is None:
        return
    if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
        faults.add(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    everything = list(parts(components))
    if v2 and len(everything) > ALL_V2:
        faults.add(where, "COMPONENT_MAX_TOTAL", f"The maximum number of components is {ALL_V2}")
    if not v2 and len(components) > ROWS:
        faults.add(where, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {ROWS} in length.")
    for n, one in enumerate(components):
        if one.get("type") not in (AT_TOP_V2 if v2 else {ROW}):
            words = 'Value of field "type" must be one of (1,).' if not v2 else "This component can't stand at the top."
            faults.add((*where, n), "UNION_TYPE_CHOICES", words)
        _one(faults, (*where, n), one)
    _unique(faults, where, everything)
    letters = sum(len(str(one.get("content") or "")) for one in everything if one.get("type") == TEXT)
    if letters > TEXT_V2:
        faults.add(where, "COMPONENT_TEXT_MAX", f"All text together must be {TEXT_V2} or fewer in length.")


def _one(faults: Faults, path: Path, of: Json) -> None:
    kind = of.get("type")
    if kind == ROW:
        _row(faults, path, of)
    elif kind == BUTTON:
        _button(faults, path, of)
    elif kind in SELECTS:
        _select(faults, path, of)
    elif kind == TEXT_INPUT:
        _custom_id(faults, path, of)
    elif kind == TEXT:
        _length(faults, (*path, "content"), of.get("content"), TEXT_V2, least=1, needed=True)
    elif kind == SECTION:
        _many(faults, path, of, 3)
        if not isinstance(of.get("accessory"), dict):
            faults.add((*path, "accessory"), "BASE_TYPE_REQUIRED", "This field is required")
        else:
            _one(faults, (*path, "accessory"), of["accessory"])
    elif kind == GALLERY:
        _gallery(faults, path, of)
    elif kind == CONTAINER:
        _many(faults, path, of, ALL_V2)
    elif kind not in (THUMBNAIL, FILE, SEPARATOR, LABEL):
        faults.add((*path, "type"), "BASE_TYPE_CHOICES", "This is no component type that Discord knows.")


def _row(faults: Faults, path: Path, of: Json) -> None:
    inside = of.get("components")
    if not isinstance(inside, list) or not 1 <= len(inside) <= BUTTONS_IN_ROW:
        faults.add((*path, "components"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {BUTTONS_IN_ROW} in length.")
        return
    if len(inside) > 1 and any(one.get("type") != BUTTON for one in inside):
        faults.add(
            (*path, "components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )
    for n, one in enumerate(inside):
        _one(faults, (*path, "components", n), one)


def _many(faults: Faults, path: Path, of: Json, most: int) -> None:
    inside = of.get("components")
    if not isinstance(inside, list) or not 1 <= len(inside) <= most:
        faults.add((*path, "components"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
        return
    for n, one in enumerate(inside):
        _one(faults, (*path, "components", n), one)


def _button(faults: Faults, path: Path, of: Json) -> None:
    style = of.get("style")
    if style not in range(1, PREMIUM + 1):
        faults.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    _length(faults, (*path, "label"), of.get("label"), 80)
    if style == PREMIUM:
        return
    if not of.get("label") and not of.get("emoji"):
        faults.add(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji.")
    if style == LINK:
        _length(faults, (*path, "url"), of.get("url"), 512, least=1, needed=True)
        if of.get("custom_id") is not None:
            faults.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE", "A custom id and url cannot both be specified")
    else:
        _custom_id(faults, path, of)


def _select(faults: Faults, path: Path, of: Json) -> None:
    _custom_id(faults, path, of)
    _length(faults, (*path, "placeholder"), of.get("placeholder"), 150)
    options = of.get("options")
    if of["type"] == 3:
        if not isinstance(options, list) or not 1 <= len(options) <= OPTIONS:
            faults.add((*path, "options"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {OPTIONS} in length.")
            return
        for n, option in enumerate(options):
            for key, needed in (("label", True), ("value", True), ("description", False)):
                _length(faults, (*path, "options", n, key), option.get(key), 100, least=int(needed), needed=needed)
        values = [option.get("value") for option in options]
        if len(set(map(str, values))) < len(values):
            faults.add(
                (*path, "options"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        if (of.get("max_values") or 1) > len(options):
            faults.add((*path, "max_values"), "SELECT_COMPONENT_MAX_VALUES", "More values than options.")


def _gallery(faults: Faults, path: Path, of: Json) -> None:
    items = of.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= 10:
        faults.add((*path, "items"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
        return
    for n, item in enumerate(items):
        _length(faults, (*path, "items", n, "description"), item.get("description"), 1024)
        if not isinstance(item.get("media"), dict) or not item["media"].get("url"):
            faults.add((*path, "items", n, "media"), "BASE_TYPE_REQUIRED", "This field is required")


def _custom_id(faults: Faults, path: Path, of: Json) -> None:
    _length(faults, (*path, "custom_id"), of.get("custom_id"), 100, least=1, needed=True)


def _length(faults: Faults, path: Path, value: Any, most: int, *, least: int = 0, needed: bool = False) -> None:
    if value is None:
        if needed:
            faults.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not isinstance(value, str):
        faults.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif not least <= len(value) <= most:
        faults.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def _unique(faults: Faults, where: Path, everything: list[Json]) -> None:
    seen: set[str] = set()
    for one in everything:
        custom_id = one.get("custom_id")
        if custom_id is None:
            continue
        if custom_id in seen:
            faults.add(where, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen.add(custom_id)
