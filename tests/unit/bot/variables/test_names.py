"""Misspelt names: each slip leads to the right name, and what hosts and shells set is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, slips
from bot.variables.names import misspelt, nearest

KNOWN = {field.alias for field in Settings.model_fields.values() if field.alias}

SLIPS = {
    "PICTURE_PER_DAY": "PICTURES_PER_DAY",
    "DISCORD_BOT_TOKEN": "DISCORD_TOKEN",
    "discord_token": "DISCORD_TOKEN",
    "TOAPIS_KEY": "TOAPIS_API_KEY",
    "DATABASE_URI": "DATABASE_URL",
    "MONEY_PER_DAYS": "MONEY_PER_DAY",
    "OPERATOR_ID": "OPERATOR_IDS",
    "SLOT": "SLOTS",
    "LOGLEVEL": "LOG_LEVEL",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_leads_to_the_right_name(slip: str) -> None:
    [sentence] = misspelt([slip], KNOWN)
    assert sentence == f"{slip} is not a variable of Retouch and has no effect. Did you mean {SLIPS[slip]}?"


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "HOSTNAME", "LANG", "PYTHONUNBUFFERED", "VIRTUAL_ENV", "SHLVL", "LOGNAME", "USER"),
        *("RAILWAY_ENVIRONMENT_NAME", "DATABASE_PUBLIC_URL", "DATABASE_PRIVATE_URL", "RENDER_SERVICE_ID"),
        *("RAILWAY_PUBLIC_DOMAIN", "POSTGRES_PASSWORD", "PGPORT", "DYNO", "RENDER", "HTTPS_PROXY"),
    ],
)
def test_what_hosts_and_shells_set_is_left_alone(name: str) -> None:
    assert slips({name: "x"}, None) == []


def test_a_slip_in_the_file_is_seen_and_its_value_never_printed(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TOAPI_KEY=sk-hush\nPICTURES_PER_DAY=3\nMY_OWN_NOTE=1\n")
    [sentence] = slips({"PICTURES_PER_DAY": "4"}, file)
    assert sentence.startswith("TOAPI_KEY is not a variable")
    assert "hush" not in sentence


def test_a_word_like_nothing_has_no_nearest() -> None:
    assert nearest("zebra", ["run", "migrate"]) is None
    assert nearest("zebra", []) is None
