"""The operator's Settings, from the environment and ``.env``. Read in one place and passed on; never at import.

All mistakes are reported at once, each with the variable's name and what would be right. No secret is ever printed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.memory import DEFAULT_BUDGET, MIB
from bot.money import Micros
from bot.variables.names import OF_OURS, misspelt
from bot.variables.values import Dollars, Ids, split
from bot.variables.words import mistake_in_words

Tier = Literal["default", "vip", "svip"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

DOTENV: Final = Path(".env")

HOSTS_OWN: Final = frozenset({"DYNO", "RAILWAY_ENVIRONMENT", "RENDER"})
"""What Procfile hosts set themselves: they lose their disk at every restart, and an SQLite file with it."""

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
"""This very machine: no secret leaves it, so that it may be spoken to without https."""

SECRET_AT_LEAST: Final = 16
"""Characters of a webhook's secret. ToAPIs makes them of 32 bytes."""

LOOK_UP_AT_LEAST: Final = 120.0
"""The least number of seconds for which a lost create is looked up: a slow create can be in flight that long."""


class SettingsMistake(ValueError):
    """Mistakes in the environment, one line for each variable. Holds no secret."""


class Settings(BaseModel):
    """The operator's settings. Each field is one variable of ``.env.example`` (``tests/unit/bot/test_settings.py``).

    A field's description tells what a right value is.
    """

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True, allow_inf_nan=False)

    discord_token: SecretStr = Field(
        alias="DISCORD_TOKEN",
        description="the bot token from https://discord.com/developers/applications (three parts joined by dots)",
    )
    toapis_api_key: SecretStr = Field(
        alias="TOAPIS_API_KEY", description="a key from https://toapis.com/console/token, beginning with sk-"
    )
    toapis_base_url: str = Field(
        "https://toapis.com", alias="TOAPIS_BASE_URL", description="an https address such as https://toapis.com"
    )
    toapis_tier: Tier = Field("default", alias="TOAPIS_TIER", description="default, vip or svip")
    database_url: str = Field(
        "sqlite:///data/retouch.db",
        alias="DATABASE_URL",
        description="sqlite:///data/retouch.db or postgresql://user:password@host/name",
    )
    slots: int = Field(1, alias="SLOTS", ge=1, description="how many processes share the work, 1 with an SQLite file")
    catalogue_file: Path | None = Field(None, alias="CATALOGUE_FILE", description="the path of a readable TOML file")
    secret_keys: tuple[SecretStr, ...] = Field(
        (),
        alias="SECRET_KEYS",
        description="Fernet keys separated by commas, each made with: "
        'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
    )

    public_url: str | None = Field(
        None,
        alias="PUBLIC_URL",
        description="the https address at which the internet reaches this bot, such as https://bot.example.com",
    )
    toapis_webhook_secret: tuple[SecretStr, ...] = Field(
        (),
        alias="TOAPIS_WEBHOOK_SECRET",
        validate_default=True,
        description="the signing secret of the key's webhook at ToAPIs, or the new and the old one, with a comma",
    )
    port: int = Field(8080, alias="PORT", ge=1, le=65535)
    metrics_token: SecretStr | None = Field(
        None, alias="METRICS_TOKEN", min_length=SECRET_AT_LEAST, description="a secret of at least 16 characters"
    )

    pictures_per_day: int = Field(50, alias="PICTURES_PER_DAY", ge=0)
    running_per_member: int = Field(3, alias="RUNNING_PER_MEMBER", ge=1)
    attempts_per_hour: int = Field(30, alias="ATTEMPTS_PER_HOUR", ge=0)
    running_in_all: int = Field(200, alias="RUNNING_IN_ALL", ge=1)
    queue_limit: int = Field(5000, alias="QUEUE_LIMIT", ge=0)
    money_per_day: Dollars = Field(
        Micros(0), alias="MONEY_PER_DAY", description="dollars, such as 12.50 (0 is no limit)"
    )
    money_per_month: Dollars = Field(
        Micros(0), alias="MONEY_PER_MONTH", description="dollars, such as 200 (0 is no limit)"
    )
    allowed_guild_ids: Ids = Field(
        frozenset(), alias="ALLOWED_GUILD_IDS", description="Discord ids (numbers) separated by commas"
    )
    blocked_ids: Ids = Field(frozenset(), alias="BLOCKED_IDS", description="Discord ids (numbers) separated by commas")
    operator_ids: Ids = Field(
        frozenset(), alias="OPERATOR_IDS", description="Discord ids (numbers) separated by commas"
    )
    balance_warn_days: float = Field(3.0, alias="BALANCE_WARN_DAYS", ge=0)

    deadline_minutes: float = Field(15.0, alias="DEADLINE_MINUTES", gt=0)
    give_up_hours: float = Field(24.0, alias="GIVE_UP_HOURS", gt=0)
    look_up_seconds: float = Field(LOOK_UP_AT_LEAST, alias="LOOK_UP_SECONDS", gt=0)

    retention_days: int = Field(90, alias="RETENTION_DAYS", ge=1)
    guild_gone_days: int = Field(30, alias="GUILD_GONE_DAYS", ge=1)

    picture_memory_mb: int = Field(DEFAULT_BUDGET // MIB, alias="PICTURE_MEMORY_MB", ge=16)

    log_level: LogLevel = Field("INFO", alias="LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR")
    log_format: Literal["text", "json"] = Field("text", alias="LOG_FORMAT", description="text or json")
    on_vanishing_disk: bool = Field(False, validation_alias=AliasChoices(*sorted(HOSTS_OWN)))
    notify_socket: str | None = Field(None, validation_alias="NOTIFY_SOCKET")
    watchdog_usec: int | None = Field(None, validation_alias="WATCHDOG_USEC", gt=0)
    """Set by systemd itself: where it listens, and after how many microseconds of silence it restarts the bot."""

    _parts = field_validator(
        "allowed_guild_ids", "blocked_ids", "operator_ids", "secret_keys", "toapis_webhook_secret", mode="before"
    )(split)

    @field_validator("on_vanishing_disk", mode="before")
    @classmethod
    def _any_value_means_yes(cls, value: object) -> bool:
        return bool(value)

    @field_validator("discord_token")
    @classmethod
    def _token_has_three_parts(cls, value: SecretStr) -> SecretStr:
        if len([part for part in value.get_secret_value().split(".") if part]) != 3:
            raise PydanticCustomError("shape", "is not a bot token")
        return value

    @field_validator("toapis_api_key")
    @classmethod
    def _key_begins_with_sk(cls, value: SecretStr) -> SecretStr:
        key = value.get_secret_value()
        if not key.startswith("sk-") or not key.isascii() or any(c.isspace() for c in key):
            raise PydanticCustomError("shape", "is not a ToAPIs key")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _seals_are_fernet_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Check for 32 bytes in URL-safe base64: https://cryptography.io/en/latest/fernet/"""
        if not all(re.fullmatch(r"[A-Za-z0-9_-]{43}=", key.get_secret_value()) for key in value):
            raise PydanticCustomError("shape", "is not a list of Fernet keys")
        return value

    @field_validator("toapis_base_url")
    @classmethod
    def _base_without_version(cls, value: str) -> str:
        """Strip a pasted ``/v1``. Allow plain http only to a loopback address: it sends the key in clear."""
        base = value.strip().rstrip("/").removesuffix("/v1").rstrip("/")
        parts = urlsplit(base)
        loopback = parts.hostname in LOOPBACK
        if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or loopback):
            raise PydanticCustomError("shape", "is not an https address")
        return base

    @field_validator("public_url")
    @classmethod
    def _public_address_is_an_origin(cls, value: str | None) -> str | None:
        """Allow nothing behind the host and port. ToAPIs sends nothing to plain http; the playground's does."""
        if value is None:
            return None
        origin = value.strip().rstrip("/")
        match = re.fullmatch(
            r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", origin, re.IGNORECASE | re.ASCII
        )
        if match is None or (match[1].lower() == "http" and match[2].strip("[]").lower() not in LOOPBACK):
            raise PydanticCustomError("shape", "is not an https address without a path")
        return origin

    @field_validator("toapis_webhook_secret")
    @classmethod
    def _webhooks_need_both(cls, value: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        """Want an address and a secret, or neither. This validates the field for the reason given below."""
        if any(len(secret.get_secret_value()) < SECRET_AT_LEAST for secret in value) or len(value) > 2:
            raise PydanticCustomError("shape", "is not one secret, or two")
        if "public_url" in info.data and bool(value) != bool(info.data["public_url"]):
            raise PydanticCustomError(
                "shape", "is of no use without PUBLIC_URL" if value else "is missing beside PUBLIC_URL"
            )
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, value: str) -> str:
        """Accept ``postgres://`` too: hosts hand it out, and SQLAlchemy does not know it."""
        if value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
            return value
        for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
            if value.startswith(prefix):
                return "postgresql+psycopg://" + value.removeprefix(prefix)
        raise PydanticCustomError("shape", "is neither an SQLite file nor a PostgreSQL server")

    @field_validator("slots")
    @classmethod
    def _several_need_a_server(cls, value: int, info: ValidationInfo) -> int:
        if value > 1 and info.data.get("database_url", "").startswith("sqlite"):
            raise PydanticCustomError("shape", "must be 1 with an SQLite file, which a single process uses")
        return value

    @field_validator("catalogue_file")
    @classmethod
    def _catalogue_is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not os.path.isfile(value):  # noqa: PTH113 - a Path raises for a name that is too long
            raise PydanticCustomError("shape", "names no file")
        return value

    @field_validator("look_up_seconds")
    @classmethod
    def _only_a_playground_may_hurry(cls, value: float, info: ValidationInfo) -> float:
        """Allow a short look-up only against a loopback address, which charges nobody.

        It could take a slow create for lost and repeat it: two charges. This validates the field, since a validator of
        the model runs only once every field is right.
        """
        local = urlsplit(info.data.get("toapis_base_url", "")).hostname in LOOPBACK
        if value < LOOK_UP_AT_LEAST and not local:
            raise PydanticCustomError("shape", "must be at least 120 outside the playground")
        return value

    @property
    def embedded(self) -> bool:
        """Return whether the database is an SQLite file of our own."""
        return self.database_url.startswith("sqlite")

    @property
    def listens(self) -> bool:
        """Return whether PORT is listened at: where the operator or the host set it, or ToAPIs is to call."""
        return "port" in self.model_fields_set or self.public_url is not None

    @property
    def database_file(self) -> Path:
        """Return the SQLite file. Only if ``embedded``."""
        return Path(self.database_url.removeprefix("sqlite:///"))


def read(environment: Mapping[str, str] | None = None, dotenv: Path | None = DOTENV) -> Settings:
    """Read ``environment`` (default: the process's) over ``.env``. Raise SettingsMistake with all mistakes."""
    values: dict[str, Any] = {}
    for variables in (_of_file(dotenv), os.environ if environment is None else environment):
        values.update({name: value for name, value in variables.items() if value})  # an empty variable counts as absent
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_in_words(detail) for detail in error.errors(include_url=False, include_input=False)]
        raise SettingsMistake("\n".join(dict.fromkeys(lines))) from None


def slips(environment: Mapping[str, str] | None = None, dotenv: Path | None = DOTENV) -> list[str]:
    """Return a sentence for each variable that looks like one of ours and is none. Read as ``read`` does."""
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    of_file = _of_file(dotenv)
    others = set(os.environ if environment is None else environment) - of_file.keys()
    return [*misspelt(of_file, known, at_least=OF_OURS), *misspelt(others - HOSTS_OWN, known)]


def _of_file(dotenv: Path | None) -> Mapping[str, str | None]:
    """Return what stands in ``.env``: nothing where there is none. Raise SettingsMistake for a file that is no text."""
    try:
        return dotenv_values(dotenv) if dotenv else {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsMistake(f"{dotenv} can't be read: {reason}") from None


def _in_words(detail: ErrorDetails) -> str:
    """Return one mistake as a line: the variable, what is wrong, what would be right."""
    name = str(detail["loc"][0])
    if name in Settings.model_fields:  # a default that is wrong beside other fields
        name = str(Settings.model_fields[name].alias)
    right = next((field.description for field in Settings.model_fields.values() if field.alias == name), None)
    return f"{name} {mistake_in_words(detail)}" + (f"; it should be {right}" if right else "")
