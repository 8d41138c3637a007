"""Settings as hosts hand them out: database addresses, vanishing disks, loopbacks, and secrets that stay secret."""

from __future__ import annotations

import pytest

from bot.settings import SettingsMistake, read

GOOD = {"DISCORD_TOKEN": "hush-a.hush-b.hush-c", "TOAPIS_API_KEY": "sk-hush"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_server_is_understood(scheme: str) -> None:
    settings = read({**GOOD, "DATABASE_URL": f"{scheme}://ana:pw@host/name"}, None)
    assert settings.database_url == "postgresql+psycopg://ana:pw@host/name"
    assert not settings.embedded


def test_an_sqlite_file_is_ours() -> None:
    settings = read({**GOOD, "DATABASE_URL": "sqlite:////var/retouch.db"}, None)
    assert settings.embedded
    assert str(settings.database_file) == "/var/retouch.db"


@pytest.mark.parametrize("url", ["mysql://ana:hush@host/name", "sqlite:///", "sqlite://", "hush.db"])
def test_another_database_is_a_mistake_that_keeps_the_password(url: str) -> None:
    with pytest.raises(SettingsMistake, match="DATABASE_URL is neither") as raised:
        read({**GOOD, "DATABASE_URL": url}, None)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("name", ["DYNO", "RAILWAY_ENVIRONMENT", "RENDER"])
def test_a_host_whose_disk_vanishes_is_recognised(name: str) -> None:
    assert read({**GOOD, name: "web.1"}, None).on_vanishing_disk
    assert not read({**GOOD, name: ""}, None).on_vanishing_disk
    assert not read(GOOD, None).on_vanishing_disk


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
def test_only_a_loopback_may_speak_plain_http_and_hurry(base: str) -> None:
    settings = read({**GOOD, "TOAPIS_BASE_URL": base + "/v1", "LOOK_UP_SECONDS": "1"}, None)
    assert (settings.toapis_base_url, settings.look_up_seconds) == (base, 1.0)


@pytest.mark.parametrize(
    "base", ["http://toapis.com", "toapis.com", "https://ana:hush@toapis.com", "https://toapis.com?key=hush", "/v1"]
)
def test_an_address_that_would_tell_the_key_is_a_mistake(base: str) -> None:
    with pytest.raises(SettingsMistake, match="TOAPIS_BASE_URL is not an https address") as raised:
        read({**GOOD, "TOAPIS_BASE_URL": base}, None)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(("seconds", "fine"), [("119.9", False), ("120", True)])
def test_a_look_up_outside_lasts_two_minutes_at_least(seconds: str, fine: bool) -> None:
    values = {**GOOD, "LOOK_UP_SECONDS": seconds}
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
        "LOG_LEVEL": "hush",
        "LOG_FORMAT": "hush",
    }
    with pytest.raises(SettingsMistake) as raised:
        read(wrong, None)
    assert {line.split()[0] for line in str(raised.value).splitlines()} == set(wrong)
    assert "hush" not in str(raised.value)


def test_settings_can_be_printed_without_telling_a_secret() -> None:
    assert "hush" not in f"{read(GOOD, None)!r} {read(GOOD, None)}"


def test_ids_are_read_with_commas_and_spaces() -> None:
    assert read({**GOOD, "BLOCKED_IDS": "1, 2 3,"}, None).blocked_ids == {1, 2, 3}
