"""Settings: every mistake at once, in words, and never a secret; and what hosts hand out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsMistake, read

GOOD = {"DISCORD_TOKEN": "a.b.c", "TOAPIS_API_KEY": "sk-secret"}
SEAL = "H" * 43 + "="
HUSH = {"DISCORD_TOKEN": "hush-a.hush-b.hush-c", "TOAPIS_API_KEY": "sk-hush"}


def test_all_mistakes_are_named_at_once_and_no_secret_is_printed() -> None:
    wrong = {
        "DISCORD_TOKEN": "hush-hush",
        "TOAPIS_API_KEY": "key-hush",
        "TOAPIS_TIER": "gold",
        "PICTURES_PER_DAY": "-2",
    }
    with pytest.raises(SettingsMistake) as raised:
        read(wrong, None)
    message = str(raised.value)
    assert all(name in message for name in wrong)
    assert "hush" not in message


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
    text = (Path(__file__).parents[3] / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert named == {field.alias for field in Settings.model_fields.values() if field.alias}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_server_is_understood(scheme: str) -> None:
    settings = read({**HUSH, "DATABASE_URL": f"{scheme}://ana:pw@host/name"}, None)
    assert settings.database_url == "postgresql+psycopg://ana:pw@host/name"
    assert not settings.embedded


def test_an_sqlite_file_is_ours() -> None:
    settings = read({**HUSH, "DATABASE_URL": "sqlite:////var/retouch.db"}, None)
    assert settings.embedded
    assert str(settings.database_file) == "/var/retouch.db"


@pytest.mark.parametrize("url", ["mysql://ana:hush@host/name", "sqlite:///", "sqlite://", "hush.db"])
def test_another_database_is_a_mistake_that_keeps_the_password(url: str) -> None:
    with pytest.raises(SettingsMistake, match="DATABASE_URL is neither") as raised:
        read({**HUSH, "DATABASE_URL": url}, None)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["DYNO", "RAILWAY_ENVIRONMENT", "RENDER"])
def test_a_host_whose_disk_vanishes_is_recognised(name: str) -> None:
    assert read({**HUSH, name: "web.1"}, None).on_vanishing_disk
    assert not read({**HUSH, name: ""}, None).on_vanishing_disk
    assert not read(HUSH, None).on_vanishing_disk


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
def test_only_a_loopback_may_speak_plain_http_and_hurry(base: str) -> None:
    settings = read({**HUSH, "TOAPIS_BASE_URL": base + "/v1", "LOOK_UP_SECONDS": "1"}, None)
    assert (settings.toapis_base_url, settings.look_up_seconds) == (base, 1.0)


@pytest.mark.parametrize(
    "base", ["http://toapis.com", "toapis.com", "https://ana:hush@toapis.com", "https://toapis.com?key=hush", "/v1"]
)
def test_an_address_that_would_tell_the_key_is_a_mistake(base: str) -> None:
    with pytest.raises(SettingsMistake, match="TOAPIS_BASE_URL is not an https address") as raised:
        read({**HUSH, "TOAPIS_BASE_URL": base}, None)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(("seconds", "fine"), [("119.9", False), ("120", True)])
def test_a_look_up_outside_lasts_two_minutes_at_least(seconds: str, fine: bool) -> None:
    values = {**HUSH, "LOOK_UP_SECONDS": seconds}
    if fine:
        assert read(values, None).look_up_seconds == 120.0
    else:
        with pytest.raises(SettingsMistake, match="LOOK_UP_SECONDS must be at least 120"):
            read(values, None)


def test_every_variable_can_be_wrong_at_once_and_each_has_its_line() -> None:
    wrong = {
        "DISCORD_TOKEN": "hush",
        "TOAPIS_API_KEY": "hush",
        "TOAPIS_BASE_URL": "ftp://hush",
        "TOAPIS_TIER": "hush",
        "DATABASE_URL": "hush",
        "CATALOGUE_FILE": "/nowhere/hush.toml",
        "PICTURES_PER_DAY": "-1",
        "RUNNING_PER_MEMBER": "0",
        "RUNNING_IN_ALL": "hush",
        "BLOCKED_IDS": "hush",
        "OPERATOR_IDS": "0",
        "DEADLINE_MINUTES": "0",
        "GIVE_UP_HOURS": "hush",
        "LOOK_UP_SECONDS": "-1",
        "RETENTION_DAYS": "0",
        "GUILD_GONE_DAYS": "0",
        "LOG_LEVEL": "hush",
        "LOG_FORMAT": "hush",
        "SECRET_KEYS": "hush",
        "PUBLIC_URL": "hush",
        "TOAPIS_WEBHOOK_SECRET": "hush",
        "PORT": "hush",
    }
    with pytest.raises(SettingsMistake) as raised:
        read(wrong, None)
    assert {line.split()[0] for line in str(raised.value).splitlines()} == set(wrong)
    assert "hush" not in str(raised.value)


def test_settings_can_be_printed_without_telling_a_secret() -> None:
    assert "hush" not in f"{read(HUSH, None)!r} {read(HUSH, None)}"


def test_ids_are_read_with_commas_and_spaces() -> None:
    assert read({**HUSH, "BLOCKED_IDS": "1, 2 3,"}, None).blocked_ids == {1, 2, 3}
    assert read({**HUSH, "ALLOWED_GUILD_IDS": "1, 2 3,"}, None).allowed_guild_ids == {1, 2, 3}


def test_a_hasty_look_up_is_named_beside_every_other_mistake() -> None:
    with pytest.raises(SettingsMistake) as raised:
        read({"TOAPIS_API_KEY": "sk-1", "TOAPIS_TIER": "gold", "LOOK_UP_SECONDS": "5"}, None)
    assert {line.split()[0] for line in str(raised.value).splitlines()} == {
        "DISCORD_TOKEN",
        "TOAPIS_TIER",
        "LOOK_UP_SECONDS",
    }


def test_a_hasty_look_up_is_no_mistake_of_a_playground_with_others() -> None:
    with pytest.raises(SettingsMistake) as raised:
        read({"TOAPIS_API_KEY": "sk-1", "LOOK_UP_SECONDS": "5", "TOAPIS_BASE_URL": "http://127.0.0.1:9"}, None)
    assert str(raised.value).startswith("DISCORD_TOKEN is missing")
    assert "LOOK_UP_SECONDS" not in str(raised.value)


@pytest.mark.parametrize("text", [SEAL, f"{SEAL},{SEAL}", f" {SEAL} , {SEAL}, "])
def test_seals_are_read_with_commas_and_spaces_and_never_printed(text: str) -> None:
    settings = read({**HUSH, "SECRET_KEYS": text}, None)
    assert {key.get_secret_value() for key in settings.secret_keys} == {SEAL}
    assert SEAL not in f"{settings!r} {settings}"
    assert read(HUSH, None).secret_keys == ()


@pytest.mark.parametrize("text", ["hush", SEAL[:-1], f"{SEAL}=", f"{SEAL},hush", "+" * 43 + "=", "ü" * 43 + "="])
def test_a_bad_secret_key_is_a_mistake_that_names_the_command(text: str) -> None:
    with pytest.raises(SettingsMistake, match=r"SECRET_KEYS is not a list of Fernet keys.*generate_key") as raised:
        read({**HUSH, "SECRET_KEYS": text}, None)
    assert text not in str(raised.value)
    assert SEAL[:-1] not in str(raised.value)


SECRETS = ["hush-hush-hush-1", "hush-hush-hush-2"]


@pytest.mark.parametrize("text", [SECRETS[0], ",".join(SECRETS), f" {SECRETS[0]} , {SECRETS[1]}"])
@pytest.mark.parametrize("address", ["https://bot.example.com", "https://bot.example.com:8443/", "http://[::1]:9"])
def test_webhooks_have_an_address_and_one_secret_or_two(text: str, address: str) -> None:
    settings = read({**HUSH, "PUBLIC_URL": address, "TOAPIS_WEBHOOK_SECRET": text, "PORT": "80"}, None)
    assert settings.public_url == address.rstrip("/")
    assert [secret.get_secret_value() for secret in settings.toapis_webhook_secret] == SECRETS[: text.count(",") + 1]
    assert settings.port == 80
    assert "hush" not in f"{settings!r}"


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"PUBLIC_URL": "https://bot.example.com"}, "TOAPIS_WEBHOOK_SECRET is missing beside PUBLIC_URL"),
        ({"TOAPIS_WEBHOOK_SECRET": SECRETS[0]}, "TOAPIS_WEBHOOK_SECRET is of no use without PUBLIC_URL"),
    ],
)
def test_half_of_the_webhooks_is_a_mistake(values: dict[str, str], mistake: str) -> None:
    with pytest.raises(SettingsMistake, match=mistake) as raised:
        read({**GOOD, **values}, None)
    assert SECRETS[0] not in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://bot.example.com",
        "https://bot.example.com/path",
        "https://bot.example.com?hush=1",
        "https://bot.example.com#hush",
        "https://ana:hush@bot.example.com",
        "https://",
        "bot.example.com",
        "ftp://bot.example.com",
        "https://bot.example.com:hush",
        "https://bot.example .com",
    ],
)
def test_address_that_toapis_would_not_call_is_a_mistake(address: str) -> None:
    with pytest.raises(SettingsMistake, match="PUBLIC_URL is not an https address") as raised:
        read({**GOOD, "PUBLIC_URL": address, "TOAPIS_WEBHOOK_SECRET": SECRETS[0]}, None)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("text", ["hush", f"{SECRETS[0]},hush", ",".join([*SECRETS, "hush-hush-hush-3"])])
def test_short_secret_or_a_third_is_a_mistake(text: str) -> None:
    with pytest.raises(SettingsMistake, match="TOAPIS_WEBHOOK_SECRET is not one secret, or two") as raised:
        read({**GOOD, "PUBLIC_URL": "https://bot.example.com", "TOAPIS_WEBHOOK_SECRET": text}, None)
    assert "hush" not in str(raised.value)


def test_without_webhooks_there_is_neither_address_nor_secret() -> None:
    settings = read(GOOD, None)
    assert settings.public_url is None
    assert settings.toapis_webhook_secret == ()
    assert settings.port == 8080


def test_several_slots_need_a_server() -> None:
    with pytest.raises(SettingsMistake, match="SLOTS must be 1 with an SQLite file"):
        read({**GOOD, "SLOTS": "2"}, None)
    assert read({**GOOD, "SLOTS": "2", "DATABASE_URL": "postgres://me@host/name"}, None).slots == 2


@pytest.mark.parametrize(
    ("values", "listens"),
    [
        ({}, False),
        ({"PORT": ""}, False),
        ({"PORT": "8080"}, True),
        ({"PUBLIC_URL": "https://bot.example.com", "TOAPIS_WEBHOOK_SECRET": "s" * 16}, True),
    ],
)
def test_bot_listens_only_where_a_port_or_webhooks_are_set(values: dict[str, str], listens: bool) -> None:
    assert read({**GOOD, **values}, None).listens is listens


def test_short_metrics_token_is_a_mistake_and_not_printed() -> None:
    with pytest.raises(SettingsMistake, match="METRICS_TOKEN is not right") as raised:
        read({**GOOD, "METRICS_TOKEN": "hush"}, None)
    assert "hush" not in str(raised.value)
