"""The form of an application command. Whatever breaks it is added to the errors.

https://discord.com/developers/docs/interactions/application-commands#application-command-object
"""

from __future__ import annotations

from typing import Any

from .errors import FormErrors
from .fields import among, form, listed, many, mapped, text, whole, yes
from .file_types import FILE_TYPES

Json = dict[str, Any]
Path = tuple[str | int, ...]

SUBCOMMAND = 1
GROUP = 2
STRING = 3
INTEGER = 4
NUMBER = 10
ATTACHMENT = 11
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
    "min_length": whole(0, 6000), "max_length": whole(1, 6000), "file_types": FILE_TYPES,
})  # fmt: skip


def check_command(errors: FormErrors, path: Path, command: Any) -> None:
    command = mapped(errors, path, command)
    kind = command.get("type") or 1
    if kind not in (1, 2, 3):
        errors.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4}.")
    if kind == 1:
        _named(errors, path, command)
        _options(errors, (*path, "options"), command.get("options"), depth=0)
    else:
        text(errors, (*path, "name"), command.get("name"), 32, least=1, needed=True)
        if command.get("description"):
            words = "Context menu commands cannot have description"
            errors.add((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED", words)
        if command.get("options"):
            words = "Context menu commands cannot have options"
            errors.add((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_NOT_ALLOWED", words)
    bits = command.get("default_member_permissions")
    if bits is not None and not (str(bits).isdigit() and int(bits) < 1 << 54):
        errors.add((*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", f'Value "{bits}" is not int.')
    _COMMAND(errors, path, command)
    if _letters(command) > LETTERS:
        words = f"The combined size of the command is over {LETTERS} characters"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", words)


def _named(errors: FormErrors, path: Path, thing: Json) -> None:
    """Check a name in lower case without spaces, and a description; with their translations."""
    _name(errors, (*path, "name"), thing.get("name"))
    text(errors, (*path, "description"), thing.get("description"), 100, least=1, needed=True)
    for locale, name in _localized(errors, path, thing, "name_localizations"):
        _name(errors, (*path, "name_localizations", locale), name)
    for locale, words in _localized(errors, path, thing, "description_localizations"):
        text(errors, (*path, "description_localizations", locale), words, 100, least=1)


def _localized(errors: FormErrors, path: Path, thing: Json, key: str) -> list[tuple[str, Any]]:
    if thing.get(key) is None:
        return []
    translations = mapped(errors, (*path, key), thing[key])
    for locale in translations:
        if locale not in LOCALES:
            errors.add((*path, key, locale), "DICT_TYPE_INVALID_KEY", f'"{locale}" is no locale that Discord knows.')
    return list(translations.items())


def _name(errors: FormErrors, path: Path, name: Any) -> None:
    """Match ^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, and lower case where the script has one."""
    if name is None:
        errors.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        return
    word = str(name)
    marks = {"-", "_", "'"}
    proper = all(letter in marks or letter.isalnum() or "\u0900" <= letter <= "\u0e7f" for letter in word)
    if not isinstance(name, str) or not 1 <= len(word) <= 32 or not proper or word != word.lower():
        words = "String value did not match validation regex."
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid" if " " in word else words)


def _options(errors: FormErrors, path: Path, options: Any, *, depth: int) -> None:
    names: set[str] = set()
    optional_seen = False
    kinds = set()
    for n, raw in enumerate(listed(errors, path, options, 25)):
        here = (*path, n)
        option = mapped(errors, here, raw)
        _named(errors, here, option)
        name = str(option.get("name"))
        kind = option.get("type")
        if name in names:
            words = f"Option names must be unique: {name}"
            errors.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
        names.add(name)
        kinds.add(kind in (SUBCOMMAND, GROUP))
        if kind not in OPTION_TYPES:
            errors.add((*here, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, … 11}.")
        if kind in (SUBCOMMAND, GROUP):
            _nested(errors, here, option, depth)
            continue
        if option.get("required") and optional_seen:
            words = "Required options must be placed before non-required options"
            errors.add((*here, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional_seen = optional_seen or not option.get("required")
        if option.get("file_types") and kind != ATTACHMENT:
            words = "Only attachment options have file types"
            errors.add((*here, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
        _choices(errors, here, option)
        _bounds(errors, here, option)
    if len(kinds) > 1:
        words = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        errors.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)


def _nested(errors: FormErrors, path: Path, option: Json, depth: int) -> None:
    deepest = 1 if option["type"] == GROUP else 2
    if depth >= deepest:
        errors.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep.")
        return
    _options(errors, (*path, "options"), option.get("options"), depth=depth + 1)


def _choices(errors: FormErrors, path: Path, option: Json) -> None:
    choices = listed(errors, (*path, "choices"), option.get("choices"), 25)
    kind = option.get("type")
    if choices and option.get("autocomplete"):
        words = "Choices and autocomplete are mutually exclusive"
        errors.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_CHOICES_AND_AUTOCOMPLETE", words)
    if (choices or option.get("autocomplete")) and kind not in WITH_CHOICES:
        words = "Only string, integer and number options have choices or autocomplete"
        errors.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    for n, raw in enumerate(choices):
        choice = mapped(errors, (*path, "choices", n), raw)
        text(errors, (*path, "choices", n, "name"), choice.get("name"), 100, least=1, needed=True)
        value = choice.get("value")
        if kind == STRING:
            text(errors, (*path, "choices", n, "value"), value, 100, least=1, needed=True)
        elif type(value) not in ((int,) if kind == INTEGER else (int, float)):
            errors.add((*path, "choices", n, "value"), "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def _bounds(errors: FormErrors, path: Path, option: Json) -> None:
    _OPTION(errors, path, option)
    bounds = {key: option[key] for key in ("min_value", "max_value") if option.get(key) is not None}
    for key, value in bounds.items():
        if option.get("type") == NUMBER and type(value) is float and abs(value) < 1 << 53:
            continue
        whole(1 - (1 << 53))(errors, (*path, key), value)
    lowest = bounds.get("min_value")
    highest = bounds.get("max_value")
    if isinstance(lowest, int | float) and isinstance(highest, int | float) and lowest > highest:
        errors.add((*path, "min_value"), "APPLICATION_COMMAND_OPTIONS_MIN_MAX", "min_value is above max_value")


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
