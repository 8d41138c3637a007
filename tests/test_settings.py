"""Settings: every mistake at once, in words, and never a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsMistake, read

GOOD = {"DISCORD_TOKEN": "a.b.c", "TOAPIS_API_KEY": "sk-secret"}


def test_all_mistakes_are_named_at_once_and_no_secret_is_printed() -> None:
    wrong = {
        "DISCORD_TOKEN": "hush-hush",
        "TOAPIS_API_KEY": "key-hush",
        "TOAPIS_TIER": "gold",
        "PICTURES_PER_DAY": "-2",
    }
    with pytest.raises(SettingsMistake) as raised:
        read(wrong, None)
    told = str(raised.value)
    assert all(name in told for name in wrong)
    assert "hush" not in told


def test_a_token_without_a_key_is_a_mistake() -> None:
    with pytest.raises(SettingsMistake, match="TOAPIS_API_KEY is missing"):
        read({"DISCORD_TOKEN": "a.b.c"}, None)


def test_a_pasted_version_is_forgiven() -> None:
    assert read({**GOOD, "TOAPIS_BASE_URL": "https://toapis.com/v1/"}, None).toapis_base_url == "https://toapis.com"


def test_the_environment_wins_over_the_file_and_empty_is_as_not_there(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DISCORD_TOKEN=a.b.c\nTOAPIS_API_KEY=sk-1\nTOAPIS_TIER=vip\nLOG_LEVEL=DEBUG\n")
    settings = read({"TOAPIS_TIER": "svip", "LOG_LEVEL": ""}, file)
    assert (settings.toapis_tier, settings.log_level) == ("svip", "DEBUG")


def test_a_short_look_up_is_only_for_the_playground() -> None:
    with pytest.raises(SettingsMistake, match="LOOK_UP_SECONDS"):
        read({**GOOD, "LOOK_UP_SECONDS": "5"}, None)
    assert read({**GOOD, "LOOK_UP_SECONDS": "5", "TOAPIS_BASE_URL": "http://127.0.0.1:9"}, None).look_up_seconds == 5


def test_the_example_names_every_setting() -> None:
    text = (Path(__file__).parent.parent / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert named == {field.alias for field in Settings.model_fields.values() if field.alias}
