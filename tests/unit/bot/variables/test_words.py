"""What is wrong with a value, in our words, for each kind of mistake that a setting can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsMistake, read
from bot.variables.words import mistake_in_words

GOOD = {"DISCORD_TOKEN": "a.b.c", "TOAPIS_API_KEY": "sk-1"}

PARSERS_OWN = ("Input", "should be a valid", "unable to parse", "greater than", "type=", "pydantic", "value_error")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PICTURES_PER_DAY", "-2", "must be at least 0"),
        ("PICTURES_PER_DAY", "many", "is not a whole number"),
        ("PICTURES_PER_DAY", "1.5", "is not a whole number"),
        ("PICTURES_PER_DAY", "9" * 5000, "is too large a number"),
        ("PORT", "70000", "must be at most 65535"),
        ("GIVE_UP_HOURS", "soon", "is not a number"),
        ("GIVE_UP_HOURS", "nan", "is not a finite number"),
        ("GIVE_UP_HOURS", "inf", "is not a finite number"),
        ("DEADLINE_MINUTES", "0", "must be more than 0"),
        ("LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING or ERROR"),
        ("TOAPIS_TIER", "gold", "must be one of default, vip or svip"),
        ("MONEY_PER_DAY", "-1", "must be at least 0"),
        ("MONEY_PER_DAY", "lots", "is not a whole number"),
        ("OPERATOR_IDS", "ana", "is not a whole number"),
        ("OPERATOR_IDS", "0", "must be more than 0"),
    ],
)
def test_a_wrong_value_is_told_in_our_words(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsMistake) as raised:
        read({**GOOD, name: value}, None)
    assert str(raised.value).startswith(f"{name} {said}")


@pytest.mark.parametrize("value", ["-1", "x", "1e999", "\x00", "nan", "9" * 5000, "[]", "{}", "null"])
def test_no_setting_leaks_the_words_of_the_library(value: str) -> None:
    for name in sorted({field.alias for field in Settings.model_fields.values() if field.alias}):
        try:
            read({**GOOD, name: value}, None)
        except SettingsMistake as mistake:
            assert not [word for word in PARSERS_OWN if word in str(mistake)], str(mistake)


def test_a_mistake_without_a_word_is_not_right() -> None:
    assert mistake_in_words({"type": "new_kind", "msg": "Input should be"}) == "is not right"
    assert mistake_in_words({"type": "greater_than", "msg": "Input should be"}) == "is not right"


def test_a_file_of_settings_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"DISCORD_TOKEN=\xff\xfe")
    with pytest.raises(SettingsMistake, match="can't be read: it is not UTF-8 text"):
        read(GOOD, file)
