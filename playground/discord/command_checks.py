"""The form of an application command. Whatever breaks it is added to the faults.

https://discord.com/developers/docs/interactions/application-commands#application-command-object
"""

from __future__ import annotations

from typing import Any

from .errors import Faults
from .fields import among, form, listed, many, mapped, text, whole, yes

Json = dict[str, Any]
Path = tuple[str | int, ...]

SUBCOMMAND = 1
GROUP = 2
STRING = 3
INTEGER = 4
NUMBER = 10
OPTION_TYPES = range(1, 12)
WITH_CHOICES = frozenset({STRING, INTEGER, NUMBER})
LETTERS = 8000
LOCALES = frozenset(
    ("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
     "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko")
)  # fmt: skip
"""https://discord.com/developers/docs/reference#locales"""

_COMMAND = form(
    {
        "contexts": many(among((0, 1, 2)), 3, 1, unique=True), "dm_permission": yes, "nsfw": yes,
        "integration_types": many(among((0, 1)), 2, 1, unique=True),
    }
)  # fmt: skip
_OPTION = form({
    "required": yes, "autocomplete": yes, "channel_types": many(among(range(20)), 20, unique=True),
    "min_length": whole(0, 6000), "max_length": whole(1, 6000),
})  # fmt: skip


def check_command(faults: Faults, path: Path, command: Any) -> None:
    command = mapped(faults, path, command)
    kind = command.get("type") or 1
    if kind not in (1, 2, 3):
        faults.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
    if kind == 1:
        _named(faults, path, command)
        _options(faults, (*path, "options"), command.get("options"), depth=0)
    else:
        text(faults, (*path, "name"), command.get("name"), 32, least=1, needed=True)
        if command.get("description"):
            words = "Context menu commands cannot have description"
            faults.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED", words)
        if command.get("options"):
            words = "Context menu commands cannot have options"
            faults.add((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_NOT_ALLOWED", words)
    bits = command.get("default_member_permissions")
    if bits is not None and not (str(bits).isdigit() and int(bits) < 1 << 54):
        faults.add((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", f'Value "{bits}" is not int.')
    _COMMAND(faults, path, command)
    if _letters(command) > LETTERS:
        words = f"The combined size of the command is over {LETTERS} characters"
        faults.add(path, "APPLICATION_COMMAND_TOO_LARGE", words)


def _named(faults: Faults, path: Path, thing: Json) -> None:
    """Check a name in lower case without spaces, and a description; with their translations."""
    _name(faults, (*path, "name"), thing.get("name"))
    text(faults, (*path, "description"), thing.get("description"), 100, least=1, needed=True)
    for locale, name in _localized(faults, path, thing, "name_localizations"):
        _name(faults, (*path, "name_localizations", locale), name)
    for locale, words in _localized(faults, path, thing, "description_localizations"):
        text(faults, (*path, "description_localizations", locale), words, 100, least=1)


def _localized(faults: Faults, path: Path, thing: Json, key: str) -> list[tuple[str, Any]]:
    if thing.get(key) is None:
        return []
    translations = mapped(faults, (*path, key), thing[key])
    for locale in translations:
        if locale not in LOCALES:
            faults.add((*path, key, locale), "DICT_TYPE_INVALID_KEY", f'"{locale}" is no locale that Discord knows.')
    return list(translations.items())


def _name(faults: Faults, path: Path, name: Any) -> None:
    """Match ^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, and lower case where the script has one."""
    if name is None:
        faults.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        return
    word = str(name)
    marks = {"-", "_", "'"}
    proper = all(letter in marks or letter.isalnum() or "\u0900" <= letter <= "\u0e7f" for letter in word)
    if not isinstance(name, str) or not 1 <= len(word) <= 32 or not proper or word != word.lower():
        words = "String value did not match validation regex."
        faults.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid" if " " in word else words)


def _options(faults: Faults, path: Path, options: Any, *, depth: int) -> None:
    names: set[str] = set()
    optional_seen = False
    kinds = set()
    for n, raw in enumerate(listed(faults, path, options, 25)):
        here = (*path, n)
        option = mapped(faults, here, raw)
        _named(faults, here, option)
        name = str(option.get("name"))
        kind = option.get("type")
        if name in names:
            words = f"Option names must be unique: {name}"
            faults.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
        names.add(name)
        kinds.add(kind in (SUBCOMMAND, GROUP))
        if kind not in OPTION_TYPES:
            faults.add((*here, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, … 11}.")
        if kind in (SUBCOMMAND, GROUP):
            _nested(faults, here, option, depth)
            continue
        if option.get("required") and optional_seen:
            words = "Required options must be placed before non-required options"
            faults.add((*here, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional_seen = optional_seen or not option.get("required")
        _choices(faults, here, option)
        _bounds(faults, here, option)
    if len(kinds) > 1:
        words = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        faults.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)


def _nested(faults: Faults, path: Path, option: Json, depth: int) -> None:
    deepest = 1 if option["type"] == GROUP else 2
    if depth >= deepest:
        faults.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep.")
        return
    _options(faults, (*path, "options"), option.get("options"), depth=depth + 1)


def _choices(faults: Faults, path: Path, option: Json) -> None:
    choices = listed(faults, (*path, "choices"), option.get("choices"), 25)
    kind = option.get("type")
    if choices and option.get("autocomplete"):
        words = "Choices and autocomplete are mutually exclusive"
        faults.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE", words)
    if (choices or option.get("autocomplete")) and kind not in WITH_CHOICES:
        words = "Only string, integer and number options have choices or autocomplete"
        faults.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    for n, raw in enumerate(choices):
        choice = mapped(faults, (*path, "choices", n), raw)
        text(faults, (*path, "choices", n, "name"), choice.get("name"), 100, least=1, needed=True)
        value = choice.get("value")
        if kind == STRING:
            text(faults, (*path, "choices", n, "value"), value, 100, least=1, needed=True)
        elif type(value) not in ((int,) if kind == INTEGER else (int, float)):
            faults.add((*path, "choices", n, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def _bounds(faults: Faults, path: Path, option: Json) -> None:
    _OPTION(faults, path, option)
    bounds = {key: option[key] for key in ("min_value", "max_value") if option.get(key) is not None}
    for key, value in bounds.items():
        if option.get("type") == NUMBER and type(value) is float and abs(value) < 1 << 53:
            continue
        whole(1 - (1 << 53))(faults, (*path, key), value)
    lowest = bounds.get("min_value")
    highest = bounds.get("max_value")
    if isinstance(lowest, int | float) and isinstance(highest, int | float) and lowest > highest:
        faults.add((*path, "min_value"), "APPLICATION_COMMAND_OPTIONS_MIN_MAX", "min_value is above max_value")


def _letters(thing: Json) -> int:
    """Count the letters of names, descriptions and choices, each with the longest of its translations."""
    total = 0
    for key in ("name", "description"):
        localized = thing.get(f"{key}_localizations")
        words = [thing.get(key), *(localized.values() if isinstance(localized, dict) else ())]
        total += max(len(str(word or "")) for word in words)
    value = thing.get("value")
    total += len(value) if isinstance(value, str) else 0
    lists = [thing.get(key) for key in ("options", "choices")]
    inside = [part for parts in lists if isinstance(parts, list) for part in parts]
    return total + sum(_letters(part) for part in inside if isinstance(part, dict))
